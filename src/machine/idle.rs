//! Activity keeps a session, idleness ends it.
//!
//! Every tab judges alone, from one shared stamp of the last activity: a dead tab can neither end the others
//! nor keep them alive. The stamp's key in localStorage may lag, so activity is now and then put into the row
//! as well, where a tab that is about to end the session meets it.

use super::commit::Commit;
use super::config::PromptEndsOn;
use super::effect::{Dismissal, Effect, Event};
use super::time::{Span, Wall};
use super::{EndReason, Machine, Phase, Session, Standing};

/// Activity is written down at most this often.
const WRITE_EVERY: Span = Span::seconds(1);

/// A stamp may lie this far ahead before it is taken for a clock set back.
const FUTURE_SLACK: Span = Span::seconds(2);

impl Machine {
    pub(crate) fn idle_at(&self, session: &Session) -> Option<Wall> {
        let timeout = self.config.idle_timeout?;
        Some(self.progress.wall(session.activity.steady + timeout))
    }

    pub(crate) fn prompt_at(&self, session: &Session) -> Option<Wall> {
        let before = self.config.idle_prompt?;
        let timeout = self.config.idle_timeout.filter(|timeout| before < *timeout)?;
        Some(self.progress.wall(session.activity.steady + (timeout - before)))
    }

    pub(crate) fn max_age_at(&self, session: &Session) -> Option<Wall> {
        let max_age = self.config.max_age?;
        Some(self.progress.wall(session.started.steady + max_age))
    }

    /// The stamps in localStorage may have moved on unseen, in a tab that was frozen or deaf.
    pub(crate) fn idle(&mut self) {
        let until = self.steady() + super::tabs::DOUBT;
        let Some(session) = self.open_session_mut() else { return };
        let doubt = match session.standing {
            Standing::InDoubt(doubt) => Some(doubt),
            _ => None,
        };
        session.standing = Standing::AwaitingActivity { until, doubt };
        self.effects.push_back(Effect::ReadCopy);
    }

    /// Every stamp there is has been seen, or can not be.
    pub(crate) fn activity_known(&mut self) {
        if let Phase::SignedIn(session) = &mut self.phase
            && let Standing::AwaitingActivity { doubt, .. } = session.standing
        {
            session.standing = doubt.map_or(Standing::Open, Standing::InDoubt);
            if self.open_session().and_then(|s| self.idle_at(s)).is_some_and(|at| at <= self.now) {
                self.end_by_deadline(EndReason::Idle);
            }
        }
    }

    /// After the clock was set back, new activity must still be later than the last.
    pub(crate) fn put_activity_back(&mut self) {
        if let Phase::SignedIn(session) = &mut self.phase
            && session.activity.at > self.now + FUTURE_SLACK
        {
            session.activity.at = self.now;
        }
    }

    /// The deadline has been looked at already: activity that comes after it does not get here.
    pub(crate) fn activity(&mut self, by: Dismissal) {
        let now = self.now;
        let anchor = self.progress.anchor(now);
        let Some(session) = self.open_session() else { return };
        if session.prompting && by == Dismissal::Activity && self.config.prompt_ends_on == PromptEndsOn::Stay
        {
            return;
        }
        let Some(session) = self.open_session_mut() else { return };
        session.activity = anchor;
        session.activity_heard = session.activity_heard.max(now);
        let in_row = session.activity_in_row;
        let sid = session.sid.clone();
        let write = session.activity_written_at.is_none_or(|at| now.since(at) >= WRITE_EVERY || at > now);
        if write {
            session.activity_written_at = Some(now);
            self.effects.push_back(Effect::WriteActivity(now));
        }
        let stale = |timeout: Span| now.since(in_row) > Span(timeout.0 / 10) || in_row > now + FUTURE_SLACK;
        if self.config.idle_timeout.is_some_and(stale) {
            if let Some(session) = self.open_session_mut() {
                session.activity_in_row = now;
            }
            self.commit(Commit::Touch { sid, at: now });
        }
        self.dismiss_prompt(by);
    }

    /// Another tab's stamp, from storage or from the row.
    pub(crate) fn activity_seen(&mut self, stamp: Wall) {
        let now = self.now;
        let early = stamp > now + FUTURE_SLACK;
        let at = if early { now } else { stamp };
        let anchor = self.progress.anchor(at);
        let by = match self.config.prompt_ends_on {
            PromptEndsOn::Activity => Dismissal::Activity,
            PromptEndsOn::Stay => Dismissal::Stay,
        };
        let Phase::SignedIn(session) = &mut self.phase else { return };
        // The stamp that counted last counts no second time, though the clock was set back and its time comes
        // again.
        let heard = if early { stamp <= session.activity_heard } else { stamp == session.activity_heard };
        if heard || matches!(session.standing, Standing::Ending { .. }) {
            return;
        }
        // One that lies ahead is news though the clock that was set back shows nothing later.
        let is_news = early && anchor.steady > session.activity.steady;
        if is_news || at > session.activity.at {
            session.activity = anchor;
            session.activity_heard = session.activity_heard.max(stamp);
            self.dismiss_prompt(by);
        }
    }

    pub(crate) fn prompt(&mut self) {
        let Some(session) = self.open_session_mut() else { return };
        session.prompting = true;
        if let Some(ends_at) = self.open_session().and_then(|session| self.idle_at(session)) {
            self.notify(Event::Prompt { ends_at });
        }
    }

    fn dismiss_prompt(&mut self, by: Dismissal) {
        let now = self.now;
        let over = self
            .session()
            .filter(|session| session.prompting)
            .and_then(|session| self.prompt_at(session))
            .is_some_and(|prompt_at| prompt_at > now);
        if over {
            if let Phase::SignedIn(session) = &mut self.phase {
                session.prompting = false;
            }
            self.notify(Event::PromptDismissed { by });
        }
    }
}
