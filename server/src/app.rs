//! What every request has at hand.

use std::sync::Arc;

use crate::clock::Clock;
use crate::passwords::Passwords;
use crate::profile::Profile;
use crate::store::Store;
use crate::tokens::Tokens;

pub(crate) struct App {
    pub(crate) profile: Profile,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) tokens: Tokens,
    pub(crate) passwords: Passwords,
}
