//! What a page has to repeat in a header, since no other site can read it from the cookie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secrets::Secret;

/// Makes CSRF tokens and knows them again. A token belongs to one session: another's is of no use, even where
/// somebody manages to plant a cookie.
#[derive(Clone)]
pub(crate) struct CsrfTokens(Hmac<Sha256>);

impl CsrfTokens {
    pub(crate) fn new(secret: &Secret) -> Self {
        let mut mac = Hmac::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
        // The same secret may sign tokens; what it says here must be of no use there.
        mac.update(b"csrf\0");
        Self(mac)
    }

    pub(crate) fn of_session(&self, session_id: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(session_id).finalize().into_bytes())
    }

    /// Compares in the same time wherever the first difference is.
    pub(crate) fn is_of_session(&self, token: &str, session_id: &str) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|token| self.mac(session_id).verify_slice(&token).is_ok())
    }

    fn mac(&self, session_id: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(session_id)
    }
}
