//! Errors as the package gets them: plain objects with a stable `code`, made into classes there.

use super::set;
use crate::machine::Failure;
use crate::shell::number;
use crate::shell::{BadAnswer, SessionError};
use js_sys::Object;
use wasm_bindgen::JsValue;

/// `{ code, … }`; the package has the words. No text of a token's is in it: `message`, where it is there, is
/// what the auth server has to say to the user.
pub(crate) fn read(error: &SessionError) -> JsValue {
    let object = Object::new();
    match error {
        SessionError::Failed { failure, retry_at } => {
            describe(&object, *failure);
            if let Some(at) = retry_at {
                set(&object, "retryAt", &number(*at).into());
            }
        }
        SessionError::Http { status, code, description } => {
            name(&object, "http");
            set(&object, "status", &(*status).into());
            if let Some(code) = code {
                set(&object, "serverCode", &code.into());
            }
            if let Some(description) = description {
                set(&object, "message", &description.into());
            }
        }
        SessionError::BadAnswer(BadAnswer(field)) => {
            name(&object, "bad-answer");
            set(&object, "field", &(*field).into());
        }
        SessionError::Disposed => name(&object, "disposed"),
    }
    object.into()
}

/// The error of a failure that the page is told of by an event.
pub(crate) fn of_failure(failure: Failure) -> JsValue {
    let object = Object::new();
    describe(&object, failure);
    object.into()
}

fn describe(object: &Object, failure: Failure) {
    let status = |status: u16| {
        if status > 0 {
            set(object, "status", &status.into());
        }
    };
    match failure {
        Failure::Network => name(object, "network"),
        Failure::Timeout => name(object, "timeout"),
        Failure::Server { status: code } => {
            name(object, "server");
            status(code);
        }
        Failure::NotTheServer { status: code } => {
            name(object, "not-the-server");
            status(code);
        }
        Failure::Refused { status: code } => {
            name(object, "refresh-rejected");
            status(code);
        }
        Failure::Store => name(object, "storage"),
        Failure::Elsewhere => name(object, "network"),
        Failure::SignedOut => name(object, "signed-out"),
        Failure::UserChanged => name(object, "user-changed"),
        Failure::Superseded => name(object, "superseded"),
        Failure::NotRenewable => name(object, "not-renewable"),
        Failure::StillUnauthorized => name(object, "still-unauthorized"),
        Failure::NotProlonged => name(object, "not-prolonged"),
    }
}

fn name(object: &Object, code: &str) {
    set(object, "code", &code.into());
}
