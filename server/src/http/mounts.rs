//! Directories of files beside the API.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use thiserror::Error;
use tower_http::services::ServeDir;

use super::error::{ApiError, InternalError};
use super::headers;

/// A directory and the URL path under which its files are served, written `/path=directory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Without the slash at its end, so the root is empty.
    prefix: String,
    directory: PathBuf,
}

/// Why a text is no mount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MountError {
    /// Path and directory are not told apart, or one is missing.
    #[error("`{0}` is not a URL path and a directory such as `/=www`")]
    Shape(String),
    /// The URL path does not begin with a slash.
    #[error("the URL path `{0}` must begin with `/`")]
    Path(String),
}

impl Mount {
    /// The URL path, with a slash at its end.
    #[must_use]
    pub fn url_path(&self) -> String {
        format!("{}/", self.prefix)
    }

    /// The directory whose files are served.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl FromStr for Mount {
    type Err = MountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((path, directory)) if !path.is_empty() && !directory.is_empty() => {
                if !path.starts_with('/') {
                    return Err(MountError::Path(path.to_owned()));
                }
                Ok(Self { prefix: path.trim_end_matches('/').to_owned(), directory: directory.into() })
            }
            _ => Err(MountError::Shape(text.to_owned())),
        }
    }
}

impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.url_path(), self.directory.display())
    }
}

/// All mounts of a server. Of two that fit, the longer path serves.
#[derive(Clone)]
pub(super) struct Mounts(Arc<[(String, ServeDir)]>);

impl Mounts {
    pub(super) fn new(mounts: &[Mount]) -> Self {
        let mut services: Vec<_> = mounts
            .iter()
            .map(|mount| {
                let files = ServeDir::new(&mount.directory).redirect_path_prefix(&mount.prefix);
                (mount.prefix.clone(), files)
            })
            .collect();
        services.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self(services.into())
    }

    /// The file that `request` asks for, or the API's "not found".
    pub(super) async fn serve(&self, request: Request) -> Response {
        match self.find(request).await {
            Ok(response) => headers::for_files(response),
            Err(error) => headers::for_api(error.into_response()).await,
        }
    }

    async fn find(&self, mut request: Request) -> Result<Response, ApiError> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(ApiError::NotFound);
        }
        let path = request.uri().path();
        let (prefix, rest, files) = self
            .0
            .iter()
            .find_map(|(prefix, files)| Some((prefix, below(prefix, path)?, files)))
            .ok_or(ApiError::NotFound)?;
        if rest.is_empty() {
            // Without the slash the page's relative links would miss the mount.
            return Ok(Redirect::temporary(&format!("{prefix}/")).into_response());
        }
        *request.uri_mut() = rest.parse::<Uri>().map_err(|_| ApiError::NotFound)?;
        let response = files.clone().try_call(request).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied => {
                ApiError::NotFound
            }
            _ => InternalError::from(error).into(),
        })?;
        match response.status() {
            StatusCode::NOT_FOUND => Err(ApiError::NotFound),
            _ => Ok(response.map(Body::new)),
        }
    }
}

/// What of `path` lies below `prefix`: with its leading slash, or empty.
fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}
