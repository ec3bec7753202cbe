//! What can go wrong, sorted by whose doing it is.

use core::error::Error;
use core::fmt;

/// Why something did not come to pass. Holds no text of a server's, and never a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Failure {
    /// The network: no answer came.
    Network,
    /// No answer came in time.
    Timeout,
    /// The server is in trouble or asks for a pause (408, 425, 429, 5xx).
    Server {
        /// Its HTTP status.
        status: u16,
    },
    /// Something answered that is not the auth server: another content type, a body that cannot be read.
    NotTheServer {
        /// The HTTP status.
        status: u16,
    },
    /// The auth server refused for good.
    Refused {
        /// Its HTTP status.
        status: u16,
    },
    /// The row could not be written, and without the turn nothing is sent.
    Store,
    /// Another tab's refresh failed; its pause holds here too.
    Elsewhere,
    /// Nobody is signed in.
    SignedOut,
    /// Somebody else is signed in now.
    UserChanged,
    /// A logout or another login came in between.
    Superseded,
    /// There is nothing to present to the auth server.
    NotRenewable,
    /// The 401 is not about the token: a new one was refused as well.
    StillUnauthorized,
    /// The auth server's last answer did not move the expiry: asked again at once, it would be asked for ever.
    NotProlonged,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => f.write_str("the auth server is out of reach"),
            Self::Timeout => f.write_str("the auth server did not answer in time"),
            Self::Server { status } => write!(f, "the auth server is in trouble ({status})"),
            Self::NotTheServer { status } => write!(f, "what answered is not the auth server ({status})"),
            Self::Refused { status } => write!(f, "the auth server refused ({status})"),
            Self::Store => f.write_str("the session could not be stored"),
            Self::Elsewhere => f.write_str("another tab could not reach the auth server"),
            Self::SignedOut => f.write_str("nobody is signed in"),
            Self::UserChanged => f.write_str("somebody else is signed in"),
            Self::Superseded => f.write_str("a logout or another login came in between"),
            Self::NotRenewable => f.write_str("there is no token to renew the session with"),
            Self::StillUnauthorized => f.write_str("a new token was refused as well"),
            Self::NotProlonged => f.write_str("the auth server did not prolong the session"),
        }
    }
}

impl Error for Failure {}

/// What an HTTP answer to a refresh says, by status and form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Read the tokens.
    Granted,
    /// No, and for good.
    Refused,
    /// Not now.
    Transient(Failure),
}

/// Sorts an answer of the auth server into what is final and what is not.
///
/// `json_error` is the `error` member of a JSON body (RFC 6749, section 5.2), where there is one, and
/// `is_json` whether the body was a JSON object at all. A captive portal's 403 page ends no session.
///
/// `is_final` is the exchange's own word on a refusal, for servers that speak another language than OAuth: one
/// answers 404 where the user is gone. It is not heard where the server only asks for patience.
///
/// ```
/// use session_warden::machine::{Failure, Verdict, judge};
///
/// assert_eq!(judge(200, true, None, None), Verdict::Granted);
/// assert_eq!(judge(400, true, Some("invalid_grant"), None), Verdict::Refused);
/// // A captive portal, and a server that restarts: neither ends a session.
/// assert_eq!(judge(403, false, None, None), Verdict::Transient(Failure::NotTheServer { status: 403 }));
/// assert_eq!(judge(503, false, None, None), Verdict::Transient(Failure::Server { status: 503 }));
/// ```
pub fn judge(status: u16, is_json: bool, json_error: Option<&str>, is_final: Option<bool>) -> Verdict {
    match (status, is_final) {
        (200..=299, _) if is_json => Verdict::Granted,
        (408 | 425 | 429 | 500..=599, _) | (400..=499, Some(false)) => {
            Verdict::Transient(Failure::Server { status })
        }
        (400..=499, Some(true)) | (401, None) => Verdict::Refused,
        (400, None) if json_error.is_some_and(is_final_error) => Verdict::Refused,
        (403, None) if is_json => Verdict::Refused,
        _ => Verdict::Transient(Failure::NotTheServer { status }),
    }
}

/// The `error` codes after which the same refresh token will never be accepted.
fn is_final_error(error: &str) -> bool {
    matches!(error, "invalid_grant" | "invalid_token" | "unauthorized_client" | "invalid_client")
}
