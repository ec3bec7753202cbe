//! The tokens that come with a request, wherever the profile has them, and what a cookie needs besides.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum_extra::extract::CookieJar;

use super::body::JsonObject;
use super::error::{AccessRefusal, ApiError};
use crate::app::App;
use crate::audit::{About, Event};
use crate::profile::{AccessCheck, CookieName, Style};
use crate::store::{Account, Client};
use crate::tokens::{Authentic, TokenClaims, TokenError, TokenType};

/// A token as it was presented.
pub(crate) struct Presented {
    pub(crate) token: String,
    /// A browser adds cookies to requests that the page did not make: they prove nothing about the page.
    pub(crate) by_cookie: bool,
}

impl Presented {
    fn openly(token: impl Into<String>) -> Self {
        Self { token: token.into(), by_cookie: false }
    }

    fn by_cookie(headers: &HeaderMap, name: &CookieName) -> Option<Self> {
        let jar = CookieJar::from_headers(headers);
        jar.get(name.as_str()).map(|cookie| Self { token: cookie.value().to_owned(), by_cookie: true })
    }
}

/// The access token: in `Authorization: Bearer`, else in its cookie.
pub(crate) fn access_token(app: &App, headers: &HeaderMap) -> Option<Presented> {
    let cookies = app.profile.cookies.as_ref();
    bearer(headers).map(Presented::openly).or_else(|| Presented::by_cookie(headers, &cookies?.access))
}

/// The token that renews a session: in the body or its header, in its cookie, or the one that slides.
pub(crate) fn renewing_token(
    app: &App,
    headers: &HeaderMap,
    body: &mut JsonObject,
) -> Result<Option<Presented>, ApiError> {
    Ok(match app.profile.exchange.style {
        Style::Sliding => bearer(headers).map(Presented::openly),
        Style::Cookies => {
            app.profile.cookies.as_ref().and_then(|names| Presented::by_cookie(headers, &names.refresh))
        }
        Style::Body => {
            let in_body = match &app.profile.fields.refresh_token {
                Some(field) => body.optional_string(field)?,
                None => None,
            };
            in_body.or_else(|| refresh_header(app, headers).map(str::to_owned)).map(Presented::openly)
        }
    })
}

/// The refresh token in the header that the profile has for it.
pub(crate) fn refresh_header<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = app.profile.headers.refresh_token.as_ref()?;
    headers.get(name.name())?.to_str().ok()
}

/// The token after `Bearer` in the `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Refuses a request that a cookie speaks for, unless its page has shown that it can read that session's
/// CSRF token: no other site's page can.
pub(crate) fn check_csrf(
    app: &App,
    headers: &HeaderMap,
    client: &Client,
    presented: &Presented,
    token: &Authentic,
) -> Result<(), ApiError> {
    let Some(cookies) = app.profile.cookies.as_ref().filter(|_| presented.by_cookie) else { return Ok(()) };
    let repeated = headers.get(cookies.csrf_header.name()).and_then(|value| value.to_str().ok());
    match repeated {
        Some(repeated) if app.csrf.is_of_session(repeated, &token.claims().sid) => Ok(()),
        _ => {
            app.audit.record(Event::CsrfRefused, About::holder(token, client));
            Err(ApiError::CsrfRefused(cookies.csrf_header.name().clone()))
        }
    }
}

/// A caller whose access token is good.
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) token: Authentic,
    pub(crate) client: Client,
}

impl SignedIn {
    pub(crate) fn session_id(&self) -> &str {
        &self.token.claims().sid
    }

    pub(crate) fn about(&self) -> About<'_> {
        About::holder(&self.token, &self.client)
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        let Ok(client) = Client::from_request_parts(parts, app).await;
        let presented = access_token(app, &parts.headers);
        let token = presented.as_ref().map(|presented| presented.token.as_str());
        let (token, account) = valid_access(app, &client, token).await?;
        if let Some(presented) = presented.filter(|_| !is_safe(&parts.method)) {
            check_csrf(app, &parts.headers, &client, &presented, &token)?;
        }
        let account = match account {
            Some(account) => account,
            None => app.store.account_by_id(&token.claims().sub).await?.ok_or(AccessRefusal::SessionOver)?,
        };
        Ok(Self { account, token, client })
    }
}

/// A caller whose session is live besides, whatever the profile asks of access tokens: the holder of a token
/// that a logout left good is not to see or end what others are signed in with.
pub(crate) struct InLiveSession(pub(crate) SignedIn);

impl FromRequestParts<Arc<App>> for InLiveSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        let caller = SignedIn::from_request_parts(parts, app).await?;
        if app.profile.tokens.access_check != AccessCheck::Session {
            let live = account_of_live_session(app, &caller.token).await;
            live.inspect_err(|_| app.audit.record(Event::AccessRefused, caller.about()))?;
        }
        Ok(Self(caller))
    }
}

async fn account_of_live_session(app: &App, token: &Authentic) -> Result<Account, ApiError> {
    let TokenClaims { sub, sid, jti, .. } = token.claims();
    let account = app.store.account_of_live_session(sub, sid, jti, app.clock.now()).await?;
    Ok(account.ok_or(AccessRefusal::SessionOver)?)
}

/// Looks an access token through: signature, type, time, and what the profile asks for besides. The account
/// comes along where it was read for that.
pub(crate) async fn valid_access(
    app: &App,
    client: &Client,
    token: Option<&str>,
) -> Result<(Authentic, Option<Account>), ApiError> {
    let outcome = look_through(app, token).await;
    if let (Some(token), Err(ApiError::InvalidToken { .. })) = (token, &outcome) {
        let holder = app.tokens.authenticate(token, TokenType::Access);
        let about =
            holder.as_ref().map_or_else(|_| About::from(client), |token| About::holder(token, client));
        app.audit.record(Event::AccessRefused, about);
    }
    outcome
}

async fn look_through(app: &App, token: Option<&str>) -> Result<(Authentic, Option<Account>), ApiError> {
    let now = app.clock.now();
    let refused = |error: TokenError| ApiError::access_refused(&app.profile, error.into());
    let token = token.ok_or(AccessRefusal::Missing)?;
    let token = app.tokens.authenticate(token, TokenType::Access).map_err(refused)?;
    token.check_time(now).map_err(refused)?;
    let claims = token.claims();
    match app.profile.tokens.access_check {
        AccessCheck::Stateless => Ok((token, None)),
        AccessCheck::Blacklist if app.store.is_revoked(&claims.jti).await? => {
            Err(AccessRefusal::SessionOver.into())
        }
        AccessCheck::Blacklist => Ok((token, None)),
        AccessCheck::Session => {
            let account = account_of_live_session(app, &token).await?;
            if app.profile.exchange.style == Style::Sliding {
                // A token that was exchanged is over, but for requests that were on their way just then.
                let since = app.profile.tokens.reuse_grace.map_or(now, |grace| now.before(grace));
                if !app.store.is_unused_since(&claims.jti, since).await? {
                    return Err(AccessRefusal::Exchanged.into());
                }
            }
            Ok((token, Some(account)))
        }
    }
}

pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
