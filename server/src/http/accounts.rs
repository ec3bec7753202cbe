//! Register, login, password change, and who one is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use email_address::{EmailAddress, Options};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::answers::{self, User};
use super::body::JsonObject;
use super::credentials::SignedIn;
use super::error::{AccessRefusal, ApiError};
use crate::app::App;
use crate::audit::{About, Event, LoginRefusal, StartedBy};
use crate::clock::Timestamp;
use crate::passwords::Verdict;
use crate::profile::Sessions;
use crate::store::{
    Account, Attempt, Client, EmailTaken, NewAccount, NewSession, PasswordChange, PasswordChangeOutcome,
    SessionStart,
};

const MAX_NAME_CHARACTERS: usize = 200;

/// `{email, password, name?, remember?}` → 201, the new account signed in.
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    client: Client,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    let email = email(&body.required_text("email")?)?;
    let password = body.required_string("password")?;
    let name = name(body.optional_text("name")?)?;
    let remembered = remembered(&app, &mut body)?;
    let broken_rules = app.passwords.broken_rules(&password, &email);
    if !broken_rules.is_empty() {
        return Err(ApiError::WeakPassword(broken_rules));
    }
    let password_hash = app.passwords.hash(password).await?;
    let roles = app.profile.roles.of_new_accounts.clone();
    let new = NewAccount { email, name, password_hash, roles };
    match app.store.create_account(new, app.clock.now()).await? {
        Ok(account) => {
            app.audit.record(Event::AccountCreated, about(&account, &client));
            let by = StartedBy::Registration;
            let answer = start_session(&app, &account, &client, remembered, by).await?;
            Ok((StatusCode::CREATED, answer).into_response())
        }
        Err(EmailTaken) => Err(ApiError::EmailTaken),
    }
}

/// `{email, password, remember?}` → 200, signed in. An unknown account and a wrong password are answered alike
/// in time and, unless the profile says otherwise, in words; both count towards a lock.
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    client: Client,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    let email = normalised(&body.required_text("email")?);
    let password = body.required_string("password")?;
    let remembered = remembered(&app, &mut body)?;
    let key = account_key(&email);
    if let Err(refused) = app.limits.count_account(&key).await {
        app.audit.record(Event::RateLimited, About::from(&client));
        return Err(refused.into());
    }
    let _turn = app.passwords.turn(&key).await;
    let account = app.store.account_by_email(&email).await?;
    let attempt = begin_attempt(&app, &key, account.as_ref(), &client).await?;
    let hash = account.as_ref().map(|account| &account.password_hash);
    match (app.passwords.check(password, hash).await?, account) {
        (Verdict::Right { renewed }, Some(mut account)) => {
            app.store.forget_attempts(&key).await?;
            if let Some(renewed) = renewed
                && app.store.renew_hash(&account, &renewed).await?
            {
                account.password_hash = renewed;
            }
            start_session(&app, &account, &client, remembered, StartedBy::Login).await
        }
        (_, Some(account)) => {
            let about = about(&account, &client);
            login_refused(&app, LoginRefusal::WrongPassword, about);
            attempt.failed(&app, about);
            Err(ApiError::InvalidCredentials)
        }
        (_, None) => {
            let nobody = About::from(&client);
            login_refused(&app, LoginRefusal::UnknownAccount, nobody);
            attempt.failed(&app, nobody);
            match app.profile.refusals.unknown_account.code() {
                StatusCode::NOT_FOUND => Err(ApiError::UnknownAccount),
                _ => Err(ApiError::InvalidCredentials),
            }
        }
    }
}

/// `{current_password, new_password}` → 200, new tokens for this session; the user's others are ended.
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    client: Client,
    caller: SignedIn,
    mut body: JsonObject,
) -> Result<Response, ApiError> {
    let current = body.required_string("current_password")?;
    let new = body.required_string("new_password")?;
    let broken_rules = app.passwords.broken_rules(&new, &caller.account.email);
    if !broken_rules.is_empty() {
        return Err(ApiError::WeakPassword(broken_rules));
    }
    let key = account_key(&caller.account.email);
    let _turn = app.passwords.turn(&key).await;
    // Read again: a login that had its turn before may have renewed the hash.
    let account = app.store.account_by_id(&caller.account.id).await?.ok_or(AccessRefusal::SessionOver)?;
    let attempt = begin_attempt(&app, &key, Some(&account), &client).await?;
    let verdict = app.passwords.check(current, Some(&account.password_hash)).await?;
    if verdict == Verdict::Wrong {
        app.audit.record(Event::PasswordChangeRefused, caller.about());
        attempt.failed(&app, about(&account, &client));
        return Err(ApiError::WrongCurrentPassword);
    }
    app.store.forget_attempts(&key).await?;
    let new_hash = app.passwords.hash(new).await?;
    let now = app.clock.now();
    let remembered = caller.token.claims().remembered;
    let grant = app.tokens.plan(caller.session_id(), remembered, now);
    let max_age = app.profile.sessions.max_age;
    let change = PasswordChange { account: &account, new_hash: &new_hash, grant, max_age };
    match app.store.change_password(change, now).await? {
        PasswordChangeOutcome::Changed { ended, grant } => {
            app.audit.record(Event::PasswordChanged, caller.about());
            tracing::debug!(user = account.id, ended, "other sessions ended by a password change");
            answers::signed_in(&app, app.tokens.sign(grant, &account, remembered)?, &account)
        }
        PasswordChangeOutcome::PasswordOvertaken => Err(ApiError::WrongCurrentPassword),
        PasswordChangeOutcome::SessionOver => Err(AccessRefusal::SessionOver.into()),
    }
}

