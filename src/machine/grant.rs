//! Tokens taken up: from a login, from a refresh, or from the application.

use super::commit::{Commit, Outcome};
use super::effect::{By, Effect, Settlement, WaiterId};
use super::failure::Failure;
use super::input::{CommitId, Grant, GrantKind, StoreFailure};
use super::refresh::STORE_WAIT;
use super::row::{Content, Live, Record, Row, Sid};
use super::time::{Span, Steady};
use super::{Machine, Phase, Session};

/// No clock of a server is believed beyond this.
const LONGEST_LIFETIME: Span = Span::minutes(400 * 24 * 60);

/// Tokens on their way into the row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pending {
    commit: CommitId,
    pub(crate) until: Steady,
    waiter: WaiterId,
    record: Box<Record>,
    what: Granted,
    /// The user signed out meanwhile.
    withdrawn: bool,
}

/// What pending tokens are for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Granted {
    /// A new session.
    Login(Sid),
    /// The next generation of this one.
    Renewal(Sid),
    /// The same with nothing in it that the server would not give again.
    NewAccess,
}

/// What a login's session is to be.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) sid: Sid,
    pub(crate) remember: bool,
}

impl Machine {
    pub(crate) fn granted(
        &mut self,
        waiter: WaiterId,
        epoch: u64,
        kind: GrantKind,
        new: NewSession,
        grant: Grant,
    ) {
        if epoch != self.epoch {
            // A logout or another login came in between, and is final.
            self.revoke_grant(&grant.access_token, grant.refresh_token.as_ref());
            return self.settle(waiter, Settlement::Failed { failure: Failure::Superseded, retry_at: None });
        }
        let grant = Grant { subject: non_empty(grant.subject), ..grant };
        let continues = self.session().filter(|session| match kind {
            GrantKind::Login => false,
            GrantKind::Refresh => true,
            GrantKind::Auto => grant.subject.is_none() || grant.subject == session.record.subject,
        });
        if let Some(session) = continues {
            let (sid, fence) = (session.sid.clone(), session.fence);
            let record = self.next_record(&session.record, grant, false);
            return self.write_next(waiter, Granted::Renewal(sid.clone()), sid, fence, record);
        }
        if kind == GrantKind::Refresh {
            return self.settle(waiter, Settlement::Failed { failure: Failure::SignedOut, retry_at: None });
        }
        let NewSession { sid, remember } = new;
        let record = Box::new(self.first_record(grant, remember));
        let (above, what, started_at) = (self.version, Granted::Login(sid.clone()), self.now);
        let in_row = self.for_row(&record).map(Box::new);
        // Before it is in the row: a tab that finds it there without its mark takes the browser for another.
        self.mark_with(&sid, &record);
        let commit = self.commit(Commit::Login { sid, record: in_row, started_at, above });
        let until = self.steady() + STORE_WAIT;
        self.grants.push(Pending { commit, until, waiter, record, what, withdrawn: false });
    }

    pub(crate) fn rotated(&mut self, waiter: WaiterId, sid: &Sid, generation: u64, grant: Grant) {
        let is_latest = |s: &&Session| s.sid == *sid && s.generation == generation && !s.is_stale();
        let Some(session) = self.session().filter(is_latest) else {
            return self.settle(waiter, Settlement::Failed { failure: Failure::Superseded, retry_at: None });
        };
        let old = &session.record;
        let last_known = old.expires_at.map(|expires_at| expires_at.since(old.received_at));
        let grant = Grant { lifetime: grant.lifetime.or(last_known), ..grant };
        let record = self.next_record(old, grant, false);
        let same_refresh_token = old.refresh_token.is_some() && record.refresh_token == old.refresh_token;
        let what = if same_refresh_token { Granted::NewAccess } else { Granted::Renewal(sid.clone()) };
        self.write_next(waiter, what, sid.clone(), generation, record);
    }

    /// Writes the next generation after that of the row.
    fn write_next(&mut self, waiter: WaiterId, what: Granted, sid: Sid, generation: u64, record: Record) {
        let record = Box::new(record);
        let in_row = self.for_row(&record).map(Box::new);
        let yields = matches!(what, Granted::NewAccess);
        let commit = self.commit(Commit::Renew { sid, generation, record: in_row, cooldown: None, yields });
        let until = self.steady() + STORE_WAIT;
        self.grants.push(Pending { commit, until, waiter, record, what, withdrawn: false });
    }

