//! Tokens, wrapped so that no log, error or panic can print them.

use core::fmt;
use zeroize::Zeroize;

/// A token. `Debug` shows no part of it, and its memory is overwritten when it is dropped.
///
/// Copies that the browser makes (strings handed to JavaScript, request bodies, storage) are beyond reach.
///
/// ```
/// use session_warden::machine::Secret;
///
/// let token = Secret::new("eyJhbGciOi…");
/// assert_eq!(format!("{token:?}"), "Secret");
/// assert_eq!(format!("Bearer {}", token.expose()), "Bearer eyJhbGciOi…");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Wraps a token.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself, for the one place that sends or stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
