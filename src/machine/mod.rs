//! The session as a deterministic state machine.
//!
//! One [`Machine`] is one tab's view of the session. It has no clock, no randomness, no browser and no async:
//! everything that happens is handed in, everything to be done is handed out.
//!
//! # Contract
//!
//! - [`Machine::handle`] takes an [`Input`] and what the clocks show. It looks at the deadlines first, so an
//!   input that comes after a deadline finds the session ended.
//! - [`Machine::poll_effect`] hands out what is to be done, in order. Drain it to `None` after every call that
//!   takes `&mut self`, and only then hand in the next input.
//! - [`Machine::poll_timeout`] says when, and why, to call [`Machine::handle_timeout`]. A timer is a hint to
//!   look at the clock: early, late and repeated calls do no harm.
//! - [`Machine::view`], [`Machine::token`] and the other getters take `&self`.
//!
//! Every effect whose outcome matters comes back as an input; an answer that never comes is bounded by a
//! timer. Any input may come at any time with any value: none panics. Same inputs, same effects.

mod commit;
mod config;
mod effect;
mod end;
mod failure;
mod grant;
mod handover;
mod idle;
mod input;
mod random;
mod refresh;
mod remember;
mod row;
mod schedule;
mod secret;
mod tabs;
mod time;
mod timer;
mod view;
mod waiter;

pub use commit::{Commit, Outcome};
pub use config::{Config, PromptEndsOn, Storage, WhenRejected};
pub use effect::{By, Dismissal, Effect, Event, Settlement, WaiterId};
pub use failure::{Failure, Verdict, judge};
pub use input::{CommitId, Copy, Grant, GrantKind, Input, ReadId, RefreshAnswer, StoreFailure};
pub use row::{Content, Cooldown, EndReason, Ended, Live, Record, Row, Sending, Sid, TabId};
pub use secret::Secret;
pub use time::{Now, Span, Wall};
pub use timer::Timer;
pub use view::{Status, View};

use grant::NewSession;
use handover::Awaited;
use random::Random;
use refresh::{Lock, Refresh};
use std::collections::VecDeque;
use time::{Anchor, Progress, Steady};
use waiter::Waiter;

/// One tab's view of the session. See the [module](self) for the contract, and the [crate](crate#the-loop) for a loop
/// around it.
///
/// ```
/// use session_warden::machine::{Config, Copy, Effect, Input, Machine, Now, Span, TabId, Wall};
///
/// let mut machine = Machine::new(Config::default(), TabId("tab-1".to_owned()), 7);
/// let now = Now { wall: Wall(1_700_000_000_000), monotonic: Span(0) };
///
/// machine.handle(now, Input::Started { copy: Copy::Missing, activity: None, mark: None, visible: true });
/// let Some(Effect::ReadRow { id }) = machine.poll_effect() else {
///     panic!("the row is the truth, so it is read first");
/// };
/// assert_eq!(machine.poll_effect(), None);
///
/// machine.handle(now, Input::RowRead { id, result: Ok(None) });
/// while machine.poll_effect().is_some() {}
/// assert_eq!(machine.poll_timeout(), None, "nobody is signed in, so nothing will happen by itself");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    config: Config,
    tab: TabId,
    random: Random,
    progress: Progress,
    now: Wall,
    phase: Phase,
    /// The highest version seen or written.
    version: u64,
    /// Moves with every login, logout and account switch: what was asked for in one epoch is not taken up in
    /// another.
    epoch: u64,
    lock: Lock,
    lock_requests: u32,
    visible: bool,
    online: bool,
    /// The page may be frozen or gone at any moment: no refresh is begun.
    suspended: bool,
    checked_at: Wall,
    /// No wait for an answer is given up before this.
    patience: Steady,
    /// The sessions that this tab has left, the last few of them: no row brings them back.
    left: VecDeque<Sid>,
    last_commit: CommitId,
    last_read: ReadId,
    grants: Vec<grant::Pending>,
    waiters: Vec<Waiter>,
    effects: VecDeque<Effect>,
    shown: View,
}

/// What the machine knows of the session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// [`Input::Started`] has not come.
    AwaitingStart,
    /// The page has loaded; the row has not been read.
    AwaitingRow { copy: Copy, activity: Option<Wall>, mark: Option<Sid>, until: Steady, then: AfterRestore },
    /// There is a session, and the tokens are in other tabs.
    AwaitingHandover(Awaited),
    /// Nobody is signed in.
    SignedOut(SignedOut),
    /// Somebody is.
    SignedIn(Box<Session>),
}

