//! Register, login, password change, and who one is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use email_address::{EmailAddress, Options};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{self, User};
use super::bearer::SignedIn;
use super::body::JsonObject;
use super::error::{AccessRefusal, ApiError};
use crate::app::App;
use crate::store::{
    Account, EmailTaken, NewAccount, NewSession, PasswordChange, PasswordChangeOutcome, Successor,
};

const MAX_NAME_CHARACTERS: usize = 200;

/// `{email, password, name?}` → 201, the new account signed in.
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    mut body: JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    let email = email(&body.required_string("email")?)?;
    let password = body.required_string("password")?;
    let name = name(body.optional_string("name")?)?;
    let broken_rules = app.passwords.broken_rules(&password, &email);
    if !broken_rules.is_empty() {
        return Err(ApiError::WeakPassword(broken_rules));
    }
    let password_hash = app.passwords.hash(password).await?;
    let new = NewAccount { email, name, password_hash };
    match app.store.create_account(new, app.clock.now()).await? {
        Ok(account) => {
            tracing::info!(user = account.id, "account created");
            Ok((StatusCode::CREATED, start_session(&app, &account).await?))
        }
        Err(EmailTaken) => Err(ApiError::EmailTaken),
    }
}

/// `{email, password}` → 200, signed in. An unknown account and a wrong password are answered alike, in words
/// and in time.
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    mut body: JsonObject,
) -> Result<Json<Value>, ApiError> {
    let email = normalised(&body.required_string("email")?);
    let password = body.required_string("password")?;
    let account = app.store.account_by_email(&email).await?;
    let hash = account.as_ref().map(|account| &account.password_hash);
    let matches = app.passwords.matches(password, hash).await?;
    match account {
        Some(account) if matches => start_session(&app, &account).await,
        _ => {
            tracing::info!("login refused");
            Err(ApiError::InvalidCredentials)
        }
    }
}

/// `{current_password, new_password}` → 200, new tokens for this session; the user's others are ended.
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    caller: SignedIn,
    mut body: JsonObject,
) -> Result<Json<Value>, ApiError> {
    let current = body.required_string("current_password")?;
    let new = body.required_string("new_password")?;
    let account = &caller.account;
    let broken_rules = app.passwords.broken_rules(&new, &account.email);
    if !broken_rules.is_empty() {
        return Err(ApiError::WeakPassword(broken_rules));
    }
    if !app.passwords.matches(current, Some(&account.password_hash)).await? {
        return Err(ApiError::WrongCurrentPassword);
    }
    let new_hash = app.passwords.hash(new).await?;
    let now = app.clock.now();
    let session_id = caller.session_id();
    let pair = app.tokens.issue_pair(&account.id, session_id, now)?;
    let successor = Successor { session_id, refresh: &pair.refresh };
    let change = PasswordChange { account, new_hash: &new_hash, successor };
    match app.store.change_password(change, now).await? {
        PasswordChangeOutcome::Changed { ended } => {
            tracing::info!(user = account.id, session = session_id, ended, "password changed");
            Ok(answers::tokens_and_user(&app, pair, account))
        }
        PasswordChangeOutcome::PasswordOvertaken => Err(ApiError::WrongCurrentPassword),
        PasswordChangeOutcome::SessionOver => Err(AccessRefusal::SessionOver.into()),
    }
}

/// Whom the access token belongs to.
pub(crate) async fn user(caller: SignedIn) -> Json<Value> {
    Json(json!(User::from(&caller.account)))
}

async fn start_session(app: &App, account: &Account) -> Result<Json<Value>, ApiError> {
    let now = app.clock.now();
    let session_id = Uuid::new_v4().to_string();
    let pair = app.tokens.issue_pair(&account.id, &session_id, now)?;
    let new = NewSession { id: &session_id, account, refresh: &pair.refresh };
    if !app.store.start_session(new, now).await? {
        // The password was changed while it was being checked.
        return Err(ApiError::InvalidCredentials);
    }
    tracing::info!(user = account.id, session = session_id, "session started");
    Ok(answers::tokens_and_user(app, pair, account))
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
