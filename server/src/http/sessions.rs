//! Refresh, verify, logout.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answers;
use super::bearer::{self, SignedIn};
use super::body::JsonObject;
use super::error::{AccessRefusal, ApiError, RefreshRefusal};
use crate::app::App;
use crate::store::{EndAll, RevokedReason, Rotation, Successor};
use crate::tokens::{Authentic, TokenError, TokenType};

/// `{refresh_token}` → 200, a new pair; the token given is dead from then on.
pub(crate) async fn refresh(
    State(app): State<Arc<App>>,
    mut body: JsonObject,
) -> Result<Json<Value>, ApiError> {
    let presented = body.required_string(&app.profile.fields.refresh_token)?;
    let now = app.clock.now();
    let presented = app
        .tokens
        .authenticate(&presented, TokenType::Refresh)
        .and_then(|token| token.unexpired(now))
        .map_err(|error| refresh_refused(&app, error.into()))?;
    let claims = presented.claims();
    let (user, session) = (claims.sub.as_str(), claims.sid.as_str());
    let pair = app.tokens.issue_pair(user, session, now)?;
    let next = Successor { session_id: session, refresh: &pair.refresh };
    match app.store.rotate(&claims.jti, next, now).await? {
        Rotation::Rotated => {
            tracing::info!(user, session, "refreshed");
            Ok(answers::tokens(&app, pair))
        }
        Rotation::Reused => {
            tracing::warn!(user, family = session, "a used refresh token came again: its family is revoked");
            Err(refresh_refused(&app, RefreshRefusal::Reused))
        }
        Rotation::Revoked | Rotation::Unknown => Err(refresh_refused(&app, RefreshRefusal::SessionOver)),
    }
}

/// An access token in `Authorization`, or as `{token}` → 200 `{valid: true, claims}`, or 401 with the reason.
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    let in_body = body.optional_string("token")?;
    let token = bearer::token_in(&headers).or(in_body.as_deref());
    match SignedIn::by_token(&app, token).await {
        Ok(caller) => Ok(Json(json!({ "valid": true, "claims": caller.token.payload() })).into_response()),
        Err(error @ ApiError::InvalidToken(_)) => Ok(error.into_response_with(json!({ "valid": false }))),
        Err(error) => Err(error),
    }
}

/// The access token in `Authorization` or `{refresh_token}` or both, `{everywhere?}` → 204. A session that
/// has ended already is answered the same, and so is a token that this server cannot have issued: there is
/// nothing to end, which is what was asked for.
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    mut body: JsonObject,
) -> Result<StatusCode, ApiError> {
    let refresh_field = &app.profile.fields.refresh_token;
    let everywhere = body.optional_bool("everywhere")?.unwrap_or_default();
    let refresh_token = body.optional_string(refresh_field)?;
    let access_token = bearer::token_in(&headers);
    if access_token.is_none() && refresh_token.is_none() {
        return Err(ApiError::InvalidRequest(format!(
            "give an access token in `Authorization` or `{refresh_field}` in the body"
        )));
    }
    let access = access_token
        .map(|token| authentic(&app, token, TokenType::Access))
        .transpose()
        .map_err(AccessRefusal::from)?
        .flatten();
    let refresh = refresh_token
        .map(|token| authentic(&app, &token, TokenType::Refresh))
        .transpose()
        .map_err(|error| refresh_refused(&app, error.into()))?
        .flatten();
    let tokens: Vec<_> = access.into_iter().chain(refresh).collect();
    if everywhere {
        end_all(&app, tokens).await?
    } else {
        end(&app, tokens).await?
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn end(app: &App, tokens: Vec<Authentic>) -> Result<(), ApiError> {
    for token in tokens {
        let claims = token.claims();
        if app.store.end_session(&claims.sid, RevokedReason::Logout, app.clock.now()).await? {
            tracing::info!(user = claims.sub, session = claims.sid, "logged out");
        }
    }
    Ok(())
}

/// Ending other sessions takes more than ending one's own: a token in time, of a session that is live.
async fn end_all(app: &App, tokens: Vec<Authentic>) -> Result<(), ApiError> {
    let now = app.clock.now();
    let token = tokens.into_iter().find_map(|token| token.unexpired(now).ok());
    let token = token.ok_or(AccessRefusal::SessionOver)?;
    let claims = token.claims();
    match app.store.end_all_sessions(&claims.sub, &claims.sid, now).await? {
        EndAll::Ended(ended) => {
            tracing::info!(user = claims.sub, ended, "logged out everywhere");
            Ok(())
        }
        EndAll::NotEntitled => Err(AccessRefusal::SessionOver.into()),
    }
}

/// The token as far as it is one of this server's; an error only where it is one of the other type, since a
/// client that mixes its tokens up would believe a session ended that goes on.
fn authentic(app: &App, token: &str, expected: TokenType) -> Result<Option<Authentic>, TokenError> {
    match app.tokens.authenticate(token, expected) {
        Ok(token) => Ok(Some(token)),
        Err(error @ TokenError::Type { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

fn refresh_refused(app: &App, refusal: RefreshRefusal) -> ApiError {
    ApiError::RefreshRefused { status: app.profile.refusals.refresh, refusal }
}