/// What becomes of the session that is found at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AfterRestore {
    Keep,
    /// The user did not wait for it to sign out.
    Logout {
        since: Wall,
        everywhere: bool,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct SignedOut {
    /// The session that ended here.
    sid: Option<Sid>,
    end: Option<(EndReason, By)>,
    duty: Duty,
}

/// What a signed-out tab still has to see to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Duty {
    #[default]
    Nothing,
    /// The user signed out before the row came in: a session from before that is over, whenever it is found.
    EndWhatIsFound { since: Wall, everywhere: bool },
    /// The tombstone is being written, or could not be: until it is, another tab or the next start would find
    /// the session alive.
    Tombstone { end: Box<Commit>, commit: CommitId, again_at: Steady },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Session {
    sid: Sid,
    /// Of the tokens in hand.
    generation: u64,
    /// Of the row: ahead of the tokens in hand where another tab has renewed them and keeps them to itself.
    fence: u64,
    record: Record,
    /// How far the wall clock had been set back when the record came: its instants are from then.
    record_lag: Span,
    /// The row could not be written and is behind this session.
    unstored: Option<Unstored>,
    /// The auth server refused to renew this generation.
    refused: bool,
    /// For which generation of the row the tokens in hand were last presented: its answer is about them.
    presented_for: Option<u64>,
    /// They were refused, and are not presented for a later one: only another tab's tokens can help.
    spent: Option<Failure>,
    started: Anchor,
    activity: Anchor,
    /// The latest stamp heard of, as it was written: one from before the clock was set back counts once.
    activity_heard: Wall,
    activity_written_at: Option<Wall>,
    /// The row's stamp.
    activity_in_row: Wall,
    prompting: bool,
    /// The copy has been there, so that its absence means that somebody cleared the storage.
    copy_seen: bool,
    refresh: Refresh,
    /// How many refreshes in a row have failed.
    failures: u32,
    /// Another tab asked for the tokens while nothing could be handed out, or while later ones were being written.
    handover_owed: bool,
    standing: Standing,
}

/// What could not be written bears a number that is a guess: another session may come to bear it as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Unstored {
    /// The other session is the older one.
    Login,
    /// The other one is the newer, if it comes after this version.
    Renewal { of: u64 },
}

/// Whether tokens may be handed out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    /// They may.
    Open,
    /// The page was away: not before the row has been read.
    InDoubt(Doubt),
    /// The idle deadline has come: not before it is known that no other tab saw activity. Should there be some,
    /// a doubt is still one.
    AwaitingActivity { until: Steady, doubt: Option<Doubt> },
    /// The browser may have been closed since, and the session was not to outlive that: not before a living
    /// tab of it is known.
    AwaitingSiblings { until: Steady },
    /// The session's end is being written; nothing is handed out any more. `generation`: if it is held against
    /// one token only.
    Ending { reason: EndReason, generation: Option<u64>, commit: CommitId, until: Steady },
}

/// The page was away, and the row may have moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Doubt {
    /// The read that settles it; one that was begun before the page went away may be from then.
    read: ReadId,
    until: Steady,
}

impl Machine {
    /// A machine for one tab. `tab` must be unique among living tabs; `seed` spreads retries.
    #[must_use]
    pub fn new(config: Config, tab: TabId, seed: u64) -> Self {
        Self {
            config,
            tab,
            random: Random::seeded(seed),
            progress: Progress::default(),
            now: Wall(0),
            phase: Phase::AwaitingStart,
            version: 0,
            epoch: 0,
            lock: Lock::Free,
            lock_requests: 0,
            visible: true,
            online: true,
            suspended: false,
            checked_at: Wall(0),
            patience: Steady::default(),
            left: VecDeque::new(),
            last_commit: CommitId(0),
            last_read: ReadId(0),
            grants: Vec::new(),
            waiters: Vec::new(),
            effects: VecDeque::new(),
            shown: View::default(),
        }
    }

    /// Takes an input. Drain [`poll_effect`](Self::poll_effect) afterwards.
    pub fn handle(&mut self, now: Now, input: Input) {
        let asked = self.lock_requests;
        self.look(now);
        // A word on the lock is about the request that stood when it came: a deadline may have withdrawn that
        // one and asked anew.
        let is_stale =
            asked != self.lock_requests && matches!(input, Input::LockGranted | Input::LockRefused);
        if !is_stale {
            self.dispatch(input);
        }
        // What came in may be past its deadline already: a session restored in the morning, say.
        self.serve_deadlines();
        self.settle_waiters();
        self.show_changes();
    }

