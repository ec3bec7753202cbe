use axum::Json;
use serde_json::{Value, json};

/// The process is up and answers.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
