//! What every request has at hand.

use std::sync::Arc;

use thiserror::Error;

use crate::audit::Audit;
use crate::clock::Clock;
use crate::limits::RateLimits;
use crate::passwords::{PasswordError, Passwords};
use crate::profile::Profile;
use crate::secrets::SecretError;
use crate::settings::Secrets;
use crate::store::Store;
use crate::tokens::{CsrfTokens, Tokens};

pub(crate) struct App {
    pub(crate) profile: Profile,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) tokens: Tokens,
    pub(crate) csrf: CsrfTokens,
    pub(crate) passwords: Passwords,
    pub(crate) limits: RateLimits,
    pub(crate) audit: Audit,
}

/// Why a server cannot do its work.
#[derive(Debug, Error)]
pub enum SetupError {
    /// A secret is no key of the profile's algorithm.
    #[error("cannot use a secret: {0}")]
    Secrets(#[from] SecretError),
    /// bcrypt does not work here.
    #[error("cannot hash passwords: {0}")]
    Passwords(String),
}

impl From<PasswordError> for SetupError {
    fn from(error: PasswordError) -> Self {
        Self::Passwords(error.to_string())
    }
}

impl App {
    pub(crate) async fn new(
        profile: Profile,
        secrets: &Secrets,
        store: Store,
        clock: Arc<dyn Clock>,
        audit: Audit,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            tokens: Tokens::new(&profile, secrets.keys(profile.tokens.algorithm)?),
            csrf: secrets.csrf(),
            passwords: Passwords::new(&profile.passwords).await?,
            limits: RateLimits::new(profile.rates, Arc::clone(&clock), store.shared_rates()),
            audit,
            store,
            clock,
            profile,
        })
    }
}
