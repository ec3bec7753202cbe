//! Answers that carry tokens: in the members, headers or cookies that the profile has for them.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::credentials::SignedIn;
use super::error::{ApiError, InternalError};
use crate::app::App;
use crate::profile::{self, CookieName, Cookies, Header, Style};
use crate::store::Account;
use crate::tokens::Issued;

/// A user as the API shows them.
#[derive(Debug, Serialize)]
pub(crate) struct User<'a> {
    id: &'a str,
    email: &'a str,
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    roles: &'a [String],
}

impl<'a> From<&'a Account> for User<'a> {
    fn from(account: &'a Account) -> Self {
        Self { id: &account.id, email: &account.email, name: account.name.as_deref(), roles: &account.roles }
    }
}

/// The answer to a refresh.
pub(crate) fn renewed(app: &App, issued: Issued, account: &Account) -> Result<Response, ApiError> {
    let members = Map::new();
    respond(app, issued, account, members)
}

/// The answer to a login.
pub(crate) fn signed_in(app: &App, issued: Issued, account: &Account) -> Result<Response, ApiError> {
    let fields = &app.profile.fields;
    let mut members = Map::new();
    if let Some(name) = &fields.user {
        members.insert(name.clone(), json!(User::from(account)));
    }
    if let Some(name) = &fields.user_id {
        members.insert(name.clone(), account.id.as_str().into());
    }
    respond(app, issued, account, members)
}

/// Takes the session's cookies away again.
pub(crate) fn without_cookies(app: &App, answer: impl IntoResponse) -> Response {
    let Some(cookies) = &app.profile.cookies else { return answer.into_response() };
    let jar =
        [&cookies.access, &cookies.refresh, &cookies.csrf].into_iter().fold(CookieJar::new(), |jar, name| {
            let mut gone = cookie(cookies, name, String::new(), true);
            // `Max-Age=0` and a date gone by.
            gone.make_removal();
            jar.add(gone)
        });
    (jar, answer).into_response()
}

fn respond(
    app: &App,
    issued: Issued,
    account: &Account,
    mut members: Map<String, Value>,
) -> Result<Response, ApiError> {
    let fields = &app.profile.fields;
    let lifetime = issued.grant.access_expires_at.seconds_since(app.clock.now());
    members.insert(fields.expires_in.clone(), lifetime.into());
    if let Some(name) = &fields.token_type {
        members.insert(name.clone(), "bearer".into());
    }
    let headers = headers(app, &issued, account)?;
    let mut jar = CookieJar::new();
    match (app.profile.exchange.style, &app.profile.cookies) {
        (Style::Cookies, Some(cookies)) => jar = session_cookies(app, cookies, issued),
        _ => {
            if let Some(name) = &fields.access_token {
                members.insert(name.clone(), issued.access.into());
            }
            if let (Some(name), Some(token)) = (&fields.refresh_token, issued.refresh) {
                members.insert(name.clone(), token.into());
            }
        }
    }
    Ok((jar, headers, Json(Value::Object(members))).into_response())
}

fn headers(app: &App, issued: &Issued, account: &Account) -> Result<HeaderMap, InternalError> {
    let profile::Headers { refresh_token, token_expiry, user_id, renewal } = &app.profile.headers;
    // Where a header renews tokens, it is that which carries them.
    let refresh_token = refresh_token.as_ref().filter(|_| renewal.is_none());
    let mut headers = HeaderMap::new();
    let expiry = issued.grant.access_expires_at.unix_seconds().to_string();
    for (header, value) in [
        (refresh_token, issued.refresh.as_deref()),
        (token_expiry.as_ref(), Some(expiry.as_str())),
        (user_id.as_ref(), Some(account.id.as_str())),
    ] {
        if let (Some(header), Some(value)) = (header, value) {
            insert(&mut headers, header, value)?;
        }
    }
    Ok(headers)
}

/// Sets a header to a token or an id.
pub(crate) fn insert(headers: &mut HeaderMap, header: &Header, value: &str) -> Result<(), InternalError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| InternalError::HeaderValue)?;
    // Kept out of what HTTP libraries log.
    value.set_sensitive(true);
    headers.insert(header.name().clone(), value);
    Ok(())
}

fn session_cookies(app: &App, cookies: &Cookies, issued: Issued) -> CookieJar {
    let now = app.clock.now();
    let until_access = issued.grant.access_expires_at.seconds_since(now);
    let until_refresh = issued.grant.expires_at.seconds_since(now);
    let csrf = app.csrf.of_session(&issued.grant.session_id);
    let tokens = [
        (&cookies.access, Some(issued.access), true, until_access),
        (&cookies.refresh, issued.refresh, true, until_refresh),
        (&cookies.csrf, Some(csrf), false, until_refresh),
    ];
    tokens.into_iter().fold(CookieJar::new(), |jar, (name, value, http_only, seconds)| {
        let cookie = cookie(cookies, name, value.unwrap_or_default(), http_only);
        jar.add(lasting(app, cookie, issued.remembered, seconds))
    })
}

/// The CSRF cookie of the caller's session, unless the request has it.
pub(crate) fn csrf_cookie_where_it_lacks(app: &App, headers: &HeaderMap, caller: &SignedIn) -> CookieJar {
    let jar = CookieJar::new();
    let Some(cookies) = &app.profile.cookies else { return jar };
    let presented = CookieJar::from_headers(headers);
    let presented = presented.get(cookies.csrf.as_str());
    if presented.is_some_and(|token| app.csrf.is_current(token.value(), caller.session_id())) {
        return jar;
    }
    let csrf = cookie(cookies, &cookies.csrf, app.csrf.of_session(caller.session_id()), false);
    let remembered = caller.token.claims().remembered;
    // It may well outlive its session: without it, it opens nothing.
    let seconds = app.profile.tokens.renewal_ttl(remembered).seconds();
    jar.add(lasting(app, csrf, remembered, seconds.into()))
}

/// Where one can ask to be remembered, the cookies of a login that did not end with the browser.
fn lasting(app: &App, mut cookie: Cookie<'static>, remembered: bool, seconds: i64) -> Cookie<'static> {
    if app.profile.fields.remember.is_none() || remembered {
        cookie.set_max_age(time::Duration::seconds(seconds));
    }
    cookie
}

fn cookie(cookies: &Cookies, name: &CookieName, value: String, http_only: bool) -> Cookie<'static> {
    Cookie::build((name.as_str().to_owned(), value))
        .http_only(http_only)
        .secure(true)
        .same_site(match cookies.same_site {
            profile::SameSite::Strict => SameSite::Strict,
            profile::SameSite::Lax => SameSite::Lax,
        })
        // `__Host-` asks for exactly this, and no `Domain`.
        .path("/")
        .build()
}
