//! The refresh: one at a time in all tabs, one path for every trigger.
//!
//! The lock spares a second request; the claim in the row makes it right. A tab that gets neither waits for
//! the holder, and nobody waits who has a token that is still good.

use super::commit::{Commit, Outcome};
use super::effect::{By, Effect, Event};
use super::failure::Failure;
use super::input::{CommitId, Grant, RefreshAnswer, StoreFailure};
use super::row::{Cooldown, EndReason, Record, Row, Sending, Sid};
use super::schedule;
use super::tabs::row_of;
use super::time::{Span, Steady, Wall};
use super::{Machine, Phase, Session, Standing, Unstored, WhenRejected};

/// How long the row may take to be written.
pub(crate) const STORE_WAIT: Span = Span::seconds(2);

/// How long past the request's own timeout a claim stands, and an answer is waited for.
const MARGIN: Span = Span::seconds(3);

const FIRST_BACKOFF: Span = Span::seconds(1);
const LONGEST_BACKOFF: Span = Span::minutes(5);
/// A token that is due again within this is as good as expired.
const LEAST_LIFE: Span = Span::seconds(1);

/// Full jitter may come out at nothing; a pause this short would be none.
const SHORTEST_BACKOFF: Span = Span(250);

/// How far the refresh of this generation has come, in this tab.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refresh {
    /// Nothing is under way; [`schedule::refresh_at`] says when it will be.
    Scheduled,
    /// The lock has been asked for.
    AwaitingLock { until: Steady, cause: Cause },
    /// The claim is being written.
    AwaitingClaim { commit: CommitId, until: Steady, cause: Cause },
    /// The request is on its way, for this generation of the row.
    AwaitingAnswer { until: Steady, cause: Cause, generation: u64 },
    /// The new tokens are being written.
    AwaitingCommit { commit: CommitId, until: Steady, record: Box<Record> },
    /// The refusal is being written.
    AwaitingRefusal { commit: CommitId, until: Steady, failure: Failure },
    /// Another tab has renewed the tokens and has been asked for them; whether a refresh is to follow. Tokens
    /// that were `granted` meanwhile count if it does not answer.
    AwaitingHandover { until: Steady, cause: Option<Cause>, granted: Option<Box<Record>> },
    /// Another tab has the turn.
    AwaitingHolder { until: Steady, cause: Cause },
    /// A refresh failed, or did not help; all tabs keep quiet for a while.
    CoolingDown { until: Steady, failures: u32, asked: bool, failure: Option<Failure> },
}

/// Why a refresh was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cause {
    /// Somebody asked, so a pause that is only ours is not kept: the one that ends then.
    over: Option<Wall>,
    /// A request was answered 401.
    unauthorized: bool,
    /// The row was behind and has been brought up to this session: found so again, it cannot be written.
    rebuilt: bool,
}

/// What this tab has of the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lock {
    Free,
    Wanted,
    Held,
    /// To be let go when this commit is done: earlier, and the next holder would take the claim for a dead
    /// tab's.
    HeldUntil(CommitId),
}

impl Refresh {
    pub(crate) const fn under_way(&self) -> bool {
        !matches!(self, Self::Scheduled | Self::CoolingDown { .. })
    }

    /// Whether something was sent for this generation of the row, and what came of it is not in the row yet.
    pub(crate) const fn is_turn_for(&self, fence: u64, generation: u64) -> bool {
        match self {
            Self::AwaitingAnswer { generation: sent, .. } => *sent == generation,
            Self::AwaitingCommit { .. } | Self::AwaitingRefusal { .. } => fence == generation,
            _ => false,
        }
    }

    const fn cause_mut(&mut self) -> Option<&mut Cause> {
        match self {
            Self::AwaitingLock { cause, .. }
            | Self::AwaitingClaim { cause, .. }
            | Self::AwaitingAnswer { cause, .. }
            | Self::AwaitingHolder { cause, .. }
            | Self::AwaitingHandover { cause: Some(cause), .. } => Some(cause),
            _ => None,
        }
    }
}

