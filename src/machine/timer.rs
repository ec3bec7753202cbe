//! Why the machine wants to be woken.

use super::time::{Span, Wall};
use super::{Doubt, Duty, Machine, Phase, Refresh, SignedOut, Standing};

/// How long the queue may take to be worked off.
const PATIENCE: Span = Span(100);

/// A deadline. [`Machine::poll_timeout`] names the next one; each variant says when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The session reaches its absolute lifetime.
    MaxAge,
    /// Nobody was active for the idle timeout.
    Idle,
    /// The access token expires and cannot be renewed.
    Expiry,
    /// Tokens that were taken up are not in the row yet.
    GrantWait,
    /// The row has not come in since the page started.
    RowWait,
    /// No other tab has handed the tokens over.
    HandoverWait,
    /// No other tab of the session has been found, in a browser that does not bear its mark.
    SiblingWait,
    /// The tombstone has not been confirmed.
    EndWait,
    /// The tombstone of a logout could not be written; it is tried again.
    Tombstone,
    /// The row has not come in since the page was resumed, or the last activity since the idle deadline.
    Doubt,
    /// The lock was not granted in time.
    LockWait,
    /// The row has not answered.
    StoreWait,
    /// The auth server has not answered, and the transport has not said so.
    AnswerWait,
    /// Another tab's claim to the refresh runs out.
    HolderWait,
    /// The pause after a failed refresh is over.
    Cooldown,
    /// The token is to be renewed.
    RefreshDue,
    /// The idle prompt is due.
    Prompt,
    /// Somebody has waited for as long as anybody may.
    Waiter,
    /// It is time for another look at the stores, in case an event was missed.
    Check,
}

impl Timer {
    /// In the order in which they are served: what may bring a session first, then what ends it, for a session
    /// past its deadline does nothing else.
    pub(crate) const ALL: [Self; 19] = [
        Self::RowWait,
        Self::GrantWait,
        Self::HandoverWait,
        Self::SiblingWait,
        Self::MaxAge,
        Self::Idle,
        Self::Expiry,
        Self::EndWait,
        Self::Tombstone,
        Self::Doubt,
        Self::LockWait,
        Self::StoreWait,
        Self::AnswerWait,
        Self::HolderWait,
        Self::Cooldown,
        Self::RefreshDue,
        Self::Prompt,
        Self::Waiter,
        Self::Check,
    ];

    /// Whether the next input in the queue may be what this deadline bounds the wait for. A claim's answer is not
    /// waited for: the claim may have run out.
    const fn bounds_an_answer(self) -> bool {
        matches!(
            self,
            Self::RowWait
                | Self::GrantWait
                | Self::HandoverWait
                | Self::SiblingWait
                | Self::EndWait
                | Self::AnswerWait
        )
    }
}

impl Machine {
    /// The next deadline and what it is for. Call [`Machine::handle_timeout`] then; calling it earlier, later
    /// or twice does no harm.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Wall, Timer)> {
        Timer::ALL.into_iter().filter_map(|timer| Some((self.deadline(timer)?, timer))).min()
    }

    /// When `timer` fires.
    pub(crate) fn deadline(&self, timer: Timer) -> Option<Wall> {
        let at = self.derived(timer)?;
        Some(if timer.bounds_an_answer() { at.max(self.progress.wall(self.patience)) } else { at })
    }

    /// A page that was frozen, or slept, comes back to a deadline that has passed and to a queue with the answer
    /// in it. So a wait is over when it is found to be so once more, a moment later.
    pub(crate) fn be_patient(&mut self) {
        let patience = self.progress.wall(self.patience);
        let overdue = |at: Wall| patience < at && at < self.now;
        let waits = Timer::ALL.into_iter().filter(|timer| timer.bounds_an_answer());
        if waits.filter_map(|timer| self.derived(timer)).any(overdue) {
            self.patience = self.steady() + PATIENCE;
        }
    }

    /// Derived from the state, so that no timer can be forgotten or left behind.
    fn derived(&self, timer: Timer) -> Option<Wall> {
        match timer {
            Timer::Waiter => return self.waiters.iter().map(|w| self.progress.wall(w.until)).min(),
            Timer::GrantWait => return self.grants.iter().map(|g| self.progress.wall(g.until)).min(),
            _ => {}
        }
        let session = match &self.phase {
            Phase::AwaitingRow { until, .. } => {
                return (timer == Timer::RowWait).then(|| self.progress.wall(*until));
            }
            Phase::AwaitingHandover(awaited) => {
                return (timer == Timer::HandoverWait).then(|| self.progress.wall(awaited.until()));
            }
            Phase::SignedOut(SignedOut { duty: Duty::Tombstone { again_at, .. }, .. }) => {
                return (timer == Timer::Tombstone).then(|| self.progress.wall(*again_at));
            }
            Phase::AwaitingStart | Phase::SignedOut(_) => return None,
            Phase::SignedIn(session) => session,
        };
        match (timer, &session.standing) {
            (Timer::EndWait, Standing::Ending { until, .. }) => return Some(self.progress.wall(*until)),
            (
                Timer::Doubt,
                Standing::InDoubt(Doubt { until, .. }) | Standing::AwaitingActivity { until, .. },
            ) => {
                return Some(self.progress.wall(*until));
            }
            (Timer::SiblingWait, Standing::AwaitingSiblings { until }) => {
                return Some(self.progress.wall(*until));
            }
            (_, standing) if standing.is_closed() => return None,
            _ => {}
        }
        match (timer, &session.refresh) {
            (Timer::MaxAge, _) => self.max_age_at(session),
            (Timer::Idle, _) => self.idle_at(session),
            (Timer::Prompt, _) if !session.prompting => self.prompt_at(session),
            (Timer::Expiry, _) if session.refused || !self.renewable(session) => session.record.expires_at,
            (Timer::LockWait, Refresh::AwaitingLock { until, .. })
            | (
                Timer::StoreWait,
                Refresh::AwaitingClaim { until, .. }
                | Refresh::AwaitingCommit { until, .. }
                | Refresh::AwaitingRefusal { until, .. },
            )
            | (Timer::AnswerWait, Refresh::AwaitingAnswer { until, .. })
            | (Timer::HandoverWait, Refresh::AwaitingHandover { until, .. })
            | (Timer::HolderWait, Refresh::AwaitingHolder { until, .. }) => Some(self.progress.wall(*until)),
            (Timer::Cooldown | Timer::RefreshDue, _) if self.suspended => None,
            (Timer::Cooldown, Refresh::CoolingDown { until, .. }) => Some(self.progress.wall(*until)),
            (Timer::RefreshDue, Refresh::Scheduled) => self.refresh_at(session),
            (Timer::Check, _) => Some(self.checked_at + self.check_every()),
            _ => None,
        }
    }
}
