//! JSON objects as request bodies, with errors that name the member. Members are looked up by name because
//! the profile names some of them.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use super::error::ApiError;

/// A request's body: a JSON object. No body at all is an object without members.
#[derive(Debug, Default)]
pub(crate) struct JsonObject(Map<String, Value>);

impl JsonObject {
    pub(crate) fn required_string(&mut self, name: &str) -> Result<String, ApiError> {
        self.optional_string(name)?
            .ok_or_else(|| ApiError::InvalidRequest(format!("`{name}` is missing from the body")))
    }

    pub(crate) fn optional_string(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::InvalidRequest(format!("`{name}` must be a string"))),
        }
    }

    /// A text that is kept or looked up.
    pub(crate) fn required_text(&mut self, name: &str) -> Result<String, ApiError> {
        self.required_string(name).and_then(|text| without_nul(name, text))
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        self.optional_string(name)?.map(|text| without_nul(name, text)).transpose()
    }

    pub(crate) fn optional_bool(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(ApiError::InvalidRequest(format!("`{name}` must be true or false"))),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let is_json = is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        // A page of another origin can send text/plain without asking first, but not this.
        if !is_json {
            return Err(ApiError::UnsupportedMediaType);
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(ApiError::InvalidRequest("the body must be a JSON object".to_owned())),
            // The parser's own words are left out: no part of a body is to come back in an error.
            Err(error) => Err(ApiError::InvalidRequest(format!(
                "the body is not valid JSON (line {}, column {})",
                error.line(),
                error.column()
            ))),
        }
    }
}

/// PostgreSQL keeps no text with U+0000, and is not to be asked.
fn without_nul(name: &str, text: String) -> Result<String, ApiError> {
    if text.contains('\0') {
        return Err(ApiError::InvalidRequest(format!("`{name}` must not hold the character U+0000")));
    }
    Ok(text)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::PayloadTooLarge
        } else {
            Self::InvalidRequest("the body could not be read to its end".to_owned())
        }
    }
}
