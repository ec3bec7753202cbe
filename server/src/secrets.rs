//! Secrets: from the environment, or made at start. Never shown.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::profile::Algorithm;

/// HS256's hash is 32 bytes wide: a shorter secret is easier to guess than the signature. The private keys of
/// ES256 and EdDSA have just as many.
const STRONG_BYTES: usize = 32;

/// A secret, as text where it came from the environment.
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    origin: SecretOrigin,
}

/// Where a [`Secret`] is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretOrigin {
    /// An environment variable.
    Environment,
    /// The operating system's randomness, at this start.
    Generated,
}

/// Why a secret cannot be used. Says nothing of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretError {
    /// It must be base64.
    #[error("is not base64")]
    NotBase64,
    /// It holds too little.
    #[error("holds {found} bytes, fewer than {wanted}")]
    TooShort {
        /// How many bytes there are.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// It is no private key of this algorithm.
    #[error("is not the base64 of a 32-byte private key for {0}")]
    NotAKey(Algorithm),
}

impl Secret {
    /// A fresh one, as wide as the signature.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Ok(Self { bytes: random(STRONG_BYTES)?, origin: SecretOrigin::Generated })
    }

    pub(crate) fn from_environment(text: String) -> Self {
        Self { bytes: text.into_bytes().into(), origin: SecretOrigin::Environment }
    }

    /// Where it is from.
    #[must_use]
    pub const fn origin(&self) -> SecretOrigin {
        self.origin
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether guessing it is harder than guessing a signature.
    pub(crate) fn is_strong(&self) -> bool {
        self.bytes.len() >= STRONG_BYTES
    }

    /// Refuses a secret from the environment that is not the base64 of `wanted` bytes or more.
    pub(crate) fn check_size(&self, wanted: usize) -> Result<(), SecretError> {
        if self.origin == SecretOrigin::Generated {
            return Ok(());
        }
        match decode(&self.bytes).ok_or(SecretError::NotBase64)?.len() {
            found if found < wanted => Err(SecretError::TooShort { found, wanted }),
            _ => Ok(()),
        }
    }

    /// The private key that it is for an algorithm that has one.
    pub(crate) fn private_key(&self, algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let bytes = match self.origin {
            SecretOrigin::Generated => Some(self.bytes.clone()),
            SecretOrigin::Environment => decode(&self.bytes),
        };
        bytes.filter(|bytes| bytes.len() == STRONG_BYTES).ok_or(SecretError::NotAKey(algorithm))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// So many random bytes in base64, as an environment variable takes them.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn random_base64(bytes: usize) -> Result<Zeroizing<String>, getrandom::Error> {
    Ok(STANDARD.encode(&*random(bytes)?).into())
}

fn random(bytes: usize) -> Result<Zeroizing<Vec<u8>>, getrandom::Error> {
    let mut random = Zeroizing::new(vec![0; bytes]);
    getrandom::fill(&mut random)?;
    Ok(random)
}

fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok().map(Zeroizing::new)
}