impl Machine {
    pub(crate) fn refresh_at(&self, session: &Session) -> Option<Wall> {
        if session.refused || !self.renewable(session) {
            return None;
        }
        let at = schedule::refresh_at(&self.config, &session.record, &session.sid, session.generation)?;
        // The record's instants were right when it came; the clock has been set back by this much since.
        Some(at - (self.progress.lag() - session.record_lag))
    }

    /// When the next refresh begins, a pause included.
    pub(crate) fn next_refresh_at(&self, session: &Session) -> Option<Wall> {
        match session.refresh {
            Refresh::CoolingDown { until, .. } => {
                self.refresh_at(session).map(|at| at.max(self.progress.wall(until)))
            }
            _ => self.refresh_at(session),
        }
    }

    /// Whether there is anything to present to the auth server.
    pub(crate) const fn renewable(&self, session: &Session) -> bool {
        session.record.refresh_token.is_some() || self.config.sliding
    }

    /// The access token is presented in place of a refresh token.
    pub(crate) const fn presents_itself(&self, session: &Session) -> bool {
        session.record.refresh_token.is_none()
    }

    pub(crate) fn begin_refresh(&mut self, eager: bool) {
        self.begin(eager, false);
    }

    /// Not eager: while the auth server is down, every request may be answered 401.
    pub(crate) fn begin_refresh_after_unauthorized(&mut self) {
        self.begin(false, true);
        if let Phase::SignedIn(session) = &mut self.phase
            && let Some(cause) = session.refresh.cause_mut()
        {
            cause.unauthorized = true;
        }
    }

    fn begin(&mut self, eager: bool, unauthorized: bool) {
        let now = self.steady();
        let Some(session) = self.open_session() else { return };
        if self.suspended || session.refused || !self.renewable(session) {
            return;
        }
        let over = match session.refresh {
            Refresh::Scheduled => None,
            Refresh::CoolingDown { until, .. } if until <= now => None,
            Refresh::CoolingDown { until, asked: false, .. } if eager => Some(self.progress.wall(until)),
            Refresh::AwaitingHandover { .. } => None,
            _ => return,
        };
        let cause = Cause { over, unauthorized, rebuilt: false };
        if session.is_stale() {
            self.ask_for_tokens(Some(cause), None);
        } else {
            self.take_turn(cause);
        }
    }

    /// The lock first; without it, the claim alone.
    pub(crate) fn take_turn(&mut self, cause: Cause) {
        let until = self.steady() + self.config.lock_timeout;
        self.set_refresh(Refresh::AwaitingLock { until, cause });
        match self.lock {
            Lock::Free => {
                self.lock = Lock::Wanted;
                self.lock_requests = self.lock_requests.wrapping_add(1);
                self.effects.push_back(Effect::TakeLock);
            }
            Lock::Wanted => {}
            Lock::Held | Lock::HeldUntil(_) => {
                self.lock = Lock::Held;
                self.claim();
            }
        }
    }

    pub(crate) fn lock_granted(&mut self) {
        if self.lock != Lock::Wanted {
            // It was given up meanwhile; whoever holds it needlessly keeps the others waiting.
            return self.effects.push_back(Effect::ReleaseLock);
        }
        self.lock = Lock::Held;
        match self.open_session().map(|session| &session.refresh) {
            Some(Refresh::AwaitingLock { .. } | Refresh::AwaitingHolder { .. }) => self.claim(),
            _ => self.release_lock(),
        }
    }

    pub(crate) fn lock_refused(&mut self) {
        match core::mem::replace(&mut self.lock, Lock::Free) {
            Lock::Free => {}
            Lock::Wanted => self.lock_late(),
            Lock::Held | Lock::HeldUntil(_) => self.lock_lost(),
        }
    }