    /// Looks at the clock. Drain [`poll_effect`](Self::poll_effect) afterwards.
    pub fn handle_timeout(&mut self, now: Now) {
        self.look(now);
        self.settle_waiters();
        self.show_changes();
    }

    /// The next thing to be done.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The access token as it is, with its session and generation: not looked at for freshness. `None` as
    /// well while a page that was away has not read the row.
    #[must_use]
    pub fn token(&self) -> Option<(&Secret, &Sid, u64)> {
        let session = self.open_session().filter(|session| session.standing == Standing::Open)?;
        Some((&session.record.access_token, &session.sid, session.generation))
    }

    /// The session that is meant where each has a row of its own ([`Storage::PerTab`]): its name is part of the
    /// row's, the lock's and the channel's.
    #[must_use]
    pub fn scope(&self) -> Option<&Sid> {
        match &self.phase {
            Phase::AwaitingRow { copy: Copy::Found(row), .. } => Some(&row.sid),
            // Only tabs that share a row wait for tokens at the start.
            Phase::AwaitingStart | Phase::AwaitingRow { .. } | Phase::AwaitingHandover(_) => None,
            Phase::SignedOut(out) => out.sid.as_ref(),
            Phase::SignedIn(session) => Some(&session.sid),
        }
    }

    /// Whose session it is, as far as the server said.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.open_session()?.record.subject.as_deref()
    }

    /// The application's user object, as JSON text.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.open_session()?.record.user.as_deref()
    }

    /// Pass this back in [`Input::Granted`], as it was when the tokens were asked for.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    fn dispatch(&mut self, input: Input) {
        match input {
            Input::Started { copy, activity, visible, mark } => self.started(copy, activity, visible, mark),
            Input::RowRead { id, result } => self.row_read(id, result),
            Input::Committed { id, result } => self.committed(id, result),
            Input::CopyRead { copy, activity } => self.copy_read(&copy, activity),
            Input::Announced { version } => self.announced(version),
            Input::ActivitySeen(stamp) => self.activity_seen(stamp),
            Input::SiblingsSeen(alive) => self.siblings_seen(alive),
            Input::HandoverAsked => self.handover_asked(),
            Input::HandedOver(row) => self.handed_over(*row),
            Input::LockGranted => self.lock_granted(),
            Input::LockRefused => self.lock_refused(),
            Input::RefreshAnswered { sid, generation, answer } => {
                self.refresh_answered(&sid, generation, answer);
            }
            Input::Activity => self.activity(Dismissal::Activity),
            Input::Stay => self.activity(Dismissal::Stay),
            Input::Visible => self.came_into_view(),
            Input::Hidden => self.visible = false,
            Input::Resumed => self.resumed(),
            Input::Suspending => self.suspending(),
            Input::Online => self.came_online(),
            Input::Offline => self.online = false,
            Input::Granted { waiter, sid, epoch, kind, remember, grant } => {
                let new = NewSession { sid, remember };
                self.granted(waiter, epoch, kind, new, *grant);
            }
            Input::TokenWanted(waiter) => self.token_wanted(waiter),
            Input::RefreshWanted(waiter) => self.refresh_wanted(waiter),
            Input::Unauthorized { waiter, sid, generation } => self.unauthorized(waiter, sid, generation),
            Input::Rotated { waiter, sid, generation, grant } => {
                self.rotated(waiter, &sid, generation, *grant);
            }
            Input::VerifyRefused { sid, generation } => self.verify_refused(&sid, generation),
            Input::WaiterGone(waiter) => self.waiters.retain(|waiting| waiting.id != waiter),
            Input::LogoutWanted { everywhere } => self.logout(everywhere),
        }
    }

    fn look(&mut self, now: Now) {
        self.progress.look(now);
        self.now = now.wall;
        // A clock set back must not put off the next check.
        self.checked_at = self.checked_at.min(self.now);
        self.put_activity_back();
        self.be_patient();
        self.serve_deadlines();
    }

    fn serve_deadlines(&mut self) {
        for timer in Timer::ALL {
            if self.deadline(timer).is_some_and(|deadline| deadline <= self.now) {
                self.fire(timer);
            }
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::MaxAge => self.end_by_deadline(EndReason::MaxAge),
            Timer::Idle => self.idle(),
            Timer::Expiry => self.expired(),
            Timer::GrantWait => self.grants_late(),
            Timer::RowWait => self.restore(Err(StoreFailure)),
            Timer::HandoverWait => self.handover_late(),
            Timer::SiblingWait => self.siblings_seen(false),
            Timer::EndWait => self.end_unconfirmed(),
            Timer::Doubt => {
                self.doubt_over();
                self.activity_known();
            }
            Timer::Tombstone => self.write_tombstone(),
            Timer::LockWait => self.lock_late(),
            Timer::StoreWait => self.store_late(),
            Timer::AnswerWait => self.answer_late(),
            Timer::HolderWait => self.claim(),
            Timer::Cooldown => self.pause_over(),
            Timer::RefreshDue => self.begin_refresh(false),
            Timer::Prompt => self.prompt(),
            Timer::Waiter => self.waiters_timed_out(),
            Timer::Check => drop(self.check()),
        }
    }

    /// The page hears of a change once, after everything that belongs to it.
    fn show_changes(&mut self) {
        let view = self.view();
        if view != self.shown {
            if self.shown.status == Status::Loading && view.status != Status::Loading {
                self.notify(Event::Ready);
            }
            self.shown = view;
            self.notify(Event::Changed);
        }
    }

    fn steady(&self) -> Steady {
        self.progress.steady(self.now)
    }

    fn notify(&mut self, event: Event) {
        self.effects.push_back(Effect::Notify(event));
    }

    fn read_row(&mut self) -> ReadId {
        self.last_read = ReadId(self.last_read.0.wrapping_add(1));
        self.effects.push_back(Effect::ReadRow { id: self.last_read });
        self.last_read
    }

    fn commit(&mut self, commit: Commit) -> CommitId {
        self.last_commit = CommitId(self.last_commit.0.wrapping_add(1));
        self.effects.push_back(Effect::Commit { id: self.last_commit, commit: Box::new(commit) });
        self.last_commit
    }

    fn session(&self) -> Option<&Session> {
        match &self.phase {
            Phase::SignedIn(session) => Some(session),
            _ => None,
        }
    }

    /// The session, unless it is at its end.
    fn open_session(&self) -> Option<&Session> {
        match &self.phase {
            Phase::SignedIn(session) if !session.is_ending() => Some(session),
            _ => None,
        }
    }

    fn open_session_mut(&mut self) -> Option<&mut Session> {
        match &mut self.phase {
            Phase::SignedIn(session) if !session.is_ending() => Some(session),
            _ => None,
        }
    }

    fn check_every(&self) -> Span {
        let every = self.config.check_every.max(Span::seconds(1));
        if self.visible { every.min(Span::seconds(30)) } else { every }
    }

    /// A look at everything that the tabs share. The copy alone would not do: whoever renews the tokens may write
    /// over the tombstone in it, and the tab that wrote that may have died before it could tell of the row.
    fn check(&mut self) -> ReadId {
        self.checked_at = self.now;
        self.effects.push_back(Effect::ReadCopy);
        if self.open_session().is_some_and(|session| session.unstored.is_some()) {
            self.rebuild();
        }
        self.read_row()
    }
}

