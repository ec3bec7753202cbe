//! Every way of saying no, as a status and `{"error", "error_description"}`.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use thiserror::Error;

use crate::limits::TooMany;
use crate::passwords::{BrokenRule, PasswordError};
use crate::profile::{LockedStatus, Profile, RefusalStatus};
use crate::tokens::{SigningError, TokenError};

#[derive(Debug, Error)]
pub(crate) enum ApiError {
    #[error("{0}")]
    InvalidRequest(String),
    #[error("the body must be sent as `content-type: application/json`")]
    UnsupportedMediaType,
    #[error("the body is too large")]
    PayloadTooLarge,
    #[error("there is nothing here")]
    NotFound,
    #[error("this path does not have this method")]
    MethodNotAllowed,
    #[error("the request took too long")]
    Timeout,
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    #[error("there is no account with this e-mail address")]
    UnknownAccount,
    #[error("too many wrong passwords; try again in {retry_after} s")]
    AccountLocked { status: LockedStatus, retry_after: u64 },
    #[error("too many requests; try again in {retry_after} s")]
    TooManyRequests { retry_after: u64 },
    #[error("too many sessions; log out elsewhere first")]
    TooManySessions,
    #[error("this takes a role that you do not have")]
    RoleMissing,
    #[error("the header `{0}` must repeat the CSRF cookie")]
    CsrfRefused(HeaderName),
    #[error("the server cannot do its work")]
    NotReady,
    /// Not 401: the caller is signed in, and a client would answer 401 with a refresh.
    #[error("the current password is wrong")]
    WrongCurrentPassword,
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    #[error("{}", messages(.0))]
    WeakPassword(Vec<BrokenRule>),
    #[error("{refusal}")]
    InvalidToken { status: StatusCode, refusal: AccessRefusal },
    #[error("{refusal}")]
    RefreshRefused { status: RefusalStatus, refusal: RefreshRefusal },
    #[error(transparent)]
    Internal(#[from] InternalError),
}

/// Why an access token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum AccessRefusal {
    #[error("no access token was given")]
    Missing,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the session has ended")]
    SessionOver,
    #[error("the token has been exchanged for a newer one")]
    Exchanged,
}

/// Why a refresh token brings no new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum RefreshRefusal {
    #[error("no token was given")]
    Missing,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the refresh token was used before; its session has been ended")]
    Reused,
    #[error("the session has ended")]
    SessionOver,
}

/// What went wrong on the server's side. For the log; the client learns only that it did.
#[derive(Debug, Error)]
pub(crate) enum InternalError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("password: {0}")]
    Password(#[from] PasswordError),
    #[error("token: {0}")]
    Token(#[from] SigningError),
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    #[error("metrics: {0}")]
    Metrics(#[from] std::fmt::Error),
    #[error("a value that no header can hold")]
    HeaderValue,
}

impl ApiError {
    /// The refusal of an access token, by the profile's statuses.
    pub(crate) fn access_refused(profile: &Profile, refusal: AccessRefusal) -> Self {
        let status = match refusal {
            AccessRefusal::Token(TokenError::Malformed) => profile.refusals.malformed_token.code(),
            _ => StatusCode::UNAUTHORIZED,
        };
        Self::InvalidToken { status, refusal }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::InvalidRequest(_) => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout | Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::InvalidCredentials => StatusCode::UNAUTHORIZED,
            Self::UnknownAccount => StatusCode::NOT_FOUND,
            Self::AccountLocked { status, .. } => status.code(),
            Self::InvalidToken { status, .. } => *status,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongCurrentPassword | Self::TooManySessions | Self::RoleMissing | Self::CsrfRefused(_) => {
                StatusCode::FORBIDDEN
            }
            Self::EmailTaken => StatusCode::CONFLICT,
            Self::WeakPassword(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RefreshRefused { status, .. } => status.code(),
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::PayloadTooLarge => "payload_too_large",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Timeout => "timeout",
            Self::InvalidCredentials | Self::WrongCurrentPassword => "invalid_credentials",
            Self::UnknownAccount => "unknown_account",
            Self::AccountLocked { .. } => "account_locked",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::TooManySessions => "too_many_sessions",
            Self::RoleMissing => "forbidden",
            Self::CsrfRefused(_) => "csrf_refused",
            Self::NotReady => "not_ready",
            Self::EmailTaken => "email_taken",
            Self::WeakPassword(_) => "weak_password",
            Self::InvalidToken { .. } => "invalid_token",
            Self::RefreshRefused { .. } => "invalid_grant",
            Self::Internal(_) => "server_error",
        }
    }

    /// The answer, with `members` beside those that every error has.
    pub(crate) fn into_response_with(self, members: Value) -> Response {
        let status = self.status();
        let description = match &self {
            Self::Internal(error) => {
                tracing::error!(%error, "a request failed");
                "something went wrong on the server".to_owned()
            }
            error => error.to_string(),
        };
        let mut body = json!({ "error": self.code(), "error_description": description });
        if let (Value::Object(body), Value::Object(members)) = (&mut body, members) {
            body.extend(members);
        }
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 asks for a challenge on every 401; RFC 6750 for its reason where a token was refused.
            let challenge = match self {
                Self::InvalidToken { .. } => "Bearer error=\"invalid_token\"",
                _ => "Bearer",
            };
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Self::AccountLocked { retry_after, .. } | Self::TooManyRequests { retry_after } = self {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after.into());
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let members = match &self {
            Self::WeakPassword(rules) => json!({ "broken_rules": rules }),
            _ => json!({}),
        };
        self.into_response_with(members)
    }
}

impl From<AccessRefusal> for ApiError {
    fn from(refusal: AccessRefusal) -> Self {
        Self::InvalidToken { status: StatusCode::UNAUTHORIZED, refusal }
    }
}

impl From<TooMany> for ApiError {
    fn from(refused: TooMany) -> Self {
        // Rounded up, since who comes back a moment early is refused again.
        Self::TooManyRequests { retry_after: refused.retry_after.as_secs_f64().ceil() as u64 }
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        Self::Internal(error.into())
    }
}

impl From<SigningError> for ApiError {
    fn from(error: SigningError) -> Self {
        Self::Internal(error.into())
    }
}

fn messages(rules: &[BrokenRule]) -> String {
    rules.iter().map(|rule| rule.message.as_str()).collect::<Vec<_>>().join("; ")
}
