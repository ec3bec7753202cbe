//! Refresh, verify, logout, and the list of sessions.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{self, User};
use super::body::JsonObject;
use super::credentials::{self, InLiveSession, Presented, SignedIn};
use super::error::{AccessRefusal, ApiError, RefreshRefusal};
use crate::app::App;
use crate::audit::{About, Event};
use crate::store::{self, Account, Client, EndAll, RevokedReason, Rotation};
use crate::tokens::{Authentic, Issued, TokenError, TokenType};

/// The token that renews, wherever the profile has it → 200, new tokens; the one given is dead from then on.
pub(crate) async fn refresh(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    let presented = credentials::renewing_token(&app, &headers, &mut body)?;
    let Some(presented) = presented else { return Err(nothing_to_renew(&app)) };
    match renew(&app, &headers, &client, &presented).await? {
        Ok((issued, account)) => answers::renewed(&app, issued, &account),
        Err(refusal) => Err(refresh_refused(&app, refusal)),
    }
}

/// Exchanges a token that renews for the next ones.
pub(crate) async fn renew(
    app: &App,
    headers: &HeaderMap,
    client: &Client,
    presented: &Presented,
) -> Result<Result<(Issued, Account), RefreshRefusal>, ApiError> {
    let now = app.clock.now();
    let refused = |about, refusal| {
        app.audit.record(Event::RefreshRefused, about);
        Ok(Err(refusal))
    };
    let token = match app.tokens.authenticate(&presented.token, app.tokens.renewing_type()) {
        Ok(token) => token,
        Err(error) => return refused(About::from(client), error.into()),
    };
    let about = About::holder(&token, client);
    let claims = token.claims();
    if let Err(error) = token.check_time(now) {
        return refused(about, error.into());
    }
    credentials::check_csrf(app, headers, client, presented, &token)?;
    let Some(account) = app.store.account_by_id(&claims.sub).await? else {
        return refused(about, RefreshRefusal::SessionOver);
    };
    let next = app.tokens.plan(&claims.sid, claims.remembered, now);
    let (grace, max_age) = (app.profile.tokens.reuse_grace, app.profile.sessions.max_age);
    let rotating = store::Presented { jti: &claims.jti, client, grace, max_age };
    let grant = match app.store.rotate(rotating, next, now).await? {
        Rotation::Rotated { before, grant } => {
            if before.device != client.device {
                app.audit.record(Event::UnusualAccess, about);
            }
            if before.address != client.address {
                app.audit.record(Event::AddressChanged, about);
            }
            app.audit.token_used_with_left(token.seconds_left(now));
            app.audit.record(Event::Refreshed, about);
            grant
        }
        Rotation::Repeated(grant) => {
            app.audit.record(Event::RefreshRepeated, about);
            grant
        }
        Rotation::Reused => {
            app.audit.record(Event::ReuseDetected, about);
            return Ok(Err(RefreshRefusal::Reused));
        }
        Rotation::Over => return refused(about, RefreshRefusal::SessionOver),
    };
    Ok(Ok((app.tokens.sign(grant, &account, claims.remembered)?, account)))
}

/// An access token in its place, or as `{token}` → 200 `{valid: true, claims}`, or a refusal with the reason.
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    let in_body = body.optional_string("token")?;
    let token = credentials::access_token(&app, &headers).map(|presented| presented.token).or(in_body);
    match credentials::valid_access(&app, &client, token.as_deref()).await {
        Ok((token, _)) => Ok(Json(json!({ "valid": true, "claims": token.payload() })).into_response()),
        Err(error @ ApiError::InvalidToken { .. }) => Ok(error.into_response_with(json!({ "valid": false }))),
        Err(error) => Err(error),
    }
}

/// What a page that cannot see its tokens needs to know of them → 200
/// `{user, roles, claims, expires_in, expires_at}`, and a CSRF cookie where its own is gone or outdated.
pub(crate) async fn token_info(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    caller: SignedIn,
) -> impl IntoResponse {
    let left = caller.token.seconds_left(app.clock.now());
    let mut info = json!({
        "user": User::from(&caller.account),
        "roles": caller.account.roles,
        "claims": caller.token.payload(),
        "expires_at": app.clock.now().unix_seconds() + left,
    });
    if let Value::Object(members) = &mut info {
        members.insert(app.profile.fields.expires_in.clone(), left.into());
    }
    (answers::csrf_cookie_where_it_lacks(&app, &headers, &caller), Json(info))
}

/// The session's tokens, one or both, `{everywhere?}` → 204. A session that has ended already is answered the
/// same, and so is a token that this server cannot have issued: there is nothing to end, which is what was
/// asked for.
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    let everywhere = body.optional_bool("everywhere")?.unwrap_or_default();
    end_sessions(&app, &client, &headers, &mut body, everywhere).await
}

/// As a logout with `{everywhere: true}`.
pub(crate) async fn logout_all(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    end_sessions(&app, &client, &headers, &mut body, true).await
}

