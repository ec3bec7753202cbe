//! What is asked by those who run the server.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::error::{ApiError, InternalError};
use crate::app::App;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process is up and answers.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The database answers too.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    match app.store.ping().await {
        Ok(()) => Ok(Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            Err(ApiError::NotReady)
        }
    }
}

/// Counts, for Prometheus.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<impl IntoResponse, ApiError> {
    let active_sessions = app.store.count_live_sessions(app.clock.now()).await?;
    let text = app.audit.exposition(active_sessions).map_err(InternalError::from)?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text))
}

/// The public keys, as a JWK Set.
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "keys": app.tokens.public_keys() }))
}