    /// Handles the commit of a grant; gives the result back if `id` is none.
    pub(crate) fn grant_committed(
        &mut self,
        id: CommitId,
        result: Result<Outcome, StoreFailure>,
    ) -> Result<(), Result<Outcome, StoreFailure>> {
        let Some(index) = self.grants.iter().position(|pending| pending.commit == id) else {
            return Err(result);
        };
        let Pending { waiter, record, what, withdrawn, .. } = self.grants.remove(index);
        if withdrawn {
            if let Granted::Login(sid) = what {
                self.undo(sid, &record);
            }
            self.settle(waiter, Settlement::Failed { failure: Failure::Superseded, retry_at: None });
            return Ok(());
        }
        let settlement = match (result, what) {
            (Ok(Outcome { accepted: true, row }), what) => {
                if let Granted::Login(_) = what {
                    self.outrank_unstored(row.as_ref());
                }
                let row = row.map(|row| row.with_tokens(Some(*record)));
                self.publish(row.clone());
                self.observe(row, By::ThisTab);
                self.hand_over_what_is_owed();
                Settlement::Done
            }
            (Ok(Outcome { accepted: false, row }), what) => {
                self.observe(row, By::OtherTab);
                if let Granted::Renewal(sid) = what {
                    self.hold(&sid, *record);
                    if self.session().is_some_and(Session::holds_granted) {
                        self.later_tokens_wanted(waiter);
                        return Ok(());
                    }
                }
                Settlement::Failed { failure: Failure::Superseded, retry_at: None }
            }
            (Err(StoreFailure), Granted::Renewal(sid)) if self.session().is_some_and(|s| s.sid == sid) => {
                self.keep_unstored(*record);
                Settlement::Done
            }
            (Err(StoreFailure), Granted::NewAccess) => {
                Settlement::Failed { failure: Failure::Store, retry_at: None }
            }
            // Another session took the place of the one that these tokens were for.
            (Err(StoreFailure), Granted::Renewal(_)) => {
                self.revoke_grant(&record.access_token, record.refresh_token.as_ref());
                Settlement::Failed { failure: Failure::Superseded, retry_at: None }
            }
            (Err(StoreFailure), Granted::Login(sid)) => {
                self.login_unstored(sid, *record);
                Settlement::Done
            }
        };
        self.settle(waiter, settlement);
        Ok(())
    }

    /// The row has not answered: what was to be written is taken as not written.
    pub(crate) fn grants_late(&mut self) {
        let now = self.steady();
        let late: Vec<_> = self.grants.iter().filter(|p| p.until <= now).map(|p| p.commit).collect();
        for commit in late {
            // Every one of them is pending.
            let _ = self.grant_committed(commit, Err(StoreFailure));
        }
    }

    pub(crate) fn withdraw_grants(&mut self) {
        for pending in &mut self.grants {
            pending.withdrawn = true;
        }
    }

    /// The next generation. What the grant does not say stays as it was (RFC 6749, section 6).
    pub(crate) fn next_record(&self, old: &Record, grant: Grant, after_unauthorized: bool) -> Record {
        let same_token = grant.access_token == old.access_token;
        let expires_at = grant.lifetime.map(|lifetime| self.now + lifetime.min(LONGEST_LIFETIME));
        Record {
            // The same token again is no younger, whatever the answer says of it.
            expires_at: if same_token { old.expires_at.min(expires_at).or(expires_at) } else { expires_at },
            received_at: self.now,
            refresh_token: non_empty_secret(grant.refresh_token).or_else(|| old.refresh_token.clone()),
            access_token: grant.access_token,
            subject: non_empty(grant.subject).or_else(|| old.subject.clone()),
            user: grant.user.or_else(|| old.user.clone()),
            after_unauthorized,
            remember: old.remember,
        }
    }

    pub(crate) fn first_record(&self, grant: Grant, remember: bool) -> Record {
        Record {
            expires_at: grant.lifetime.map(|lifetime| self.now + lifetime.min(LONGEST_LIFETIME)),
            received_at: self.now,
            refresh_token: non_empty_secret(grant.refresh_token),
            access_token: grant.access_token,
            subject: non_empty(grant.subject),
            user: grant.user,
            after_unauthorized: false,
            remember,
        }
    }

    /// A login that lost to a logout while it was written.
    fn undo(&mut self, sid: Sid, record: &Record) {
        let end = self.end_commit(&sid, super::EndReason::Logout, None);
        self.unmark_with(&sid, record);
        self.leave(sid);
        self.commit(end);
        self.revoke_grant(&record.access_token, record.refresh_token.as_ref());
    }

    /// The number of what could not be written is a guess, and a login that is in the row is the later.
    fn outrank_unstored(&mut self, row: Option<&Row>) {
        if let (Phase::SignedIn(session), Some(row)) = (&mut self.phase, row)
            && session.unstored.is_some()
        {
            session.unstored = None;
            self.version = self.version.min(row.version);
        }
    }

    fn login_unstored(&mut self, sid: Sid, record: Record) {
        let content = Content::Live(Box::new(Live {
            started_at: record.received_at,
            activity: record.received_at,
            record: Some(record),
            sending: None,
            cooldown: None,
            refused: false,
        }));
        let version = self.version.saturating_add(1);
        let row = Row { version, sid, generation: 1, at: self.now, content };
        self.publish(Some(row.clone()));
        self.observe(Some(row), By::ThisTab);
        self.not_stored(super::Unstored::Login);
    }

    pub(crate) fn revoke_grant(
        &mut self,
        access_token: &super::Secret,
        refresh_token: Option<&super::Secret>,
    ) {
        self.effects.push_back(Effect::Revoke {
            access_token: access_token.clone(),
            refresh_token: refresh_token.cloned(),
            everywhere: false,
        });
    }

    pub(crate) fn sign_in(&mut self, session: Session) {
        self.epoch = self.epoch.saturating_add(1);
        self.phase = Phase::SignedIn(Box::new(session));
        // A copy that has been seen is missed as soon as somebody clears the storage.
        self.effects.push_back(Effect::ReadCopy);
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn non_empty_secret(secret: Option<super::Secret>) -> Option<super::Secret> {
    secret.filter(|secret| !secret.expose().is_empty())
}