impl Session {
    /// Another tab has later tokens and has not handed them over.
    const fn is_stale(&self) -> bool {
        self.fence > self.generation
    }

    /// Tokens that were granted for an earlier generation of the row, in case nobody has those of the latest.
    const fn holds_granted(&self) -> bool {
        matches!(self.refresh, Refresh::AwaitingHandover { granted: Some(_), .. })
    }

    /// Why the tokens in hand, which another tab has renewed, cannot be renewed once more.
    fn spent_alone(&self) -> Option<Failure> {
        self.spent.filter(|_| self.is_stale())
    }

    const fn doubt(&self) -> Option<Doubt> {
        match self.standing {
            Standing::InDoubt(doubt) => Some(doubt),
            Standing::AwaitingActivity { doubt, .. } => doubt,
            Standing::Open | Standing::AwaitingSiblings { .. } | Standing::Ending { .. } => None,
        }
    }

    const fn is_ending(&self) -> bool {
        self.standing.is_closed()
    }
}

impl Standing {
    /// At its end, or perhaps so: nothing is begun.
    const fn is_closed(&self) -> bool {
        match self {
            Self::Open | Self::InDoubt(_) => false,
            Self::AwaitingActivity { .. } | Self::AwaitingSiblings { .. } | Self::Ending { .. } => true,
        }
    }
}