    /// Whoever holds the lock now would take this tab's claim for a dead tab's, unless the claim says that it was
    /// made without.
    fn lock_lost(&mut self) {
        let until = match self.session().map(|session| &session.refresh) {
            Some(Refresh::AwaitingAnswer { until, .. }) => self.progress.wall(*until),
            Some(Refresh::AwaitingClaim { .. }) => self.now + self.config.refresh_timeout + MARGIN,
            _ => return,
        };
        self.commit_claim(until, None, false);
    }

    /// Without the lock, the claim alone decides.
    pub(crate) fn lock_late(&mut self) {
        if self.open_session().is_some_and(|s| matches!(s.refresh, Refresh::AwaitingLock { .. })) {
            self.claim();
        }
    }

    pub(crate) fn claim(&mut self) {
        let cause = match self.open_session().map(|session| &session.refresh) {
            Some(Refresh::AwaitingLock { cause, .. } | Refresh::AwaitingHolder { cause, .. }) => *cause,
            _ => return,
        };
        self.claim_for(cause);
    }

    fn claim_for(&mut self, cause: Cause) {
        let until = self.now + self.config.refresh_timeout + MARGIN;
        let locked = self.lock == Lock::Held;
        let Some(commit) = self.commit_claim(until, cause.over, locked) else { return };
        self.set_refresh(Refresh::AwaitingClaim { commit, until: self.steady() + STORE_WAIT, cause });
    }

    fn commit_claim(&mut self, until: Wall, over: Option<Wall>, locked: bool) -> Option<CommitId> {
        let session = self.session()?;
        let claim = Commit::Claim {
            sid: session.sid.clone(),
            generation: session.fence,
            sending: Sending { owner: self.tab.clone(), until, locked },
            now: self.now,
            over,
        };
        Some(self.commit(claim))
    }

    pub(crate) fn claimed(&mut self, cause: Cause, result: Result<Outcome, StoreFailure>) {
        let row = match result {
            Ok(Outcome { accepted: true, .. }) => return self.send(cause),
            Ok(Outcome { accepted: false, row }) => row,
            Err(StoreFailure) => return self.failed(Failure::Store, None),
        };
        let behind = row.as_ref().is_none_or(|row| self.is_behind(row));
        // Other tokens than those that were to be presented are taken up, and renewed when they are due.
        let same = |row: &&Row| self.session().is_some_and(|s| s.sid == row.sid && s.fence == row.generation);
        let standing = row.as_ref().filter(same).and_then(Row::live);
        let standing = standing.map(|live| (live.sending.clone(), live.cooldown));
        self.set_refresh(Refresh::Scheduled);
        self.observe(row, By::OtherTab);
        if let Phase::SignedIn(session) = &mut self.phase
            && let Refresh::AwaitingHandover { cause: wish, .. } = &mut session.refresh
        {
            // Whoever asked is not forgotten, should nobody have the tokens that the row speaks of.
            *wish = Some(cause);
        }
        if behind && self.open_session().is_some() {
            if cause.rebuilt {
                return self.failed(Failure::Store, None);
            }
            // The row has just been brought up to this session, so the turn can be asked for again.
            return self.claim_for(Cause { rebuilt: true, ..cause });
        }
        match standing {
            Some((Some(sending), _)) => {
                let longest = self.steady() + self.config.refresh_timeout + MARGIN;
                let until = self.progress.steady(sending.until).min(longest);
                self.set_refresh(Refresh::AwaitingHolder { until, cause });
                // A lock still asked for is granted as soon as the holder is done or gone. One that is held
                // says nothing of a holder that sends without it, and only keeps others waiting.
                if self.lock != Lock::Wanted {
                    self.release_lock();
                }
                return;
            }
            Some((None, Some(Cooldown { until, failures, asked }))) => {
                if let Phase::SignedIn(session) = &mut self.phase {
                    session.failures = session.failures.max(failures);
                }
                let (until, failure) = (self.progress.steady(until), Some(Failure::Elsewhere));
                self.set_refresh(Refresh::CoolingDown { until, failures, asked, failure });
            }
            _ => {}
        }
        self.release_lock();
    }

