//! Tokens renewed beside the answer to any request that brings a refresh token along.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answers;
use super::credentials::{self, Presented};
use super::error::ApiError;
use super::sessions;
use crate::app::App;
use crate::profile::Renewal;
use crate::store::Client;
use crate::tokens::{Issued, TokenType};

/// Exchanges tokens that are about to expire before the request is handled, so that it is handled with the
/// new ones, and sends these along in the answer's headers.
pub(crate) async fn renew(
    State(app): State<Arc<App>>,
    client: Client,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Some(renewal) = &app.profile.headers.renewal else { return Ok(next.run(request).await) };
    let Some(issued) = exchange(&app, renewal, &client, request.headers()).await? else {
        return Ok(next.run(request).await);
    };
    let bearer = format!("Bearer {}", issued.access);
    if let Ok(mut bearer) = HeaderValue::from_str(&bearer) {
        bearer.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    answers::insert(headers, &renewal.access_token, &issued.access)?;
    if let Some(refresh) = &issued.refresh {
        answers::insert(headers, &renewal.refresh_token, refresh)?;
    }
    Ok(response.into_response())
}

/// New tokens, where the request's access token is about to expire and its refresh token is of the same
/// session. What is refused here is left to the request's own handler: its access token may still be good.
async fn exchange(
    app: &App,
    renewal: &Renewal,
    client: &Client,
    headers: &HeaderMap,
) -> Result<Option<Issued>, ApiError> {
    let Some(access) = credentials::access_token(app, headers) else { return Ok(None) };
    let Some(refresh) = credentials::refresh_header(app, headers) else { return Ok(None) };
    let Ok(access) = app.tokens.authenticate(&access.token, TokenType::Access) else { return Ok(None) };
    let Ok(owner) = app.tokens.authenticate(refresh, TokenType::Refresh) else { return Ok(None) };
    let left = access.seconds_left(app.clock.now());
    if left > i64::from(renewal.before.seconds()) || access.claims().sid != owner.claims().sid {
        return Ok(None);
    }
    if super::count_address(app, client).await.is_err() {
        return Ok(None);
    }
    let presented = Presented { token: refresh.to_owned(), by_cookie: false };
    Ok(sessions::renew(app, headers, client, &presented).await?.ok().map(|(issued, _)| issued))
}
