//! The profile's protected resources: a list of items for each user.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::answers::User;
use super::body::JsonObject;
use super::credentials::SignedIn;
use super::error::ApiError;
use crate::app::App;
use crate::audit::Event;
use crate::profile::Resource;
use crate::store::NewItem;

pub(crate) const MAX_TITLE_CHARACTERS: usize = 200;

/// → 200 `{resource, user, items}`.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(resource): Extension<Resource>,
    caller: SignedIn,
) -> Result<Json<Value>, ApiError> {
    check_role(&app, &resource, &caller)?;
    let items = app.store.items(&resource.name, &caller.account.id).await?;
    Ok(Json(json!({ "resource": resource.name, "user": User::from(&caller.account), "items": items })))
}

/// `{title}` → 201, the new item.
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    Extension(resource): Extension<Resource>,
    caller: SignedIn,
    mut body: JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    check_role(&app, &resource, &caller)?;
    let title = body.required_text("title")?.trim().to_owned();
    if title.is_empty() || title.chars().count() > MAX_TITLE_CHARACTERS {
        return Err(ApiError::InvalidRequest(format!(
            "`title` must have 1 to {MAX_TITLE_CHARACTERS} characters"
        )));
    }
    let new = NewItem { resource: &resource.name, user_id: &caller.account.id, title };
    let item = app.store.add_item(new, app.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(item)))
}

fn check_role(app: &App, resource: &Resource, caller: &SignedIn) -> Result<(), ApiError> {
    let has_one = resource.roles.iter().any(|role| caller.account.roles.contains(role));
    if resource.roles.is_empty() || has_one {
        return Ok(());
    }
    app.audit.record(Event::RoleMissing, caller.about());
    Err(ApiError::RoleMissing)
}