    fn send(&mut self, cause: Cause) {
        let until = self.steady() + self.config.refresh_timeout + MARGIN;
        let Some(session) = self.open_session_mut() else { return self.give_turn_back() };
        if let Some(failure) = session.spent_alone() {
            self.give_turn_back();
            return self.refused(failure);
        }
        let generation = session.fence;
        session.presented_for = Some(generation);
        let record = &session.record;
        let effect = Effect::SendRefresh {
            sid: session.sid.clone(),
            generation,
            token: record.refresh_token.as_ref().unwrap_or(&record.access_token).clone(),
        };
        self.effects.push_back(effect);
        self.set_refresh(Refresh::AwaitingAnswer { until, cause, generation });
    }

    pub(crate) fn refresh_answered(&mut self, sid: &Sid, generation: u64, answer: RefreshAnswer) {
        let Some(session) = self.session().filter(|session| session.sid == *sid) else {
            if let RefreshAnswer::Granted(grant) = answer {
                self.revoke_grant(&grant.access_token, grant.refresh_token.as_ref());
            }
            return;
        };
        let is_current = session.fence == generation;
        let awaited = match session.refresh {
            Refresh::AwaitingAnswer { cause, generation: sent, .. } if sent == generation => Some(cause),
            _ => None,
        };
        match answer {
            // Even an answer that came too late may be the only one: the row decides.
            RefreshAnswer::Granted(grant) if is_current => {
                self.renew(*grant, awaited.is_some_and(|cause| cause.unauthorized));
            }
            RefreshAnswer::Granted(grant) => {
                let record = self.next_record(&session.record, *grant, false);
                self.hold(sid, record);
            }
            RefreshAnswer::Refused(failure) if session.presented_for == Some(generation) => {
                self.refuse(failure, awaited, is_current);
            }
            // The tokens in hand have been handed over since, and nobody has said anything of them.
            RefreshAnswer::Refused(_) if awaited.is_some() => self.give_turn_back(),
            RefreshAnswer::Failed { failure, retry_after } if awaited.is_some() => {
                self.failed(failure, retry_after);
            }
            RefreshAnswer::Refused(_) | RefreshAnswer::Failed { .. } => {}
        }
    }

    pub(crate) fn answer_late(&mut self) {
        self.failed(Failure::Timeout, None);
    }

    fn renew(&mut self, grant: Grant, after_unauthorized: bool) {
        let Some(session) = self.session() else { return };
        let record = self.next_record(&session.record, grant, after_unauthorized);
        self.renew_with(Box::new(record));
    }

    /// The row decides whether these are the first new tokens of the generation.
    pub(crate) fn renew_with(&mut self, record: Box<Record>) {
        let Some(session) = self.session() else { return };
        let (sid, generation) = (session.sid.clone(), session.fence);
        let old = &session.record;
        // The deadline did not move, or is as good as past: asking again at once would be a loop.
        let moved = old.expires_at.is_none_or(|old| record.expires_at.is_none_or(|new| new > old));
        let due = schedule::refresh_at(&self.config, &record, &sid, generation.saturating_add(1));
        let stalled = due.is_some_and(|due| {
            due < self.now + LEAST_LIFE || (!moved && due < self.now + schedule::SHORTEST_WAIT)
        });
        // Half of what is left at most: a token that lives for seconds would die in the pause.
        let left = record.expires_at.map(|at| at.since(self.now).half()).filter(|left| *left >= LEAST_LIFE);
        let until = self.now + left.unwrap_or(schedule::SHORTEST_WAIT).min(schedule::SHORTEST_WAIT);
        let cooldown = stalled.then_some(Cooldown { until, failures: 1, asked: false });
        let in_row = self.for_row(&record).map(Box::new);
        let commit = self.commit(Commit::Renew { sid, generation, record: in_row, cooldown, yields: false });
        self.set_refresh(Refresh::AwaitingCommit { commit, until: self.steady() + STORE_WAIT, record });
    }