/// → 200 `{sessions}`, the live ones of the caller's user.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    InLiveSession(caller): InLiveSession,
) -> Result<Json<Value>, ApiError> {
    let sessions = app.store.live_sessions(&caller.account.id, app.clock.now()).await?;
    let sessions: Vec<_> = sessions
        .into_iter()
        .map(|session| {
            json!({
                "id": session.id,
                "current": session.id == caller.session_id(),
                "device": session.client.device,
                "address": session.client.address,
                "created_at": session.created_at,
                "last_used_at": session.last_used_at,
                "expires_at": session.expires_at,
            })
        })
        .collect();
    Ok(Json(json!({ "sessions": sessions })))
}

/// → 204, that session of the caller's user is ended.
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    Path(session): Path<String>,
    InLiveSession(caller): InLiveSession,
) -> Result<StatusCode, ApiError> {
    // Whatever else stands there is no session, and may be no text that PostgreSQL would look up.
    if Uuid::parse_str(&session).is_err()
        || !app.store.end_session_of(&caller.account.id, &session, app.clock.now()).await?
    {
        return Err(ApiError::NotFound);
    }
    app.audit.record(Event::SessionEnded, About { session: Some(&session), ..caller.about() });
    Ok(StatusCode::NO_CONTENT)
}

async fn end_sessions(
    app: &App,
    client: &Client,
    headers: &HeaderMap,
    body: &mut JsonObject,
    everywhere: bool,
) -> Result<Response, ApiError> {
    let access = credentials::access_token(app, headers);
    let renewing = credentials::renewing_token(app, headers, body)?;
    if access.is_none() && renewing.is_none() {
        return match app.profile.cookies {
            // Where a browser has lost them, there is nothing to give and nothing left to end. It may have kept
            // them back as well, since the request is another site's: the answer may not take them away.
            Some(_) => Ok(StatusCode::NO_CONTENT.into_response()),
            None => Err(nothing_to_end(app)),
        };
    }
    let access = access
        .map(|presented| authentic(app, client, headers, &presented, TokenType::Access))
        .transpose()?
        .map(|token| token.map_err(AccessRefusal::from))
        .transpose()?
        .flatten();
    let renewing = renewing
        .map(|presented| authentic(app, client, headers, &presented, app.tokens.renewing_type()))
        .transpose()?
        .map(|token| token.map_err(|error| refresh_refused(app, error.into())))
        .transpose()?
        .flatten();
    let tokens: Vec<_> = access.into_iter().chain(renewing).collect();
    if everywhere {
        end_all(app, client, tokens).await?;
    } else {
        for token in tokens {
            let claims = token.claims();
            if app.store.end_session(&claims.sid, RevokedReason::Logout, app.clock.now()).await? {
                app.audit.record(Event::LoggedOut, About::holder(&token, client));
            }
        }
    }
    Ok(answers::without_cookies(app, StatusCode::NO_CONTENT))
}

/// Ending other sessions takes more than ending one's own: a token in time, of a session that is live.
async fn end_all(app: &App, client: &Client, tokens: Vec<Authentic>) -> Result<(), ApiError> {
    let now = app.clock.now();
    let token = tokens.into_iter().find(|token| token.check_time(now).is_ok());
    let token = token.ok_or(AccessRefusal::SessionOver)?;
    let claims = token.claims();
    let about = About::holder(&token, client);
    match app.store.end_all_sessions(&claims.sub, &claims.sid, now).await? {
        EndAll::Ended(ended) => {
            app.audit.record(Event::LoggedOutEverywhere, about);
            tracing::debug!(user = claims.sub, ended, "sessions ended by a logout everywhere");
            Ok(())
        }
        EndAll::NotEntitled => {
            app.audit.record(Event::AccessRefused, about);
            Err(AccessRefusal::SessionOver.into())
        }
    }
}

/// The token as far as it is one of this server's; an error only where it is one of the other type, since a
/// client that mixes its tokens up would believe a session ended that goes on.
fn authentic(
    app: &App,
    client: &Client,
    headers: &HeaderMap,
    presented: &Presented,
    expected: TokenType,
) -> Result<Result<Option<Authentic>, TokenError>, ApiError> {
    match app.tokens.authenticate(&presented.token, expected) {
        Ok(token) => {
            credentials::check_csrf(app, headers, client, presented, &token)?;
            Ok(Ok(Some(token)))
        }
        Err(error @ TokenError::Type { .. }) => Ok(Err(error)),
        Err(_) => Ok(Ok(None)),
    }
}

fn refresh_refused(app: &App, refusal: RefreshRefusal) -> ApiError {
    ApiError::RefreshRefused { status: app.profile.refusals.refresh, refusal }
}

/// A page whose cookie is gone must learn that its session is over; a body that lacks a member is a mistake.
fn nothing_to_renew(app: &App) -> ApiError {
    match &app.profile.fields.refresh_token {
        Some(field) => ApiError::InvalidRequest(format!("`{field}` is missing from the body")),
        None => refresh_refused(app, RefreshRefusal::Missing),
    }
}

fn nothing_to_end(app: &App) -> ApiError {
    let or_in_body = match &app.profile.fields.refresh_token {
        Some(field) => format!(" or `{field}` in the body"),
        None => String::new(),
    };
    ApiError::InvalidRequest(format!("give an access token in `Authorization`{or_in_body}"))
}
