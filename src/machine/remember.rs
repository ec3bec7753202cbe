//! Two lifetimes: a session lasts until it ends, or until the browser is closed.
//!
//! Stored tokens survive the browser. So the running browser is marked with the session, by something that does
//! not, and a session found without its mark is over, unless another tab of it is still alive: cookies may have
//! been cleared in between.

use super::effect::Effect;
use super::row::{EndReason, Record, Sid};
use super::time::Span;
use super::{Machine, Phase, Standing, Storage};

/// How long it may take to find another tab.
const SIBLING_WAIT: Span = Span::seconds(1);

impl Machine {
    /// Whether the browser has been closed since this session was begun.
    pub(crate) fn look_for_mark(&mut self, mark: Option<&Sid>) {
        let until = self.steady() + SIBLING_WAIT;
        let bound = self.open_session().is_some_and(|session| self.is_bound_to_browser(&session.record));
        let Some(session) = self.open_session_mut().filter(|_| bound) else { return };
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
            // What is known of the row may be from before the wait.
            let read = self.read_row();
            self.be_in_doubt(read);
        } else {
            self.begin_end(EndReason::BrowserClosed, None);
        }
    }

    pub(crate) fn mark(&mut self) {
        self.effects.extend(self.bound_to_browser().map(Effect::Mark));
    }

    pub(crate) fn mark_with(&mut self, sid: &Sid, record: &Record) {
        if self.is_bound_to_browser(record) {
            self.effects.push_back(Effect::Mark(sid.clone()));
        }
    }

    pub(crate) fn unmark(&mut self) {
        self.effects.extend(self.bound_to_browser().map(Effect::Unmark));
    }

    pub(crate) fn unmark_with(&mut self, sid: &Sid, record: &Record) {
        if self.is_bound_to_browser(record) {
            self.effects.push_back(Effect::Unmark(sid.clone()));
        }
    }

    fn bound_to_browser(&self) -> Option<Sid> {
        let session = self.session().filter(|session| self.is_bound_to_browser(&session.record))?;
        Some(session.sid.clone())
    }

    /// What a tab or its memory holds goes with it anyhow.
    fn is_bound_to_browser(&self, record: &Record) -> bool {
        !record.remember && self.config.storage == Storage::Shared
    }
}