    pub(crate) fn renewed(&mut self, record: Record, result: Result<Outcome, StoreFailure>) {
        self.set_refresh(Refresh::Scheduled);
        let Some(sid) = self.session().map(|session| session.sid.clone()) else { return };
        match result {
            Ok(Outcome { accepted: true, row }) => {
                let row = row.map(|row| row.with_tokens(Some(record)));
                self.publish(row.clone());
                self.observe(row, By::ThisTab);
                self.hand_over_what_is_owed();
            }
            Ok(Outcome { accepted: false, row }) => {
                self.observe(row, By::OtherTab);
                self.hold(&sid, record);
            }
            Err(StoreFailure) => return self.keep_unstored(record),
        }
        self.release_lock();
    }

    /// The row has moved on without these tokens. Those of a session that is over go back to the server, which
    /// must not go on believing in it. Those of one that lives are left alone, since revoking one generation may
    /// revoke them all; and should nobody have what the row speaks of, they take its place.
    pub(crate) fn hold(&mut self, sid: &Sid, record: Record) {
        match self.session().filter(|session| session.sid == *sid) {
            None => self.revoke_grant(&record.access_token, record.refresh_token.as_ref()),
            Some(session) if session.is_stale() => self.ask_for_tokens(None, Some(Box::new(record))),
            Some(_) => {}
        }
    }

    /// The old refresh token is dead at the server: what replaced it must not be lost with the store.
    pub(crate) fn keep_unstored(&mut self, record: Record) {
        let Some(session) = self.session() else { return };
        let what = session.unstored.unwrap_or(Unstored::Renewal { of: self.version });
        let generation = session.fence.saturating_add(1);
        let row = row_of(session, self.version.saturating_add(1), generation, Some(record), self.now);
        let commit = self.put_into_row(row.clone());
        // Another tab would present the dead token as soon as the lock is free.
        self.release_lock_after(commit);
        self.publish(Some(row.clone()));
        self.observe(Some(row), By::ThisTab);
        self.not_stored(what);
    }

    fn refuse(&mut self, failure: Failure, awaited: Option<Cause>, is_current: bool) {
        let Phase::SignedIn(session) = &mut self.phase else { return };
        session.spent = Some(failure);
        let Some(cause) = awaited else { return };
        if session.is_stale() {
            // The tokens that the row speaks of are others: what is refused is this tab's alone.
            self.give_turn_back();
            return if is_current { self.refused(failure) } else { self.ask_for_tokens(Some(cause), None) };
        }
        let refuse = Commit::Refuse { sid: session.sid.clone(), generation: session.fence };
        let commit = self.commit(refuse);
        self.set_refresh(Refresh::AwaitingRefusal { commit, until: self.steady() + STORE_WAIT, failure });
    }

    pub(crate) fn refusal_written(&mut self, failure: Failure, result: Result<Outcome, StoreFailure>) {
        self.set_refresh(Refresh::Scheduled);
        match result {
            Ok(Outcome { accepted: true, row }) => {
                self.seen_version(row.as_ref());
                self.publish(row.map(|row| self.with_own_tokens(row)));
                self.refused(failure);
            }
            // Another token is in the row by now: the refusal was about an old one.
            Ok(Outcome { accepted: false, row }) => self.observe(row, By::OtherTab),
            Err(StoreFailure) => self.refused(failure),
        }
        self.release_lock();
    }

    /// The generation in the row cannot be renewed. What can still be used may be used, unless told otherwise.
    pub(crate) fn refused(&mut self, failure: Failure) {
        let (now, when) = (self.now, self.config.when_rejected);
        let Some(session) = self.open_session_mut().filter(|session| !session.refused) else { return };
        session.refused = true;
        session.refresh = Refresh::Scheduled;
        match session.record.expires_at {
            Some(ends_at) if ends_at > now && when == WhenRejected::AtExpiry => {
                self.notify(Event::RefreshRejected { failure, ends_at: Some(ends_at) });
            }
            Some(ends_at) if ends_at <= now => self.expired(),
            _ => {
                let generation = session.fence;
                self.begin_end(EndReason::RefreshRejected, Some(generation));
            }
        }
    }

