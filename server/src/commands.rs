//! What the program does besides serving.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use thiserror::Error;
use tower::ServiceExt;

use crate::app::{App, SetupError};
use crate::audit::{About, Audit, Event};
use crate::clock::Clock;
use crate::http;
use crate::passwords::BcryptCost;
use crate::profile::{Algorithm, Profile};
use crate::secrets::random_base64;
use crate::settings::Settings;
use crate::store::{BackupError, OpenError, Store};

/// Fewest bytes of a secret, where a profile does not ask for more.
const SECRET_BYTES: usize = 32;
const LARGEST_ANSWER: usize = 1 << 20;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The operating system gave no randomness.
    #[error("cannot make a secret: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database did not do what it was asked to.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// There is no such account.
    #[error("there is no account `{0}`")]
    UnknownAccount(String),
    /// A role that could not be kept.
    #[error("`{0}` is not the name of a role: it is empty or has spaces")]
    Role(String),
    /// No backup was made.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Keys or password hashing do not work.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The server does not do what it should.
    #[error("{step}: {problem}")]
    Check {
        /// What was tried.
        step: &'static str,
        /// What came of it.
        problem: String,
    },
}

/// Fresh secrets for `profile`, as lines `NAME=value` for its environment.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn secrets(profile: &Profile, algorithm: Algorithm) -> Result<String, CommandError> {
    let names = &profile.environment;
    let sizes = profile.secrets;
    let signing = |bytes: Option<usize>| match algorithm {
        Algorithm::Hs256 => bytes.unwrap_or(SECRET_BYTES),
        // The length of their private keys.
        Algorithm::Es256 | Algorithm::EdDsa => SECRET_BYTES,
    };
    let wanted = [
        (Some(&names.secret), signing(sizes.map(|sizes| sizes.access_bytes.get()))),
        (names.refresh_secret.as_ref(), signing(sizes.map(|sizes| sizes.refresh_bytes.get()))),
        (names.session_secret.as_ref(), sizes.map_or(SECRET_BYTES, |sizes| sizes.session_bytes.get())),
    ];
    let mut lines = String::new();
    for (name, bytes) in wanted {
        if let Some(name) = name {
            writeln!(lines, "{name}={}", *random_base64(bytes)?).expect("a string takes all that is written");
        }
    }
    Ok(lines)
}

/// Gives an account these roles and no other.
///
/// # Errors
/// When there is no such account, a role is none, or the database fails.
pub async fn set_roles(settings: &Settings, email: &str, roles: &[String]) -> Result<(), CommandError> {
    if let Some(role) = roles.iter().find(|role| role.is_empty() || role.contains(char::is_whitespace)) {
        return Err(CommandError::Role(role.clone()));
    }
    let store = Store::open_existing(&settings.database).await?;
    let user = store.set_roles(&email.trim().to_lowercase(), roles).await?;
    store.close().await;
    let user = user.ok_or_else(|| CommandError::UnknownAccount(email.to_owned()))?;
    Audit::new(None).record(Event::RolesChanged, About { user: Some(&user), ..About::default() });
    Ok(())
}

/// Ends all sessions of everybody, and says by their e-mail addresses whom that affects.
///
/// # Errors
/// When the database fails.
pub async fn end_sessions(settings: &Settings, clock: &dyn Clock) -> Result<Vec<String>, CommandError> {
    let store = Store::open_existing(&settings.database).await?;
    let affected = store.end_everybodys_sessions(clock.now()).await?;
    store.close().await;
    let audit = Audit::new(None);
    for user in &affected {
        audit.record(Event::EndedByOperator, About { user: Some(&user.user_id), ..About::default() });
    }
    Ok(affected.into_iter().map(|user| user.email).collect())
}

/// Copies the SQLite database to a new file while servers go on using it.
///
/// # Errors
/// When the database is another, the file exists, or one of them fails.
pub async fn backup(settings: &Settings, file: &Path) -> Result<(), CommandError> {
    let store = Store::open_existing(&settings.database).await?;
    let outcome = store.back_up(file).await;
    store.close().await;
    Ok(outcome?)
}

