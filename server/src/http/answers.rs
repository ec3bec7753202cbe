//! Answers that carry tokens, with the names that the profile gives to their members.

use axum::Json;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::store::Account;
use crate::tokens::TokenPair;

/// A user as the API shows them.
#[derive(Debug, Serialize)]
pub(crate) struct User<'a> {
    id: &'a str,
    email: &'a str,
    name: Option<&'a str>,
}

impl<'a> From<&'a Account> for User<'a> {
    fn from(account: &'a Account) -> Self {
        Self { id: &account.id, email: &account.email, name: account.name.as_deref() }
    }
}

/// The answer to a refresh.
pub(crate) fn tokens(app: &App, pair: TokenPair) -> Json<Value> {
    Json(Value::Object(members(app, pair)))
}

/// The answer to a login.
pub(crate) fn tokens_and_user(app: &App, pair: TokenPair, account: &Account) -> Json<Value> {
    let mut members = members(app, pair);
    members.insert(app.profile.fields.user.clone(), json!(User::from(account)));
    Json(Value::Object(members))
}

fn members(app: &App, pair: TokenPair) -> Map<String, Value> {
    let fields = &app.profile.fields;
    Map::from_iter([
        (fields.access_token.clone(), pair.access.token.into()),
        (fields.refresh_token.clone(), pair.refresh.token.into()),
        (fields.token_type.clone(), "bearer".into()),
        (fields.expires_in.clone(), app.tokens.access_ttl().seconds().into()),
    ])
}