    /// Not now. Nothing ends; every tab keeps quiet for a while.
    pub(crate) fn failed(&mut self, failure: Failure, retry_after: Option<Span>) {
        let Some(session) = self.session() else { return };
        let failures = session.failures.saturating_add(1);
        // A server that asks for no wait at all would be asked without a pause.
        let retry_after = retry_after.filter(|span| *span > Span(0));
        let release_of = (session.sid.clone(), session.fence);
        let pause = retry_after.map_or_else(|| self.backoff(failures), |span| span.min(Cooldown::LONGEST));
        let until = self.now + pause;
        let asked = retry_after.is_some();
        let release = self.commit(Commit::Release {
            sid: release_of.0,
            generation: release_of.1,
            owner: self.tab.clone(),
            cooldown: Some(Cooldown { until, failures, asked }),
        });
        if let Phase::SignedIn(session) = &mut self.phase {
            session.failures = failures;
        }
        let retry_at = until;
        let until = self.progress.steady(until);
        self.set_refresh(Refresh::CoolingDown { until, failures, asked, failure: Some(failure) });
        self.release_lock_after(release);
        self.notify(Event::RefreshFailed { failure, retry_at });
    }

    fn backoff(&mut self, failures: u32) -> Span {
        let doubled = FIRST_BACKOFF.0.saturating_mul(1_u64.checked_shl(failures.min(16)).unwrap_or(u64::MAX));
        let bound = Span(doubled).min(LONGEST_BACKOFF);
        SHORTEST_BACKOFF.max(self.random.below(bound))
    }

    /// A commit that nobody awaits any more.
    pub(crate) fn stray_committed(&mut self, id: CommitId, result: Result<Outcome, StoreFailure>) {
        if self.lock == Lock::HeldUntil(id) {
            self.lock = Lock::Held;
            let sent = |session: &Session| matches!(session.refresh, Refresh::AwaitingAnswer { .. });
            // A claim that could not be rewritten still says that its owner holds the lock.
            if result.is_ok() || !self.session().is_some_and(sent) {
                self.release_lock();
            }
        }
        let Ok(Outcome { accepted, row }) = result else { return };
        self.tombstone_committed(id);
        // Told only now: a tab that read the row before it was written would find nothing new there.
        if accepted && row.as_ref().is_some_and(|row| row.version >= self.version && row.live().is_none()) {
            self.seen_version(row.as_ref());
            self.publish(row.clone());
        }
        let under_way = self.session().is_some_and(|session| session.refresh.under_way());
        let sending = row.as_ref().and_then(Row::live).and_then(|live| live.sending.as_ref());
        if accepted && !under_way && sending.is_some_and(|sending| sending.owner == self.tab) {
            self.give_turn_back();
        }
        self.observe(row, By::OtherTab);
    }

    /// The turn came when it was no longer wanted.
    pub(crate) fn give_turn_back(&mut self) {
        let Some(session) = self.session() else { return };
        let (sid, generation) = (session.sid.clone(), session.fence);
        let under_way = session.refresh.under_way();
        self.commit(Commit::Release { sid, generation, owner: self.tab.clone(), cooldown: None });
        if under_way {
            self.set_refresh(Refresh::Scheduled);
        }
        self.release_lock();
    }

    /// The row has not answered: what was to be written is taken as not written.
    pub(crate) fn store_late(&mut self) {
        match self.session().map(|session| session.refresh.clone()) {
            Some(Refresh::AwaitingClaim { cause, .. }) => self.claimed(cause, Err(StoreFailure)),
            Some(Refresh::AwaitingCommit { record, .. }) => self.renewed(*record, Err(StoreFailure)),
            Some(Refresh::AwaitingRefusal { failure, .. }) => {
                self.refusal_written(failure, Err(StoreFailure))
            }
            _ => {}
        }
    }

