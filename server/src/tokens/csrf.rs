//! What a page has to repeat in a header, since no other site can read it from the cookie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secrets::Secret;

/// Makes CSRF tokens and knows them again. A token belongs to one session: another's is of no use, even where
/// somebody manages to plant a cookie.
#[derive(Clone)]
pub(crate) struct CsrfTokens {
    current: Hmac<Sha256>,
    previous: Vec<Hmac<Sha256>>,
}

impl CsrfTokens {
    pub(crate) fn new(current: &Secret, previous: &[Secret]) -> Self {
        Self { current: keyed(current), previous: previous.iter().map(keyed).collect() }
    }

    pub(crate) fn of_session(&self, session_id: &str) -> String {
        let mac = self.current.clone().chain_update(session_id);
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether this is the token of a session, or was under a secret that went before.
    pub(crate) fn is_of_session(&self, token: &str, session_id: &str) -> bool {
        self.is_current(token, session_id)
            || self.previous.iter().any(|mac| is_made_by(mac, token, session_id))
    }

    /// Whether this is the very token that the session would be given now.
    pub(crate) fn is_current(&self, token: &str, session_id: &str) -> bool {
        is_made_by(&self.current, token, session_id)
    }
}

fn keyed(secret: &Secret) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
    // The same secret may sign tokens; what it says here must be of no use there.
    mac.update(b"csrf\0");
    mac
}

/// Compares in the same time wherever the first difference is.
fn is_made_by(mac: &Hmac<Sha256>, token: &str, session_id: &str) -> bool {
    let mac = mac.clone().chain_update(session_id);
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|token| mac.verify_slice(&token).is_ok())
}
