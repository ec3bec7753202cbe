//! What can go wrong with what is asked of a session.

use super::answer::BadAnswer;
use crate::machine::Failure;
use core::error::Error;
use core::fmt;

/// Why something that was asked of the session did not come to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// The machine's word.
    Failed {
        /// Why.
        failure: Failure,
        /// When another try makes sense, in milliseconds since the epoch.
        retry_at: Option<u64>,
    },
    /// The auth server said no to a login or the like.
    Http {
        /// Its status.
        status: u16,
        /// The `error` member of its answer, if any.
        code: Option<String>,
        /// Its words for the user, if any.
        description: Option<String>,
    },
    /// The auth server's answer holds no tokens, or nonsense.
    BadAnswer(BadAnswer),
    /// The session was disposed of.
    Disposed,
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { failure, .. } => failure.fmt(f),
            Self::Http { description: Some(description), .. } => f.write_str(description),
            Self::Http { status, .. } => write!(f, "the auth server answered {status}"),
            Self::BadAnswer(BadAnswer(member)) => write!(f, "`{member}` is missing or makes no sense"),
            Self::Disposed => f.write_str("the session was disposed of"),
        }
    }
}

impl Error for SessionError {}
