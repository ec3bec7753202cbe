//! One session in all tabs: what the row says, and what to make of it.

use super::commit::{Commit, Outcome};
use super::effect::{By, Event};
use super::handover::Named;
use super::input::{CommitId, Copy, ReadId, StoreFailure};
use super::row::{Content, EndReason, Live, Record, Row, Sid};
use super::time::{Span, Wall};
use super::{
    AfterRestore, Doubt, Duty, Failure, Machine, Phase, Refresh, Session, SignedOut, Standing, Storage,
    Unstored,
};

/// How long a start waits for the row before it believes the copy.
const ROW_WAIT: Span = Span::seconds(3);

/// How long a page that was away waits for the row before it hands out what it has.
pub(crate) const DOUBT: Span = Span(100);

/// A copy may lag behind the row for this long; missing after that, it was cleared.
const COPY_LAG: Span = Span::seconds(5);

impl Machine {
    pub(crate) fn started(&mut self, copy: Copy, activity: Option<Wall>, visible: bool, mark: Option<Sid>) {
        if !matches!(self.phase, Phase::AwaitingStart) {
            return;
        }
        self.visible = visible;
        self.checked_at = self.now;
        let is_in_session = |copy: &Row| copy.live().is_none_or(|live| live.record.is_some());
        if self.config.storage == Storage::PerTab
            && !matches!(&copy, Copy::Found(copy) if is_in_session(copy))
        {
            // Without a copy of its own, or with one whose tokens were taken out when the session ended in this
            // tab alone, no row is its own.
            self.phase = Phase::SignedOut(SignedOut::default());
            return;
        }
        let until = self.steady() + ROW_WAIT;
        self.phase = Phase::AwaitingRow { copy, activity, mark, until, then: AfterRestore::Keep };
        self.read_row();
    }

    pub(crate) fn row_read(&mut self, id: ReadId, result: Result<Option<Row>, StoreFailure>) {
        if let Phase::AwaitingRow { .. } = self.phase {
            return self.restore(result);
        }
        if let Ok(row) = result {
            self.observe(row, By::OtherTab);
        }
        if self.session().and_then(Session::doubt).is_some_and(|doubt| doubt.read <= id) {
            self.doubt_over();
        }
    }

    pub(crate) fn committed(&mut self, id: CommitId, result: Result<Outcome, StoreFailure>) {
        let Err(result) = self.grant_committed(id, result) else { return };
        let Phase::SignedIn(session) = &self.phase else { return self.stray_committed(id, result) };
        if let Standing::Ending { reason, generation, commit, .. } = session.standing
            && commit == id
        {
            return self.end_committed(reason, generation, result);
        }
        match session.refresh.clone() {
            Refresh::AwaitingClaim { commit, cause, .. } if commit == id => self.claimed(cause, result),
            Refresh::AwaitingCommit { commit, record, .. } if commit == id => self.renewed(*record, result),
            Refresh::AwaitingRefusal { commit, failure, .. } if commit == id => {
                self.refusal_written(failure, result);
            }
            _ => self.stray_committed(id, result),
        }
    }

    /// The first look: of the row and its copy the newer one counts, and the row where they agree.
    pub(crate) fn restore(&mut self, result: Result<Option<Row>, StoreFailure>) {
        let phase = core::mem::replace(&mut self.phase, Phase::SignedOut(SignedOut::default()));
        let Phase::AwaitingRow { copy, activity, mark, then, .. } = phase else { return };
        let unseen = result.is_err();
        let row = result.unwrap_or_default();
        let copy_is_missing = copy == Copy::Missing;
        let copy = match copy {
            Copy::Found(copy) => Some(*copy),
            Copy::Missing | Copy::Unavailable => None,
        };
        let newer_copy = copy.clone().filter(|copy| row.as_ref().is_none_or(|row| copy.replaces(row)));
        if let Some(copy) = &newer_copy {
            self.put_into_row(copy.clone());
        }
        let best = newer_copy.or(row);
        self.seen_version(best.as_ref());
        let settled = best.as_ref().is_some_and(|row| self.now.since(row.at) > COPY_LAG);
        let copy_seen = copy.is_some();
        match best.map(|row| (row.sid, row.generation, row.content)) {
            // No login: whoever asks for one meanwhile still gets it.
            Some((sid, fence, Content::Live(mut live))) => {
                let in_row = live.record.take().map(|record| (fence, record));
                let own = || copy.filter(|copy| copy.sid == sid).and_then(Row::into_tokens);
                match in_row.or_else(own) {
                    Some((generation, record)) => {
                        let session = self.session_of(sid, generation, *live, record);
                        self.phase = Phase::SignedIn(Box::new(Session { copy_seen, fence, ..session }));
                    }
                    None => {
                        let named = Named::of(sid, fence, &live);
                        self.await_handover(Some(named), then, None);
                    }
                }
                if let Phase::SignedIn(session) = &self.phase {
                    if session.is_stale() {
                        self.ask_for_tokens(None, None);
                    }
                    if unseen {
                        // A page that was frozen before its first look holds a copy from then.
                        let read = self.read_row();
                        self.be_in_doubt(read);
                    }
                    self.look_for_mark(mark.as_ref());
                }
            }
            Some((sid, _, Content::Ended(ended))) => {
                self.find_ended(sid, (ended.reason, By::OtherTab));
            }
            None if unseen => self.await_handover(None, then, None),
            None => {}
        }
        if let Some(activity) = activity {
            self.activity_seen(activity);
        }
        if copy_is_missing && settled {
            self.begin_end(EndReason::StorageCleared, None);
        }
        if let AfterRestore::Logout { since, everywhere } = then {
            match &mut self.phase {
                Phase::SignedOut(out) if unseen => {
                    out.duty = Duty::EndWhatIsFound { since, everywhere };
                    self.read_row();
                }
                _ => self.end_what_is_found(since, everywhere),
            }
        }
    }

