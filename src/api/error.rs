//! Errors as the package gets them: a number and a few values. It has the words and the classes.

use crate::machine::Failure;
use crate::shell::number;
use crate::shell::{BadAnswer, SessionError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// No text of a token's is in it: `text` is the auth server's for the user, or the name of a member.
    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    fn values(
        kind: u8,
        status: u16,
        retry_at: Option<f64>,
        text: Option<&str>,
        server_code: Option<&str>,
    ) -> JsValue;
}

/// In the order of `core-error.ts`.
enum Kind {
    Network,
    Timeout,
    Http,
    NotTheServer,
    RefreshRejected,
    Storage,
    SignedOut,
    UserChanged,
    Superseded,
    NotRenewable,
    StillUnauthorized,
    NotProlonged,
    BadAnswer,
    Disposed,
}

/// The values of an error.
pub(crate) fn read(error: &SessionError) -> JsValue {
    match error {
        SessionError::Failed { failure, retry_at } => failed(*failure, *retry_at),
        SessionError::Http { status, code, description } => {
            values(Kind::Http as u8, *status, None, description.as_deref(), code.as_deref())
        }
        SessionError::BadAnswer(BadAnswer(field)) => {
            values(Kind::BadAnswer as u8, 0, None, Some(field), None)
        }
        SessionError::Disposed => values(Kind::Disposed as u8, 0, None, None, None),
    }
}

/// The error of a failure that the page is told of by an event.
pub(crate) fn of_failure(failure: Failure) -> JsValue {
    failed(failure, None)
}

fn failed(failure: Failure, retry_at: Option<u64>) -> JsValue {
    let (kind, status) = match failure {
        Failure::Network | Failure::Elsewhere => (Kind::Network, 0),
        Failure::Timeout => (Kind::Timeout, 0),
        Failure::Server { status } => (Kind::Http, status),
        Failure::NotTheServer { status } => (Kind::NotTheServer, status),
        Failure::Refused { status } => (Kind::RefreshRejected, status),
        Failure::Store => (Kind::Storage, 0),
        Failure::SignedOut => (Kind::SignedOut, 0),
        Failure::UserChanged => (Kind::UserChanged, 0),
        Failure::Superseded => (Kind::Superseded, 0),
        Failure::NotRenewable => (Kind::NotRenewable, 0),
        Failure::StillUnauthorized => (Kind::StillUnauthorized, 0),
        Failure::NotProlonged => (Kind::NotProlonged, 0),
    };
    values(kind as u8, status, retry_at.map(number), None, None)
}
