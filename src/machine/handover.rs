//! Tokens that are kept out of the row pass from tab to tab.
//!
//! Where the tabs keep the tokens to themselves, the row says which generation is the latest and not what it is.
//! A tab that finds itself behind asks the others. What it is given counts only for the session and generation
//! that the row names; without an answer it goes on with what it has, and sends that once.

use super::effect::{By, Effect, Event};
use super::input::Grant;
use super::refresh::{Cause, Refresh};
use super::row::{Content, EndReason, Ended, Live, Record, Row, Sid};
use super::tabs::row_of;
use super::time::{Span, Steady, Wall};
use super::{AfterRestore, Commit, Duty, Machine, Phase, Secret, SignedOut, Standing, Status, Storage};

/// How long another tab may take to hand the tokens over.
const HANDOVER_WAIT: Span = Span::seconds(1);

/// In place of a token that no script sees. What sends requests knows it and puts nothing in its place.
const UNSEEN: &str = "cookie:";

/// A session whose tokens are in other tabs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Awaited {
    /// `None`: the row could not be read, and any session will do.
    named: Option<Named>,
    until: Steady,
    then: AfterRestore,
    /// How the session before ended.
    end: Option<(EndReason, By)>,
    /// Whose that was.
    from: Option<String>,
}

/// What the row says of a session whose tokens it does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Named {
    pub(crate) sid: Sid,
    /// Earlier tokens are dead or soon will be.
    pub(crate) generation: u64,
    pub(crate) started_at: Wall,
    pub(crate) activity: Wall,
}

impl Named {
    pub(crate) const fn of(sid: Sid, generation: u64, live: &Live) -> Self {
        Self { sid, generation, started_at: live.started_at, activity: live.activity }
    }
}

impl Awaited {
    pub(crate) const fn until(&self) -> Steady {
        self.until
    }

    pub(crate) const fn end(&self) -> Option<(EndReason, By)> {
        self.end
    }

    pub(crate) const fn then(&mut self, then: AfterRestore) {
        self.then = then;
    }
}

impl Machine {
    /// There is a session, and no tokens for it here.
    pub(crate) fn await_handover(&mut self, named: Option<Named>, then: AfterRestore, from: Option<String>) {
        if self.config.storage != Storage::Memory {
            return;
        }
        let (end, then, from) = match &self.phase {
            Phase::SignedOut(SignedOut { end, duty: Duty::EndWhatIsFound { since, everywhere }, .. }) => {
                (*end, AfterRestore::Logout { since: *since, everywhere: *everywhere }, from)
            }
            Phase::SignedOut(out) => (out.end, then, from),
            // It has been asked for.
            Phase::AwaitingHandover(awaited) if awaited.named == named => return,
            // The row has moved on since, and a logout has not come to its end yet.
            Phase::AwaitingHandover(awaited) => (awaited.end, awaited.then, awaited.from.clone()),
            _ => (None, then, from),
        };
        let until = self.steady() + HANDOVER_WAIT;
        self.phase = Phase::AwaitingHandover(Awaited { named, until, then, end, from });
        self.effects.push_back(Effect::AskHandover);
    }

    /// The tokens in hand have been renewed elsewhere.
    pub(crate) fn ask_for_tokens(&mut self, cause: Option<Cause>, granted: Option<Box<Record>>) {
        let until = self.steady() + HANDOVER_WAIT;
        let Phase::SignedIn(session) = &mut self.phase else { return };
        let (cause, granted) = match &mut session.refresh {
            Refresh::AwaitingHandover { cause: old, granted: held, .. } => {
                (cause.or(*old), granted.or(held.take()))
            }
            _ => (cause, granted),
        };
        session.refresh = Refresh::AwaitingHandover { until, cause, granted };
        self.effects.push_back(Effect::AskHandover);
    }

    /// The row has moved on, and does not say to what.
    pub(crate) fn fall_behind(&mut self) {
        match self.session().map(|session| &session.refresh) {
            // What was sent or granted is this tab's alone: another try before its outcome is known would present
            // the same token twice.
            Some(Refresh::AwaitingAnswer { .. }) => {
                self.release_lock();
                self.effects.push_back(Effect::AskHandover);
            }
            Some(Refresh::AwaitingCommit { .. }) => {}
            _ => {
                self.leave_turn();
                self.ask_for_tokens(None, None);
            }
        }
    }

    /// Every tab that has the latest tokens answers: one that waited for another to do so might wait for a tab
    /// that is frozen. In doubt nothing is given out.
    pub(crate) fn handover_asked(&mut self) {
        let (storage, granted) = (self.config.storage, !self.grants.is_empty());
        let Some(session) = self.open_session_mut().filter(|_| storage != Storage::Shared) else { return };
        session.handover_owed = session.standing != Standing::Open;
        if session.handover_owed || session.is_stale() {
            return;
        }
        // Later tokens may be in the row, and this tab not know of it: whoever read that has no use for these.
        session.handover_owed = granted || matches!(session.refresh, Refresh::AwaitingCommit { .. });
        let Some(session) = self.open_session() else { return };
        let tokens = Some(session.record.clone());
        let row = row_of(session, self.version, session.generation, tokens, self.now);
        self.effects.push_back(Effect::HandOver(Box::new(row)));
    }