    pub(crate) fn copy_read(&mut self, copy: &Copy, activity: Option<Wall>) {
        if let Some(activity) = activity {
            self.activity_seen(activity);
        }
        match copy {
            // The row is all that is left to look at.
            Copy::Unavailable => drop(self.read_row()),
            Copy::Found(row) => {
                let same = self.open_session_mut().filter(|session| session.sid == row.sid);
                let ends_ours = same.is_some() && row.live().is_none();
                if let Some(session) = same {
                    session.copy_seen = true;
                    // Versions start anew with a cleared row: the tombstone of this session counts whatever it
                    // bears.
                    if row.live().is_none() {
                        self.read_row();
                    }
                }
                // Should the row be behind its copy, somebody could not write it.
                if self.has_started() && (row.version > self.version || ends_ours) {
                    self.put_into_row((**row).clone());
                }
            }
            Copy::Missing if self.open_session().is_some_and(|session| session.copy_seen) => {
                self.begin_end(EndReason::StorageCleared, None);
            }
            Copy::Missing => {}
        }
        self.activity_known();
    }

    pub(crate) fn announced(&mut self, version: u64) {
        // While the first look is under way nobody knows whether it came before or after the change.
        if !matches!(self.phase, Phase::AwaitingStart) && version > self.version {
            self.read_row();
        }
    }

    const fn has_started(&self) -> bool {
        !matches!(self.phase, Phase::AwaitingStart | Phase::AwaitingRow { .. })
    }

    pub(crate) fn came_into_view(&mut self) {
        self.visible = true;
        self.suspended = false;
        self.check();
        self.retry_early();
    }

    pub(crate) fn resumed(&mut self) {
        self.suspended = false;
        let read = self.check();
        self.be_in_doubt(read);
    }

    /// Nothing is handed out before the row has been read anew.
    pub(crate) fn be_in_doubt(&mut self, read: ReadId) {
        let new = Doubt { read, until: self.steady() + DOUBT };
        if let Phase::SignedIn(session) = &mut self.phase {
            match &mut session.standing {
                Standing::Open | Standing::InDoubt(_) => session.standing = Standing::InDoubt(new),
                Standing::AwaitingActivity { doubt, .. } => *doubt = Some(new),
                Standing::AwaitingSiblings { .. } | Standing::Ending { .. } => {}
            }
        }
    }

    pub(crate) fn seen_version(&mut self, row: Option<&Row>) {
        self.version = self.version.max(row.map_or(0, |row| row.version));
    }

