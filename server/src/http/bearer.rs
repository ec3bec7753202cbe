//! Who is calling, by the access token in `Authorization: Bearer`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::error::{AccessRefusal, ApiError};
use crate::app::App;
use crate::store::Account;
use crate::tokens::{Authentic, TokenType};

/// A caller whose access token is good and whose session is live.
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) token: Authentic,
}

impl SignedIn {
    /// Looks `token` through: signature, type, time, and the session in the database.
    pub(crate) async fn by_token(app: &App, token: Option<&str>) -> Result<Self, ApiError> {
        let now = app.clock.now();
        let token = token.ok_or(AccessRefusal::Missing)?;
        let token = app.tokens.authenticate(token, TokenType::Access).map_err(AccessRefusal::from)?;
        let token = token.unexpired(now).map_err(AccessRefusal::from)?;
        let claims = token.claims();
        let account = app.store.account_of_live_session(&claims.sub, &claims.sid, now).await?;
        let account = account.ok_or(AccessRefusal::SessionOver)?;
        Ok(Self { account, token })
    }

    pub(crate) fn session_id(&self) -> &str {
        &self.token.claims().sid
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        Self::by_token(app, token_in(&parts.headers)).await
    }
}

/// The token after `Bearer` in the `Authorization` header.
pub(crate) fn token_in(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
