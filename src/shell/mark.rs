//! The mark of a running browser: what tells a session that was to last no longer than it that it has been closed.

use super::browser::{mark, read_mark, unmark};
use crate::machine::Sid;

/// The mark of one session name. It bears the session's name, which is no secret.
#[derive(Debug)]
pub(crate) struct Mark {
    name: String,
}

impl Mark {
    pub(crate) fn new(key: &str) -> Self {
        Self { name: key.to_owned() }
    }

    pub(crate) fn read(&self) -> Option<Sid> {
        read_mark(&self.name).map(Sid)
    }

    pub(crate) fn set(&self, sid: &Sid) {
        mark(&self.name, &sid.0);
    }

    /// Another session's mark stays.
    pub(crate) fn remove(&self, sid: &Sid) {
        if self.read().is_some_and(|marked| marked == *sid) {
            unmark(&self.name);
        }
    }
}