    /// Takes up what the row says. The one place where another tab's doing becomes this tab's state: it never
    /// writes tokens and never speaks to other tabs in answer.
    pub(crate) fn observe(&mut self, row: Option<Row>, by: By) {
        let behind = row.as_ref().is_none_or(|row| self.is_behind(row));
        if behind && row.as_ref().is_some_and(|row| row.version == self.version) {
            self.version = self.version.saturating_add(1);
        }
        let Some(row) = row.filter(|_| !behind) else {
            self.rebuild();
            return;
        };
        self.seen_version(Some(&row));
        let epoch = self.epoch;
        match (&self.phase, &row.content) {
            (Phase::SignedIn(session), Content::Live(live)) if session.sid == row.sid => {
                self.observe_same(row.generation, (**live).clone(), by);
            }
            (Phase::SignedIn(_), Content::Live(_)) => self.switch(row),
            (Phase::SignedIn(_), Content::Ended(ended)) => self.signed_out(ended.reason, by),
            (
                Phase::SignedOut(SignedOut { duty: Duty::EndWhatIsFound { since, everywhere }, .. }),
                Content::Live(live),
            ) if live.record.is_some() && live.started_at <= *since => {
                let (since, everywhere) = (*since, *everywhere);
                let fence = row.generation;
                let Content::Live(mut live) = row.content else { return };
                let Some(record) = live.record.take() else { return };
                let session = self.session_of(row.sid, fence, *live, record);
                self.phase = Phase::SignedIn(Box::new(session));
                self.end_what_is_found(since, everywhere);
            }
            (Phase::SignedOut(_), Content::Live(_)) if !self.left.contains(&row.sid) => self.take_up(row),
            (Phase::AwaitingHandover(_), Content::Live(_)) => self.take_up(row),
            (Phase::AwaitingHandover(_), Content::Ended(ended)) => {
                let end = (ended.reason, by);
                self.find_ended(row.sid, end);
            }
            // A login of this tab that overtook the first look.
            (Phase::AwaitingRow { .. }, Content::Live(_)) if by == By::ThisTab => {
                self.restore(Ok(Some(row)));
                self.notify(Event::Login);
            }
            _ => {}
        }
        // Its own login a tab has marked when it wrote it.
        if by == By::OtherTab && self.epoch != epoch {
            self.mark();
        }
    }

    /// Whether the row is older than what this tab knows: it could not be written, or was read too early. The
    /// tombstone of this tab's own session is never too old to be true.
    pub(crate) fn is_behind(&self, row: &Row) -> bool {
        match self.session() {
            Some(session) if session.sid == row.sid => row.live().is_some() && row.version < self.version,
            Some(session) if row.is_login_after(Some(session.started.at), session.fence) => false,
            Some(Session { unstored: Some(Unstored::Login), .. }) => row.version <= self.version,
            Some(Session { unstored: Some(Unstored::Renewal { of }), .. }) => row.version <= *of,
            _ => row.version < self.version,
        }
    }

    pub(crate) fn observe_same(&mut self, generation: u64, live: Live, by: By) {
        let now = self.now;
        let lag = self.progress.lag();
        let Phase::SignedIn(session) = &mut self.phase else { return };
        session.unstored = None;
        // One that has been counted is no news when the clock, set back, comes by its time again.
        let heeded = !matches!(session.standing, Standing::Ending { .. });
        let active = heeded && session.activity_in_row != live.activity;
        if active {
            session.activity_in_row = live.activity;
        }
        // Of two renewals of one generation, the one in the row counts.
        let newer = live.record.filter(|record| {
            generation > session.generation || (generation == session.generation && *record != session.record)
        });
        if let Some(record) = newer {
            let subjects = (session.record.subject.clone(), record.subject.clone());
            // Handed over while this tab renews earlier ones for the same row, the turn is still its own; and
            // what is not the latest yet does not end the wait for it.
            let is_kept =
                generation < session.fence || session.refresh.is_turn_for(session.fence, generation);
            session.generation = generation;
            session.fence = session.fence.max(generation);
            session.record = record;
            session.record_lag = lag;
            session.refused = false;
            session.presented_for = None;
            session.spent = None;
            session.failures = 0;
            if !is_kept {
                let refresh = match live.cooldown {
                    Some(cooldown) if cooldown.stands(now) => Refresh::CoolingDown {
                        until: self.progress.steady(cooldown.until),
                        failures: cooldown.failures,
                        asked: cooldown.asked,
                        failure: None,
                    },
                    _ => Refresh::Scheduled,
                };
                self.leave_turn();
                self.set_refresh(refresh);
            }
            if let (Some(from), Some(to)) = subjects
                && from != to
            {
                self.epoch = self.epoch.saturating_add(1);
                self.refuse_waiters(Failure::UserChanged);
                self.notify(Event::UserChanged { from: Some(from), to: Some(to) });
            }
            self.notify(Event::Refresh { generation, by });
        } else if generation > session.fence {
            session.fence = generation;
            session.refused = false;
            session.failures = 0;
            self.fall_behind();
        }
        let Phase::SignedIn(session) = &self.phase else { return };
        if generation == session.fence {
            let refused = live.refused && !session.refused;
            if active {
                self.activity_seen(live.activity);
            }
            if refused {
                self.refused(Failure::Refused { status: 0 });
            }
        }
    }