    pub(crate) fn came_online(&mut self) {
        self.online = true;
        // The failures so far say nothing of the network that is there now, and one may be on its way still.
        if let Some(session) = self.open_session_mut() {
            session.failures = 0;
        }
        self.retry_early();
    }

    /// A pause of our own making ends when there is reason to hope.
    pub(crate) fn retry_early(&mut self) {
        let failed = |s: &Session| matches!(s.refresh, Refresh::CoolingDown { failure: Some(_), .. });
        if self.open_session().is_some_and(failed) && self.is_due() {
            self.begin_refresh(true);
        }
    }

    /// Whoever asked for a refresh that failed before it was due has been told; nobody waits for another try.
    pub(crate) fn pause_over(&mut self) {
        if self.is_due() {
            self.begin_refresh(false);
        } else {
            self.set_refresh(Refresh::Scheduled);
        }
    }

    fn is_due(&self) -> bool {
        self.open_session().and_then(|session| self.refresh_at(session)).is_some_and(|at| at <= self.now)
    }

    /// A page that is put to sleep with a lock that it does not need stops every other tab.
    pub(crate) fn suspending(&mut self) {
        self.suspended = true;
        match self.session().map(|session| &session.refresh) {
            // What is sent stays sent, and what was granted is in this tab only. Whoever got the lock would take
            // this tab for dead, and nothing can be written any more that says otherwise.
            Some(
                Refresh::AwaitingAnswer { .. }
                | Refresh::AwaitingCommit { .. }
                | Refresh::AwaitingRefusal { .. }
                | Refresh::AwaitingHandover { granted: Some(_), .. },
            ) => {}
            Some(
                Refresh::AwaitingClaim { .. }
                | Refresh::AwaitingLock { .. }
                | Refresh::AwaitingHolder { .. }
                | Refresh::AwaitingHandover { .. },
            ) => {
                self.leave_turn();
                self.set_refresh(Refresh::Scheduled);
            }
            // Something else is being written before the lock is let go.
            _ if matches!(self.lock, Lock::HeldUntil(_)) => {}
            _ => self.release_lock(),
        }
    }

    /// The turn is of no use any more, had or only asked for.
    pub(crate) fn leave_turn(&mut self) {
        match self.session().map(|session| &session.refresh) {
            // A claim that says it holds the lock would be taken for that of the next holder's turn.
            Some(Refresh::AwaitingClaim { commit, .. }) => self.release_lock_after(*commit),
            _ if matches!(self.lock, Lock::HeldUntil(_)) => {}
            _ => self.release_lock(),
        }
    }

    pub(crate) fn release_lock_after(&mut self, commit: CommitId) {
        if matches!(self.lock, Lock::Held | Lock::HeldUntil(_)) {
            self.lock = Lock::HeldUntil(commit);
        } else {
            self.release_lock();
        }
    }

    pub(crate) fn release_lock(&mut self) {
        if self.lock != Lock::Free {
            self.lock = Lock::Free;
            self.effects.push_back(Effect::ReleaseLock);
        }
    }

    pub(crate) fn set_refresh(&mut self, refresh: Refresh) {
        if let Phase::SignedIn(session) = &mut self.phase {
            session.refresh = refresh;
        }
    }

    pub(crate) fn doubt_over(&mut self) {
        let Phase::SignedIn(session) = &mut self.phase else { return };
        match &mut session.standing {
            Standing::InDoubt(_) => session.standing = Standing::Open,
            Standing::AwaitingActivity { doubt, .. } => *doubt = None,
            Standing::Open | Standing::AwaitingSiblings { .. } | Standing::Ending { .. } => {}
        }
        self.hand_over_what_is_owed();
    }
}