/// Whom the access token belongs to.
pub(crate) async fn user(caller: SignedIn) -> Json<Value> {
    Json(json!(User::from(&caller.account)))
}

async fn start_session(
    app: &App,
    account: &Account,
    client: &Client,
    remembered: bool,
    by: StartedBy,
) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let Sessions { limit, max_age } = app.profile.sessions;
    let grant = app.tokens.plan(&Uuid::new_v4().to_string(), remembered, now).within(max_age, now);
    let new = NewSession { account, grant: &grant, client, limit };
    match app.store.start_session(new, now).await? {
        SessionStart::Started { ended } => {
            let about = About { session: Some(&grant.session_id), ..about(account, client) };
            for _ in 0..ended {
                app.audit.record(Event::SessionReplaced, about);
            }
            app.audit.record(Event::SessionStarted(by), about);
        }
        SessionStart::PasswordOvertaken => return Err(ApiError::InvalidCredentials),
        SessionStart::Full => {
            app.audit.record(Event::LoginRefused(LoginRefusal::TooManySessions), about(account, client));
            return Err(ApiError::TooManySessions);
        }
    }
    answers::signed_in(app, app.tokens.sign(grant, account, remembered)?, account)
}

/// An attempt at a password that may be looked at. It has been counted as wrong.
struct CountedAttempt {
    /// It is wrong once too often, should it be wrong.
    locks: bool,
}

impl CountedAttempt {
    fn failed(self, app: &App, about: About<'_>) {
        if self.locks {
            app.audit.record(Event::AccountLocked, about);
        }
    }
}

/// Refuses to look at a password of a locked account. A guess is counted before it is looked at, since others
/// may be made at another server at the same moment; here they take turns.
async fn begin_attempt(
    app: &App,
    key: &str,
    account: Option<&Account>,
    client: &Client,
) -> Result<CountedAttempt, ApiError> {
    let now = app.clock.now();
    match app.store.begin_attempt(key, &app.profile.lockout, now).await? {
        Attempt::Allowed { locks } => Ok(CountedAttempt { locks }),
        Attempt::Locked { until } => {
            let about = About { user: account.map(|account| account.id.as_str()), ..About::from(client) };
            login_refused(app, LoginRefusal::Locked, about);
            Err(locked(app, until, now))
        }
    }
}

/// Records a login that is refused, and tells where too many of one address are.
fn login_refused(app: &App, refusal: LoginRefusal, about: About<'_>) {
    app.audit.record(Event::LoginRefused(refusal), about);
    if about.address.is_some_and(|address| app.limits.count_refused_login(address)) {
        app.audit.record(Event::PasswordSpraying, About { user: None, ..about });
    }
}

fn locked(app: &App, until: Timestamp, now: Timestamp) -> ApiError {
    let status = app.profile.refusals.locked_account;
    ApiError::AccountLocked { status, retry_after: until.seconds_since(now).unsigned_abs() }
}

fn remembered(app: &App, body: &mut JsonObject) -> Result<bool, ApiError> {
    let Some(name) = &app.profile.fields.remember else { return Ok(false) };
    Ok(body.optional_bool(name)?.unwrap_or_default())
}

fn about<'a>(account: &'a Account, client: &'a Client) -> About<'a> {
    About { user: Some(&account.id), ..About::from(client) }
}

/// By which attempts on an account are counted, whether there is one or not.
fn account_key(email: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(email))
}

fn normalised(email: &str) -> String {
    email.trim().to_lowercase()
}

fn email(text: &str) -> Result<String, ApiError> {
    let email = normalised(text);
    let options = Options::default().without_display_text().without_domain_literal();
    match EmailAddress::parse_with_options(&email, options) {
        Ok(_) => Ok(email),
        Err(_) => Err(ApiError::InvalidRequest("`email` is not an e-mail address".to_owned())),
    }
}

fn name(text: Option<String>) -> Result<Option<String>, ApiError> {
    let name = text.map(|text| text.trim().to_owned()).filter(|name| !name.is_empty());
    match name {
        Some(name) if name.chars().count() > MAX_NAME_CHARACTERS => {
            Err(ApiError::InvalidRequest(format!("`name` is longer than {MAX_NAME_CHARACTERS} characters")))
        }
        name => Ok(name),
    }
}