    /// To whoever asked while nothing could be handed out, or not the latest.
    pub(crate) fn hand_over_what_is_owed(&mut self) {
        if self.session().is_some_and(|session| session.handover_owed) {
            self.handover_asked();
        }
    }

    pub(crate) fn handed_over(&mut self, row: Row) {
        match &self.phase {
            // The row itself has them; whoever says this is of another mind.
            _ if self.config.storage == Storage::Shared => {}
            Phase::AwaitingHandover(awaited) => {
                let is_it = |named: &Named| named.sid == row.sid && row.generation >= named.generation;
                if awaited.named.as_ref().is_none_or(is_it) {
                    let (then, from) = (awaited.then, awaited.from.clone());
                    self.take_handed_over(row, then, from);
                }
            }
            Phase::SignedIn(session) if session.sid == row.sid && row.generation > session.generation => {
                if row.live().is_none_or(|live| live.record.is_none()) {
                    return;
                }
                if self.config.storage == Storage::PerTab {
                    self.write_copy(row.clone());
                }
                if let Content::Live(live) = row.content {
                    self.observe_same(row.generation, *live, By::OtherTab);
                }
            }
            _ => {}
        }
    }

    fn take_handed_over(&mut self, row: Row, then: AfterRestore, from: Option<String>) {
        let Row { version, sid, generation, content, .. } = row;
        let Content::Live(mut live) = content else { return };
        let Some(record) = live.record.take() else { return };
        self.version = self.version.max(version);
        let to = record.subject.clone();
        let session = self.session_of(sid, generation, *live, record);
        if self.shown.status == Status::Loading {
            // No login: whoever asks for one meanwhile still gets it.
            self.phase = Phase::SignedIn(Box::new(session));
        } else {
            self.sign_in(session);
            if from.is_some() && from != to {
                self.notify(Event::UserChanged { from, to });
            }
            self.notify(Event::Login);
        }
        match then {
            AfterRestore::Logout { since, everywhere } => self.end_what_is_found(since, everywhere),
            AfterRestore::Keep => {}
        }
        // It may have been on its way while the session ended.
        if self.session().is_some() {
            let read = self.read_row();
            self.be_in_doubt(read);
        }
    }

    pub(crate) fn handover_late(&mut self) {
        match &self.phase {
            Phase::AwaitingHandover(_) => self.nobody_answered(),
            Phase::SignedIn(session) => {
                let Refresh::AwaitingHandover { cause, granted, .. } = session.refresh.clone() else {
                    return;
                };
                match (granted, session.spent_alone(), cause) {
                    (Some(record), ..) => self.renew_with(record),
                    (None, Some(failure), _) => self.refused(failure),
                    (None, None, Some(cause)) => self.take_turn(cause),
                    (None, None, None) => self.set_refresh(Refresh::Scheduled),
                }
            }
            _ => {}
        }
    }

    fn nobody_answered(&mut self) {
        if let Phase::AwaitingHandover(Awaited { named: Some(named), then, from, .. }) = &self.phase
            && self.config.cookies
        {
            let (row, then, from) = (self.row_without_tokens(named.clone()), *then, from.clone());
            return self.take_handed_over(row, then, from);
        }
        let phase = core::mem::replace(&mut self.phase, Phase::SignedOut(SignedOut::default()));
        let Phase::AwaitingHandover(Awaited { named, then, end, .. }) = phase else { return };
        // Should somebody renew the session after all, it is asked for again.
        let mut out = SignedOut { sid: None, end, duty: Duty::Nothing };
        match (then, named) {
            (AfterRestore::Logout { since, .. }, Some(Named { sid, started_at, .. }))
                if started_at <= since =>
            {
                let ended = Ended { reason: EndReason::Logout, at: since };
                let above = self.version;
                let end = Commit::End { sid: sid.clone(), generation: None, idle_since: None, ended, above };
                let duty = self.tombstone(end);
                self.leave(sid.clone());
                out = SignedOut { sid: Some(sid), end: Some((EndReason::Logout, By::ThisTab)), duty };
            }
            (AfterRestore::Logout { since, everywhere }, None) => {
                out.duty = Duty::EndWhatIsFound { since, everywhere };
                self.read_row();
            }
            _ => {}
        }
        self.phase = Phase::SignedOut(out);
    }

    /// A session whose next tokens are for the asking.
    fn row_without_tokens(&self, named: Named) -> Row {
        let Named { sid, generation, started_at, activity } = named;
        let grant = Grant {
            access_token: Secret::new(UNSEEN.to_owned()),
            refresh_token: Some(Secret::new(UNSEEN.to_owned())),
            lifetime: Some(Span(0)),
            subject: None,
            user: None,
        };
        let record = self.first_record(grant, true);
        let live = Live {
            record: Some(record),
            sending: None,
            cooldown: None,
            refused: false,
            started_at,
            activity,
        };
        let content = Content::Live(Box::new(live));
        Row { version: self.version, sid, generation, at: self.now, content }
    }
}
