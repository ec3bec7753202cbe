//! How a session ends: once, for one reason, with proof.

use super::commit::{Commit, Outcome};
use super::effect::{By, Effect, Event};
use super::input::{CommitId, StoreFailure};
use super::refresh::Lock;
use super::row::{Content, EndReason, Ended, Row, Sid};
use super::tabs::row_of;
use super::time::{Span, Wall};
use super::{AfterRestore, Duty, Machine, Phase, Refresh, Session, SignedOut, Standing, Storage};

/// How long the tombstone may take to be written before the tab ends on its own word.
const END_WAIT: Span = Span::seconds(2);

/// How often the tombstone of a logout is tried again.
const TOMBSTONE_EVERY: Span = Span::seconds(10);

/// How many sessions that were left are remembered: nobody signs in and out more often while one answer is on its
/// way.
const REMEMBERED: usize = 16;

impl Machine {
    /// The user's wish needs no proof and waits for nobody: the tab is signed out before this returns.
    pub(crate) fn logout(&mut self, everywhere: bool) {
        self.epoch = self.epoch.saturating_add(1);
        self.withdraw_grants();
        let logout = AfterRestore::Logout { since: self.now, everywhere };
        match &mut self.phase {
            Phase::AwaitingRow { then, .. } => *then = logout,
            Phase::AwaitingHandover(awaited) => awaited.then(logout),
            _ => {}
        }
        self.end_by_logout(everywhere);
    }

    /// The session that is found after the user has signed out is over, unless it was begun since. A login that
    /// was asked for since is not touched.
    pub(crate) fn end_what_is_found(&mut self, since: Wall, everywhere: bool) {
        if self.session().is_some_and(|session| session.started.at <= since) {
            let epoch = self.epoch;
            self.end_by_logout(everywhere);
            self.epoch = epoch;
        }
    }

    fn end_by_logout(&mut self, everywhere: bool) {
        let Phase::SignedIn(session) = &self.phase else { return };
        let (sid, generation) = (session.sid.clone(), session.fence);
        self.revoke(everywhere);
        let end = self.end_commit(&sid, EndReason::Logout, None);
        let duty = self.tombstone(end);
        // Whoever holds the lock next would find the session alive and present its token again.
        self.release_lock_after(self.last_commit);
        // The copy is written at once as well: should the page be closed before the row is written, the next
        // start finds the newer copy.
        self.version = self.version.saturating_add(1);
        let ended = Ended { reason: EndReason::Logout, at: self.now };
        let (version, at) = (self.version, self.now);
        let tombstone = Row { version, sid, generation, at, content: Content::Ended(ended) };
        self.effects.push_back(Effect::WriteCopy(Box::new(tombstone)));
        self.signed_out(EndReason::Logout, By::ThisTab);
        if let Phase::SignedOut(out) = &mut self.phase {
            out.duty = duty;
        }
    }

    /// Writes the tombstone, and what remains to be done until it is written.
    pub(crate) fn tombstone(&mut self, end: Commit) -> Duty {
        let commit = self.commit(end.clone());
        Duty::Tombstone { end: Box::new(end), commit, again_at: self.steady() + TOMBSTONE_EVERY }
    }

    /// Again and again until it is written: a logout is the user's word.
    pub(crate) fn write_tombstone(&mut self) {
        let Phase::SignedOut(SignedOut { duty: Duty::Tombstone { end, .. }, .. }) = &self.phase else {
            return;
        };
        let end = (**end).clone();
        let again = self.tombstone(end);
        if let Phase::SignedOut(out) = &mut self.phase {
            out.duty = again;
        }
    }

    /// Whether `id` is the tombstone, which is written by now.
    pub(crate) fn tombstone_committed(&mut self, id: CommitId) {
        if let Phase::SignedOut(out) = &mut self.phase
            && matches!(&out.duty, Duty::Tombstone { commit, .. } if *commit == id)
        {
            out.duty = Duty::Nothing;
        }
    }

    pub(crate) fn end_by_deadline(&mut self, reason: EndReason) {
        self.begin_end(reason, None);
    }

    /// The access token is dead and cannot be renewed.
    pub(crate) fn expired(&mut self) {
        let Some(session) = self.open_session() else { return };
        let reason = if session.refused && !self.presents_itself(session) {
            EndReason::RefreshRejected
        } else {
            EndReason::Expired
        };
        let generation = session.fence;
        self.begin_end(reason, Some(generation));
    }

    pub(crate) fn verify_refused(&mut self, sid: &Sid, generation: u64) {
        let session = self.open_session().filter(|s| s.sid == *sid && s.generation == generation);
        if let Some(fence) = session.map(|session| session.fence) {
            self.begin_end(EndReason::TokenInvalid, Some(fence));
        }
    }

    /// Nothing is handed out from here on; the row decides whether the session is over.
    pub(crate) fn begin_end(&mut self, reason: EndReason, generation: Option<u64>) {
        let Some(session) = self.open_session() else { return };
        if generation.is_some() && session.is_stale() {
            // It says nothing of the tokens that other tabs have.
            if self.config.storage == Storage::PerTab {
                // No tombstone: after a reload it would go into the row.
                let row = row_of(session, self.version, session.fence, None, self.now);
                self.write_copy(row);
            }
            self.give_turn_back();
            return self.signed_out(reason, By::ThisTab);
        }
        let sid = session.sid.clone();
        let end = self.end_commit(&sid, reason, generation);
        let commit = self.commit(end);
        let until = self.steady() + END_WAIT;
        if let Some(session) = self.open_session_mut() {
            session.standing = Standing::Ending { reason, generation, commit, until };
        }
    }