    /// Somebody logged in elsewhere: a hard boundary. Nothing of the old session is carried over.
    fn switch(&mut self, row: Row) {
        let Some(live) = row.live() else { return };
        let from = self.session().and_then(|session| session.record.subject.clone());
        match live.record.as_ref().map(|record| record.subject.clone()) {
            Some(to) => {
                self.drop_session();
                if from != to {
                    self.notify(Event::UserChanged { from, to });
                }
                self.take_up(row);
            }
            // Until its tokens come, nobody is signed in here.
            None => {
                let named = Named::of(row.sid.clone(), row.generation, live);
                self.signed_out(EndReason::UserChanged, By::OtherTab);
                self.await_handover(Some(named), AfterRestore::Keep, from);
            }
        }
    }

    /// The session was over before this tab had any part in it.
    fn find_ended(&mut self, sid: Sid, end: (EndReason, By)) {
        self.leave(sid.clone());
        self.phase = Phase::SignedOut(SignedOut { sid: Some(sid), end: Some(end), duty: Duty::Nothing });
    }

    /// Somebody logged in, here or elsewhere.
    fn take_up(&mut self, row: Row) {
        let Content::Live(mut live) = row.content else { return };
        let Row { sid, generation, .. } = row;
        let Some(record) = live.record.take() else {
            let named = Named::of(sid, generation, &live);
            return self.await_handover(Some(named), AfterRestore::Keep, None);
        };
        let session = self.session_of(sid, generation, *live, record);
        self.sign_in(session);
        self.notify(Event::Login);
    }

    /// The row was evicted under a living session, or could not be written: the session is the better
    /// witness.
    pub(crate) fn rebuild(&mut self) -> Option<CommitId> {
        let session = self.open_session()?;
        let tokens = self.for_row(&session.record);
        let row = row_of(session, self.version, session.fence, tokens, self.now);
        Some(self.commit(Commit::Restore { row: Box::new(row) }))
    }

    pub(crate) fn put_into_row(&mut self, copy: Row) -> CommitId {
        let row = if self.config.storage == Storage::Shared { copy } else { copy.with_tokens(None) };
        self.commit(Commit::Restore { row: Box::new(row) })
    }

    /// The tokens, where the row holds them.
    pub(crate) fn for_row(&self, record: &Record) -> Option<Record> {
        (self.config.storage == Storage::Shared).then(|| record.clone())
    }

    /// A row that holds no tokens, with those in hand: this tab's copy must not lose them.
    pub(crate) fn with_own_tokens(&self, row: Row) -> Row {
        let own = self.session().filter(|session| session.generation == row.generation);
        match own.filter(|_| row.live().is_some_and(|live| live.record.is_none())) {
            Some(session) => row.with_tokens(Some(session.record.clone())),
            None => row,
        }
    }

    /// What the page shows may not outlive this tab, until the row is written after all.
    pub(crate) fn not_stored(&mut self, what: Unstored) {
        if let Phase::SignedIn(session) = &mut self.phase {
            session.unstored = session.unstored.or(Some(what));
        }
        self.notify(Event::NotStored);
    }

    pub(crate) fn session_of(&self, sid: Sid, generation: u64, live: Live, record: Record) -> Session {
        let activity = live.activity.max(live.started_at);
        Session {
            sid,
            generation,
            fence: generation,
            // What lies ahead was written before the clock was set back.
            started: self.progress.anchor(live.started_at.min(self.now)),
            activity: self.progress.anchor(activity.min(self.now)),
            activity_heard: activity,
            activity_written_at: None,
            activity_in_row: live.activity,
            record_lag: self.progress.lag(),
            unstored: None,
            record,
            refused: live.refused,
            presented_for: None,
            spent: None,
            prompting: false,
            copy_seen: false,
            refresh: Refresh::Scheduled,
            failures: 0,
            handover_owed: false,
            standing: Standing::Open,
        }
    }
}

/// A session as it would stand in the row.
pub(crate) fn row_of(
    session: &Session,
    version: u64,
    generation: u64,
    record: Option<Record>,
    at: Wall,
) -> Row {
    let content = Content::Live(Box::new(Live {
        record,
        sending: None,
        cooldown: None,
        refused: session.refused && generation == session.fence,
        started_at: session.started.at,
        activity: session.activity.at,
    }));
    Row { version, sid: session.sid.clone(), generation, at, content }
}
