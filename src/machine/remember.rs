//! Two lifetimes: a session lasts until it ends, or until the browser is closed.
//!
//! Stored tokens survive the browser. So the running browser is marked with the session, by something that does
//! not, and a session found without its mark is over, unless another tab of it is still alive: cookies may have
//! been cleared in between.

use super::effect::Effect;
use super::row::{EndReason, Sid};
use super::time::Span;
use super::{Machine, Phase, Session, Standing, Storage};

/// How long it may take to find another tab.
const SIBLING_WAIT: Span = Span::seconds(1);

impl Machine {
    /// Whether the browser has been closed since this session was begun.
    pub(crate) fn look_for_mark(&mut self, mark: Option<&Sid>) {
        let until = self.steady() + SIBLING_WAIT;
        let bound = |session: &&mut Session| session.is_bound_to_browser();
        if self.config.storage != Storage::Shared {
            return;
        }
        let Some(session) = self.open_session_mut().filter(bound) else { return };
        if mark == Some(&session.sid) {
            return self.mark();
        }
        session.standing = Standing::AwaitingSiblings { until };
        let sid = session.sid.clone();
        self.effects.push_back(Effect::LookForSiblings(sid));
    }

    pub(crate) fn siblings_seen(&mut self, alive: bool) {
        let Phase::SignedIn(session) = &mut self.phase else { return };
        if !matches!(session.standing, Standing::AwaitingSiblings { .. }) {
            return;
        }
        session.standing = Standing::Open;
        if alive {
            self.mark();
        } else {
            self.begin_end(EndReason::BrowserClosed, None);
        }
    }

    pub(crate) fn mark(&mut self) {
        let storage = self.config.storage;
        let bound = |session: &&Session| session.is_bound_to_browser() && storage == Storage::Shared;
        if let Some(sid) = self.session().filter(bound).map(|session| session.sid.clone()) {
            self.effects.push_back(Effect::Mark(sid));
        }
    }

    pub(crate) fn unmark(&mut self) {
        let storage = self.config.storage;
        if self.session().is_some_and(|session| session.is_bound_to_browser() && storage == Storage::Shared) {
            self.effects.push_back(Effect::Unmark);
        }
    }
}

impl Session {
    const fn is_bound_to_browser(&self) -> bool {
        !self.record.remember
    }
}