    pub(crate) fn end_committed(
        &mut self,
        reason: EndReason,
        generation: Option<u64>,
        result: Result<Outcome, StoreFailure>,
    ) {
        match result {
            Ok(Outcome { accepted: true, row }) => {
                self.seen_version(row.as_ref());
                if reason.is_ours() {
                    self.revoke(false);
                }
                self.publish(row);
                self.signed_out(reason, By::ThisTab);
            }
            Ok(Outcome { accepted: false, row }) => {
                if self.end_is_void() {
                    return self.observe(row, By::OtherTab);
                }
                if let Phase::SignedIn(session) = &mut self.phase {
                    session.standing = Standing::Open;
                }
                let grounds = self.grounds();
                let behind = row.as_ref().is_none_or(|row| self.is_behind(row));
                self.observe(row, By::OtherTab);
                if self.grounds() != grounds {
                    return;
                }
                // The row had nothing to say against it. Asking again would be a loop, unless the row has
                // only just been brought up to what this tab knows.
                if behind {
                    self.begin_end(reason, generation);
                } else {
                    self.end_here(reason);
                }
            }
            Err(StoreFailure) => self.end_unconfirmed(),
        }
    }

    /// The deadline or the refusal is proof enough where the store cannot be asked.
    pub(crate) fn end_unconfirmed(&mut self) {
        if !self.end_is_void()
            && let Some(Standing::Ending { reason, .. }) = self.session().map(|session| &session.standing)
        {
            self.end_here(*reason);
        }
    }

    /// What was held against one token is void when another one came in while the end was being written. The
    /// session goes on then.
    fn end_is_void(&mut self) -> bool {
        let Phase::SignedIn(session) = &mut self.phase else { return false };
        let Standing::Ending { generation: Some(generation), .. } = session.standing else { return false };
        let is_void = generation != session.generation;
        if is_void {
            session.standing = Standing::Open;
        }
        is_void
    }

    fn end_here(&mut self, reason: EndReason) {
        if reason.is_ours() {
            self.revoke(false);
        }
        // No tombstone goes into the copy: the row may know of activity, or of a newer token, and a later
        // start judges by the same deadline again.
        self.notify(Event::NotStored);
        self.signed_out(reason, By::ThisTab);
    }

    /// What an end is decided by.
    fn grounds(&self) -> Option<(Sid, u64, Wall)> {
        self.session().map(|session| (session.sid.clone(), session.fence, session.activity.at))
    }

    /// Drops the tokens and everything under way.
    pub(crate) fn signed_out(&mut self, reason: EndReason, by: By) {
        self.drop_session();
        if let Phase::SignedOut(out) = &mut self.phase {
            out.end = Some((reason, by));
        }
        self.notify(Event::End { reason, by });
    }

    /// Leaves nothing of the session behind but the name of what ended.
    pub(crate) fn drop_session(&mut self) {
        let Phase::SignedIn(session) = &self.phase else { return };
        let sid = Some(session.sid.clone());
        let refresh = session.refresh.clone();
        if let Refresh::AwaitingClaim { commit, .. } | Refresh::AwaitingCommit { commit, .. } = refresh {
            // Where the session lives on, whoever holds the lock next must find what was written.
            self.release_lock_after(commit);
        }
        match refresh {
            Refresh::AwaitingAnswer { .. } => self.effects.push_back(Effect::AbortRefresh),
            // The server has granted what nobody will use.
            Refresh::AwaitingCommit { record, .. }
            | Refresh::AwaitingHandover { granted: Some(record), .. } => {
                self.revoke_grant(&record.access_token, record.refresh_token.as_ref());
            }
            _ => {}
        }
        if let Some(sid) = sid.clone() {
            self.leave(sid);
        }
        self.unmark();
        self.epoch = self.epoch.saturating_add(1);
        self.phase = Phase::SignedOut(SignedOut { sid, end: None, duty: Duty::Nothing });
        if !matches!(self.lock, Lock::HeldUntil(_)) {
            self.release_lock();
        }
    }

    /// What is left is left: a row that was read before, or could not be written, may still speak of it.
    pub(crate) fn leave(&mut self, sid: Sid) {
        if self.left.len() >= REMEMBERED {
            self.left.pop_front();
        }
        self.left.push_back(sid);
    }

    /// Tells the other tabs of a row that this tab wrote.
    pub(crate) fn publish(&mut self, row: Option<Row>) {
        if let Some(row) = row {
            let version = row.version;
            self.write_copy(row);
            self.effects.push_back(Effect::Announce { version });
        }
    }

    pub(crate) fn write_copy(&mut self, row: Row) {
        let row = if self.config.storage == Storage::Memory { row.with_tokens(None) } else { row };
        self.effects.push_back(Effect::WriteCopy(Box::new(row)));
    }

    pub(crate) fn end_commit(&self, sid: &Sid, reason: EndReason, generation: Option<u64>) -> Commit {
        let idle_since = match reason {
            // The row's own stamp has been counted, and may lie ahead since the clock was set back.
            EndReason::Idle => self.open_session().map(|s| s.activity.at.max(s.activity_in_row)),
            _ => None,
        };
        let ended = Ended { reason, at: self.now };
        Commit::End { sid: sid.clone(), generation, idle_since, ended, above: self.version }
    }

    fn revoke(&mut self, everywhere: bool) {
        let Phase::SignedIn(session) = &self.phase else { return };
        let Session { record, .. } = &**session;
        self.effects.push_back(Effect::Revoke {
            access_token: record.access_token.clone(),
            refresh_token: record.refresh_token.clone(),
            everywhere,
        });
    }
}
