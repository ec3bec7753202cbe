use std::fmt;

use axum::http::Method;
use serde::Deserialize;
use thiserror::Error;

/// Method and path of an endpoint, written `POST /login`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint {
    method: Method,
    path: ResourcePath,
}

/// An absolute URL path of plain segments, such as `/api/auth/login`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ResourcePath(String);

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Method and path are not told apart.
    #[error("`{0}` is not a method and a path such as `POST /login`")]
    Shape(String),
    /// The method is none that an endpoint can have.
    #[error("`{0}` is not one of GET, POST, PUT, PATCH, DELETE")]
    Method(String),
    /// The path has characters that a router or a proxy may read differently.
    #[error(
        "`{0}` is not a path of one or more segments of letters, digits, `-`, `.`, `_` and `~`, \
         each after a `/`"
    )]
    Path(String),
}

impl Endpoint {
    /// The request method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The absolute path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.as_str()
    }
}

impl ResourcePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let Some((method, path)) = text.split_once(' ') else {
            return Err(EndpointError::Shape(text));
        };
        let method = match method {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            other => return Err(EndpointError::Method(other.to_owned())),
        };
        Ok(Self { method, path: path.trim().to_owned().try_into()? })
    }
}

impl TryFrom<String> for ResourcePath {
    type Error = EndpointError;

    fn try_from(path: String) -> Result<Self, Self::Error> {
        let plain = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        };
        match path.strip_prefix('/') {
            Some(segments) if segments.split('/').all(plain) => Ok(Self(path)),
            _ => Err(EndpointError::Path(path)),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path.0)
    }
}
