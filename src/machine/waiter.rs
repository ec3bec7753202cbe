//! Those who wait for a token or a refresh.
//!
//! They are answered by looking at the state, not by being told of events: whatever brought the state about,
//! nobody is forgotten. And nobody waits longer than a bound.

use super::effect::{Effect, Settlement, WaiterId};
use super::failure::Failure;
use super::row::Sid;
use super::schedule::{SHORTEST_WAIT, usable};
use super::time::{Span, Steady};
use super::{Machine, Phase, Refresh, Session, Standing};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Waiter {
    pub(crate) id: WaiterId,
    pub(crate) until: Steady,
    /// The session in which it was asked; another user's token is never handed out for it.
    sid: Option<Sid>,
    wants: Wants,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wants {
    /// A token that is good now.
    Token,
    /// A token of a later generation than this.
    TokenAfter(u64),
    /// A later generation than this.
    RefreshAfter(u64),
}

impl Machine {
    pub(crate) fn token_wanted(&mut self, id: WaiterId) {
        let sid = self.session().map(|session| session.sid.clone());
        self.wait(id, sid, Wants::Token);
        if self.open_session().is_some_and(|session| !usable(&session.record, self.now)) {
            self.begin_refresh(false);
        }
    }

    pub(crate) fn refresh_wanted(&mut self, id: WaiterId) {
        self.later_tokens_wanted(id);
        self.begin_refresh(true);
    }

    pub(crate) fn later_tokens_wanted(&mut self, id: WaiterId) {
        let generation = self.session().map_or(0, |session| session.generation);
        let sid = self.session().map(|session| session.sid.clone());
        self.wait(id, sid, Wants::RefreshAfter(generation));
    }

    pub(crate) fn unauthorized(&mut self, id: WaiterId, sid: Sid, generation: u64) {
        let Some(session) = self.open_session() else {
            return self.wait(id, Some(sid), Wants::TokenAfter(generation));
        };
        if session.sid != sid {
            return self.settle(id, failed(Failure::UserChanged));
        }
        // A token that was itself asked for because of a 401 and is refused as well: the 401 is not about the
        // token, and another refresh would only start a loop.
        let age = self.now.since(session.record.received_at);
        let lifetime = session.record.expires_at.map(|at| at.since(session.record.received_at).half());
        let settled = age > lifetime.unwrap_or(Span::minutes(5)).min(Span::minutes(5)).max(SHORTEST_WAIT);
        if generation == session.generation && session.record.after_unauthorized && !settled {
            return self.settle(id, failed(Failure::StillUnauthorized));
        }
        if generation == session.generation {
            self.begin_refresh_after_unauthorized();
        }
        self.wait(id, Some(sid), Wants::TokenAfter(generation));
    }

    pub(crate) fn settle_waiters(&mut self) {
        let waiters = core::mem::take(&mut self.waiters);
        for waiter in waiters {
            match self.answer_to(&waiter) {
                Some(settlement) => self.settle(waiter.id, settlement),
                None => self.waiters.push(waiter),
            }
        }
    }

    pub(crate) fn waiters_timed_out(&mut self) {
        let now = self.steady();
        let waiters = core::mem::take(&mut self.waiters);
        let (late, waiting): (Vec<_>, Vec<_>) = waiters.into_iter().partition(|waiter| waiter.until <= now);
        self.waiters = waiting;
        for waiter in late {
            let settlement = self.answer_to(&waiter).unwrap_or(failed(Failure::Timeout));
            self.settle(waiter.id, settlement);
        }
    }

    pub(crate) fn settle(&mut self, waiter: WaiterId, settlement: Settlement) {
        self.effects.push_back(Effect::Settle { waiter, settlement });
    }

    /// Work of one user is never done as another.
    pub(crate) fn refuse_waiters(&mut self, failure: Failure) {
        for waiter in core::mem::take(&mut self.waiters) {
            self.settle(waiter.id, failed(failure));
        }
    }

    fn wait(&mut self, id: WaiterId, sid: Option<Sid>, wants: Wants) {
        let until = self.steady() + self.config.lock_timeout + self.config.refresh_timeout + Span::seconds(5);
        self.waiters.push(Waiter { id, until, sid, wants });
    }

    /// What the state has to say to a waiter; `None`: wait on.
    fn answer_to(&self, waiter: &Waiter) -> Option<Settlement> {
        let session = match &self.phase {
            Phase::AwaitingStart | Phase::AwaitingRow { .. } | Phase::AwaitingHandover(_) => return None,
            Phase::SignedOut(_) => return Some(failed(Failure::SignedOut)),
            Phase::SignedIn(session) => session,
        };
        if waiter.sid.as_ref().is_some_and(|sid| *sid != session.sid) {
            return Some(failed(Failure::UserChanged));
        }
        if session.standing != Standing::Open {
            return None;
        }
        match waiter.wants {
            Wants::Token if usable(&session.record, self.now) => Some(token(session)),
            Wants::TokenAfter(generation) if session.generation > generation => Some(token(session)),
            Wants::RefreshAfter(generation) if session.generation > generation => Some(Settlement::Done),
            // Granted tokens may yet count, whatever became of those of the row.
            _ if session.holds_granted() || matches!(session.refresh, Refresh::AwaitingCommit { .. }) => None,
            _ if session.refused => Some(failed(Failure::Refused { status: 0 })),
            _ if !self.renewable(session) => Some(failed(Failure::NotRenewable)),
            _ => match &session.refresh {
                Refresh::CoolingDown { until, failure, .. } => Some(Settlement::Failed {
                    failure: failure.unwrap_or(Failure::NotProlonged),
                    retry_at: Some(self.progress.wall(*until)),
                }),
                _ => None,
            },
        }
    }
}

fn token(session: &Session) -> Settlement {
    Settlement::Token {
        access_token: session.record.access_token.clone(),
        sid: session.sid.clone(),
        generation: session.generation,
    }
}

const fn failed(failure: Failure) -> Settlement {
    Settlement::Failed { failure, retry_at: None }
}