/// Shows that a server with these settings does its work: opens the database, where there is one already, then
/// signs up, uses a token, refreshes, sees the used token refused, and logs out, with the real secrets and a
/// database in memory. Tells what works but may not be meant.
///
/// # Errors
/// At the first of these that does not go as it should.
pub async fn check(settings: Settings, clock: Arc<dyn Clock>) -> Result<Vec<String>, CommandError> {
    let mut remarks = settings.secrets.remarks(&settings.profile.environment);
    match Store::open_existing(&settings.database).await {
        Ok(store) => {
            store.ping().await?;
            store.close().await;
        }
        Err(error @ OpenError::Missing(_)) => remarks.push(format!("{error} yet: a start makes it")),
        Err(error) => return Err(error.into()),
    }

    let mut profile = settings.profile;
    profile.passwords.bcrypt_cost = BcryptCost::LOWEST;
    // What is looked for is strict rotation's mark.
    profile.tokens.reuse_grace = None;
    let memory = ":memory:".parse().expect("a location");
    let store = Store::open(&memory).await?;
    let app = Arc::new(App::new(profile, &settings.secrets, store, clock, Audit::new(None)).await?);
    let router = http::router(&app, &[], &[], None);
    let mut visitor = Visitor { app: &app, router, cookies: HashMap::new(), access: None, refresh: None };
    let outcome = visitor.live_a_session().await;
    app.store.close().await;
    outcome.map(|()| remarks)
}

/// A client that keeps what it is given, wherever the profile puts it.
struct Visitor<'a> {
    app: &'a App,
    router: Router,
    cookies: HashMap<String, String>,
    access: Option<String>,
    refresh: Option<String>,
}

impl Visitor<'_> {
    async fn live_a_session(&mut self) -> Result<(), CommandError> {
        let endpoints = self.app.profile.endpoints.clone();
        // Has every kind of character, and as many as are asked for.
        let phrase = "Check-1-this-server";
        let length = self.app.profile.passwords.min_length.characters().max(phrase.len());
        let password: String = phrase.chars().cycle().take(length).collect();
        let account = json!({ "email": "check@example.com", "password": password });
        let call = (endpoints.register.method().clone(), endpoints.register.path());
        self.expect("register", call, account, StatusCode::CREATED).await?;

        let protected =
            [&endpoints.verify, &endpoints.token_info, &endpoints.user].into_iter().flatten().next();
        if let Some(endpoint) = protected {
            let call = (endpoint.method().clone(), endpoint.path());
            self.expect("use the access token", call, Value::Null, StatusCode::OK).await?;
        }
        let used = (self.access.clone(), self.refresh.clone(), self.cookies.clone());
        let refresh = || (endpoints.refresh.method().clone(), endpoints.refresh.path());
        let body = self.refresh_body();
        self.expect("refresh", refresh(), body, StatusCode::OK).await?;
        let fresh = (self.access.clone(), self.refresh.clone(), self.cookies.clone());

        let call = (endpoints.logout.method().clone(), endpoints.logout.path());
        let body = self.refresh_body();
        self.expect("log out", call, body, StatusCode::NO_CONTENT).await?;
        for (step, tokens) in [("refuse a used token", used), ("refuse a token after the logout", fresh)] {
            (self.access, self.refresh, self.cookies) = tokens;
            let refused = self.app.profile.refusals.refresh.code();
            let body = self.refresh_body();
            self.expect(step, refresh(), body, refused).await?;
        }
        Ok(())
    }

    async fn expect(
        &mut self,
        step: &'static str,
        (method, path): (Method, &str),
        body: Value,
        status: StatusCode,
    ) -> Result<(), CommandError> {
        let failed = |problem: String| CommandError::Check { step, problem };
        let request = self.request(method, path, &body).map_err(|error| failed(error.to_string()))?;
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, LARGEST_ANSWER).await.map_err(|error| failed(error.to_string()))?;
        if parts.status != status {
            return Err(failed(format!("answered {}, not {status}", parts.status)));
        }
        self.keep(&parts.headers, &serde_json::from_slice(&bytes).unwrap_or_default());
        Ok(())
    }

    fn request(&self, method: Method, path: &str, body: &Value) -> Result<Request<Body>, axum::http::Error> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(access) = &self.access {
            request = request.header(AUTHORIZATION, format!("Bearer {access}"));
        }
        if let Some(cookies) = &self.app.profile.cookies {
            for (name, value) in &self.cookies {
                request = request.header(COOKIE, format!("{name}={value}"));
            }
            if let Some(csrf) = self.cookies.get(cookies.csrf.as_str()) {
                request = request.header(cookies.csrf_header.name(), csrf);
            }
        }
        match body {
            Value::Null => request.body(Body::empty()),
            body => request.header(CONTENT_TYPE, "application/json").body(body.to_string().into()),
        }
    }

    fn refresh_body(&self) -> Value {
        match (&self.app.profile.fields.refresh_token, &self.refresh) {
            (Some(field), Some(token)) => json!({ field: token }),
            _ => Value::Null,
        }
    }

    fn keep(&mut self, headers: &HeaderMap, body: &Value) {
        let fields = &self.app.profile.fields;
        let member = |name: &Option<String>| Some(body.get(name.as_ref()?)?.as_str()?.to_owned());
        self.access = member(&fields.access_token).or(self.access.take());
        self.refresh = member(&fields.refresh_token).or(self.refresh.take());
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().ok().and_then(|text| text.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
