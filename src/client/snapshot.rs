//! The session at one moment.

use crate::machine::{EndReason, Status, Storage, View};
use crate::shell::{Degraded, Shell};
use serde::de::DeserializeOwned;

/// The session at one moment, as an application shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Whether somebody is signed in, until when, and what is going on.
    pub view: View,
    /// Where the tokens are kept: in memory where the browser refuses what was asked for.
    pub storage: Storage,
    /// What the session has to do without, if anything.
    pub degraded: Option<Degraded>,
    user: Option<String>,
}

impl Snapshot {
    pub(super) fn of(shell: &Shell) -> Self {
        Self { view: shell.view(), storage: shell.storage(), degraded: shell.degraded(), user: shell.user() }
    }

    /// Whether somebody is signed in. While the session is [`Status::Loading`] nobody knows, so that this is no reason
    /// to show a sign-in form: see [`is_signed_out`](Self::is_signed_out).
    pub fn is_signed_in(&self) -> bool {
        self.view.status == Status::Authenticated
    }

    /// Whether it is known that nobody is signed in.
    pub fn is_signed_out(&self) -> bool {
        self.view.status == Status::Unauthenticated
    }

    /// Why the last session ended, until the next one begins.
    pub fn end_reason(&self) -> Option<EndReason> {
        self.view.end.map(|(reason, _)| reason)
    }

    /// The user, from the auth server's answer or [`Tokens`](super::Tokens).
    ///
    /// # Errors
    /// The user's object is none of type `U`.
    pub fn user<U: DeserializeOwned>(&self) -> serde_json::Result<Option<U>> {
        self.user.as_deref().map(serde_json::from_str).transpose()
    }
}
