//! A small nondeterministic world around the shipped machine.
//!
//! A [`World`] is a value: what may happen next is a list of [`Move`]s, and each of them makes another world.
//! Nothing happens by chance or by itself.
//!
//! # What keeps it small, and why nothing is missed by it
//!
//! - Time passes only to the next deadline of a tab that is awake: between two deadlines no machine can tell
//!   the difference. While a timer is due, time stands still; a timer that is late is a sleep, which is a move.
//! - While something is under way (a transaction, a message, a request), time passes only against the scope's
//!   budget for delays. That bounds the scope: within it, every order at one instant is taken.
//! - Messages between tabs are a set: they may overtake one another, so their order says nothing. One that
//!   changes nothing in the tab and asks for nothing is dropped: versions and stamps only grow, so it would
//!   change nothing later either.
//! - localStorage is read in the same task that asks for it, as in the shell. A lagging read sees what was
//!   there before the last write of another tab.
//! - A request is forgotten when it forbids no other: its outcome is not known to anybody, or it failed.
//! - An ordinary request is looked at by the server when it is sent: it is answered with new tokens only while the
//!   token that it carries is the latest, and until then nothing tells a later arrival from a later request.

mod act;
mod server;
mod shared;
mod tab;

pub(crate) use act::{Step, instant, is_token};
pub(crate) use server::{Attempt, Reply, Rotation, Server, Stage};
pub(crate) use shared::{LocalStorage, Lock, Message};
pub(crate) use tab::{Answer, Ask, Life, Login, Tab, Unread, Wants};

use crate::facts::Ghosts;
use crate::fingerprint;
use crate::mutations::Mutation;
use session_warden::machine::{Config, Now, Row, Secret, Sid, Span, Status, Storage, Wall};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What the wall clocks show when a world begins.
pub(crate) const EPOCH: u64 = 1_700_000_000_000;

/// What does not change in a world.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) config: Config,
    /// How long an access token lives.
    pub(crate) lifetime: Span,
    /// How long the predecessor of a refresh token still yields its successor, in milliseconds.
    pub(crate) grace: Option<u64>,
    /// Whether a login is to outlive the browser's.
    pub(crate) remember: bool,
    /// Changes are told by the channel.
    pub(crate) channel: bool,
    /// Changes are told by storage events.
    pub(crate) storage_events: bool,
    /// No time passes beyond this, in milliseconds of the world.
    pub(crate) horizon: u64,
    /// The lengths of sleep to choose from, in milliseconds.
    pub(crate) sleeps: &'static [u64],
    pub(crate) mutation: Option<Mutation>,
}

/// What may still happen in a world, each so many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Budget {
    Login,
    Logout,
    Activity,
    WantToken,
    WantRefresh,
    Open,
    Crash,
    Freeze,
    Sleep,
    /// A message between tabs is lost.
    Loss,
    /// The browser takes the lock away from its holder.
    LockLoss,
    /// The browser refuses the lock.
    LockRefusal,
    /// localStorage shows what it was.
    Lag,
    /// The server has rotated and nobody hears of it.
    LostAnswer,
    /// The server refuses a good token.
    Refusal,
    /// The request does not reach the server.
    Outage,
    /// A store call fails, done or undone.
    StoreFailure,
    /// Time passes while a request is under way.
    SlowServer,
    /// Time passes while anything else is under way.
    Delay,
    /// Every window is closed.
    Close,
    /// The mark of the running browser is cleared by hand.
    Unmark,
    /// The server rotates beside its answer to a request.
    Rotation,
    /// The same, of the access token alone.
    NewAccess,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Budgets([u8; 23]);

impl Budgets {
    pub(crate) fn of(allowed: &[(Budget, u8)]) -> Self {
        let mut budgets = Self::default();
        for (budget, times) in allowed {
            budgets.0[*budget as usize] = *times;
        }
        budgets
    }

    pub(crate) const fn has(&self, budget: Budget) -> bool {
        self.0[budget as usize] > 0
    }

    fn spend(&mut self, budget: Budget) {
        self.0[budget as usize] -= 1;
    }
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    /// Milliseconds since the world began.
    pub(crate) now: u64,
    /// How much of that the computer slept.
    slept: u64,
    pub(crate) tabs: Vec<Arc<Tab>>,
    /// The tabs' fingerprints: a move changes few of them.
    prints: Vec<u128>,
    /// On its way to each tab.
    pub(crate) mail: Vec<Vec<Message>>,
    pub(crate) row: Option<Arc<Row>>,
    pub(crate) storage: LocalStorage,
    /// The session that the running browser is marked with.
    pub(crate) mark: Option<Sid>,
    pub(crate) lock: Lock,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) rotations: Vec<Rotation>,
    pub(crate) server: Server,
    /// Family and generation of the refresh token that the browser has, where it is in a cookie.
    pub(crate) cookie: Option<(usize, u64)>,
    pub(crate) budgets: Budgets,
    pub(crate) ghosts: Ghosts,
}

/// Something that may happen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) what: What,
    /// What the tab reads of localStorage meanwhile is old.
    pub(crate) lagging: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    TimerFires(usize),
    StoreApplies(usize),
    StoreFails {
        tab: usize,
        applied: bool,
    },
    StoreAnswers(usize),
    Hears {
        tab: usize,
        message: Message,
    },
    Loses {
        tab: usize,
        message: Message,
    },
    LockGranted(usize),
    LockRefused(usize),
    LockLost,
    TheftTold(usize),
    ServerReceives {
        attempt: usize,
        fault: Option<Fault>,
    },
    ServerAnswers(usize),
    RequestTimesOut(usize),
    LoginAnswered(usize),
    LogsIn(usize),
    LogsOut(usize),
    IsActive(usize),
    WantsToken(usize),
    WantsRefresh(usize),
    /// A request carries the tab's present token, and the server rotates; whether the refresh token as well.
    Rotates {
        tab: usize,
        wholly: bool,
    },
    RotationArrives(usize),
    Opens,
    /// The browser's "duplicate tab", or a reload: the new tab has the copy of this one.
    Duplicates(usize),
    SiblingsSeen(usize),
    BrowserCloses,
    MarkIsCleared,
    /// Whether what it has asked for and sent survives it.
    Crashes {
        tab: usize,
        survives: bool,
    },
    /// Whether the page is told before.
    Freezes {
        tab: usize,
        told: bool,
    },
    /// Whether the page is told of it before anything else.
    Resumes {
        tab: usize,
        told: bool,
    },
    TimePasses,
    Sleeps(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It rotates, and the answer is lost.
    Lost,
    /// It refuses for good.
    Refused,
    /// Nothing gets there.
    Unreachable,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            now,
            slept,
            tabs: _,
            prints,
            mail,
            row,
            storage,
            mark,
            lock,
            attempts,
            rotations,
            server,
            cookie,
            budgets,
            ghosts,
        } = self;
        (now, slept, prints, mail, row, storage, mark).hash(state);
        (lock, attempts, rotations, server, cookie, budgets, ghosts).hash(state);
    }
}

impl World {
    pub(crate) fn new(budgets: Budgets) -> Self {
        Self {
            now: 0,
            slept: 0,
            tabs: Vec::new(),
            prints: Vec::new(),
            mail: Vec::new(),
            row: None,
            storage: LocalStorage::default(),
            mark: None,
            lock: Lock::default(),
            attempts: Vec::new(),
            rotations: Vec::new(),
            server: Server::default(),
            cookie: None,
            budgets,
            ghosts: Ghosts::default(),
        }
    }

    pub(crate) fn fingerprint(&self) -> u128 {
        fingerprint::of(self)
    }

    pub(crate) fn clocks(&self) -> Now {
        Now { wall: Wall(EPOCH + self.now), monotonic: Span(self.now - self.slept) }
    }

    pub(crate) fn awake(&self) -> impl Iterator<Item = (usize, &Tab)> {
        self.tabs.iter().map(|tab| &**tab).enumerate().filter(|(_, tab)| tab.is_awake())
    }

    pub(crate) fn timer_of(&self, tab: &Tab) -> Option<u64> {
        tab.machine.poll_timeout().map(|(at, _)| at.0.saturating_sub(EPOCH))
    }

    /// Family and generation of a token, or of the one in its place that the browser sends.
    pub(crate) fn presented(&self, token: &Secret) -> (usize, u64) {
        match self.cookie.filter(|_| token.expose() == server::UNSEEN) {
            Some(cookie) => cookie,
            None => server::parse(token),
        }
    }

    fn times_out_at(&self, attempt: &Attempt, rules: &Rules) -> Option<u64> {
        let waits = !attempt.unheard && attempt.stage != Stage::Known && self.tabs[attempt.tab].is_awake();
        waits.then_some(attempt.sent_at + rules.config.refresh_timeout.0)
    }

    /// Everything that may happen now.
    pub(crate) fn moves(&self, rules: &Rules) -> Vec<Move> {
        let mut moves = Vec::new();
        self.by_itself(rules, &mut moves);
        let can_lag = self.budgets.has(Budget::Lag);
        self.by_users(rules, &mut moves);
        self.by_fate(rules, &mut moves);
        if can_lag {
            self.lagging_twins(&mut moves);
        }
        moves
    }

    /// What happens without anybody's doing and without time, in the order in which a fair world takes it.
    pub(crate) fn by_itself(&self, rules: &Rules, moves: &mut Vec<Move>) {
        let mut may = |what| moves.push(Move { what, lagging: false });
        for (index, tab) in self.tabs.iter().enumerate() {
            if !tab.asked.is_empty() {
                may(What::StoreApplies(index));
            }
            if !tab.is_awake() {
                continue;
            }
            if !tab.answers.is_empty() {
                may(What::StoreAnswers(index));
            }
            if self.lock.holder == Some(index) && !self.lock.told {
                may(What::LockGranted(index));
            }
            if self.lock.robbed == Some(index) {
                may(What::TheftTold(index));
            }
            if !tab.logins.is_empty() {
                may(What::LoginAnswered(index));
            }
            if tab.looks_for_siblings.is_some() {
                may(What::SiblingsSeen(index));
            }
            for message in &self.mail[index] {
                may(What::Hears { tab: index, message: message.clone() });
            }
        }
        for (index, attempt) in self.attempts.iter().enumerate() {
            match attempt.stage {
                Stage::Travelling => may(What::ServerReceives { attempt: index, fault: None }),
                Stage::Returning(_) if self.tabs[attempt.tab].is_awake() => may(What::ServerAnswers(index)),
                _ => {}
            }
            if self.times_out_at(attempt, rules).is_some_and(|at| at <= self.now) {
                may(What::RequestTimesOut(index));
            }
        }
        for (index, rotation) in self.rotations.iter().enumerate() {
            if self.tabs[rotation.tab].is_awake() {
                may(What::RotationArrives(index));
            }
        }
        for (index, tab) in self.awake() {
            if self.timer_of(tab).is_some_and(|at| at <= self.now) {
                may(What::TimerFires(index));
            }
        }
    }

    fn by_users(&self, rules: &Rules, moves: &mut Vec<Move>) {
        let mut may = |budget, what| {
            if self.budgets.has(budget) {
                moves.push(Move { what, lagging: false });
            }
        };
        for (index, tab) in self.awake() {
            let status = tab.machine.view().status;
            may(Budget::Login, What::LogsIn(index));
            if status != Status::Unauthenticated {
                may(Budget::Logout, What::LogsOut(index));
            }
            if status == Status::Authenticated {
                may(Budget::Activity, What::IsActive(index));
                may(Budget::WantRefresh, What::WantsRefresh(index));
            }
            may(Budget::WantToken, What::WantsToken(index));
            if tab.machine.token().is_some_and(|(token, ..)| self.server.rotates(token)) {
                may(Budget::Rotation, What::Rotates { tab: index, wholly: true });
                may(Budget::NewAccess, What::Rotates { tab: index, wholly: false });
            }
        }
        if rules.config.storage == Storage::PerTab {
            for index in (0..self.tabs.len()).filter(|index| self.tabs[*index].own_copy.is_some()) {
                may(Budget::Open, What::Duplicates(index));
            }
        } else {
            may(Budget::Open, What::Opens);
        }
    }

    fn by_fate(&self, rules: &Rules, moves: &mut Vec<Move>) {
        let mut may = |what| moves.push(Move { what, lagging: false });
        let has = |budget| self.budgets.has(budget);
        for (index, tab) in self.tabs.iter().enumerate() {
            if tab.life == Life::Dead {
                continue;
            }
            if !tab.asked.is_empty() && has(Budget::StoreFailure) {
                may(What::StoreFails { tab: index, applied: false });
                may(What::StoreFails { tab: index, applied: true });
            }
            if has(Budget::Crash) {
                may(What::Crashes { tab: index, survives: false });
                if !tab.asked.is_empty()
                    || self.attempts.iter().any(|a| a.tab == index && a.stage == Stage::Travelling)
                {
                    may(What::Crashes { tab: index, survives: true });
                }
            }
            if let Life::Frozen { told } = tab.life {
                may(What::Resumes { tab: index, told: true });
                if !told {
                    may(What::Resumes { tab: index, told: false });
                }
                continue;
            }
            if has(Budget::Freeze) {
                may(What::Freezes { tab: index, told: false });
                may(What::Freezes { tab: index, told: true });
            }
            let wants_lock =
                self.lock.queue.contains(&index) || self.lock.holder == Some(index) && !self.lock.told;
            if wants_lock && has(Budget::LockRefusal) {
                may(What::LockRefused(index));
            }
            if has(Budget::Loss) {
                for message in &self.mail[index] {
                    may(What::Loses { tab: index, message: message.clone() });
                }
            }
        }
        if has(Budget::LockLoss) && self.lock.told {
            may(What::LockLost);
        }
        if has(Budget::Close) {
            may(What::BrowserCloses);
        }
        if has(Budget::Unmark) && self.mark.is_some() {
            may(What::MarkIsCleared);
        }
        for (index, attempt) in self.attempts.iter().enumerate() {
            if attempt.stage == Stage::Travelling {
                for (budget, fault) in [
                    (Budget::LostAnswer, Fault::Lost),
                    (Budget::Refusal, Fault::Refused),
                    (Budget::Outage, Fault::Unreachable),
                ] {
                    if has(budget) {
                        may(What::ServerReceives { attempt: index, fault: Some(fault) });
                    }
                }
            }
        }
        if self.next_deadline(rules).is_some_and(|at| at > self.now && at <= rules.horizon)
            && self.delays().iter().all(|budget| has(*budget))
        {
            may(What::TimePasses);
        }
        if has(Budget::Sleep) {
            for span in rules.sleeps {
                may(What::Sleeps(*span));
            }
        }
    }

    fn lagging_twins(&self, moves: &mut Vec<Move>) {
        let lags = |tab: usize| self.storage.copy.can_lag(tab) || self.storage.activity.can_lag(tab);
        let twins: Vec<_> = moves
            .iter()
            .filter(|plain| match plain.what {
                What::TimerFires(tab)
                | What::StoreAnswers(tab)
                | What::Resumes { tab, .. }
                | What::Hears { tab, .. } => lags(tab),
                What::Opens => lags(self.tabs.len()),
                _ => false,
            })
            .map(|plain| Move { what: plain.what.clone(), lagging: true })
            .collect();
        moves.extend(twins);
    }

    pub(crate) fn next_deadline(&self, rules: &Rules) -> Option<u64> {
        let timers = self.awake().filter_map(|(_, tab)| self.timer_of(tab));
        timers.chain(self.attempts.iter().filter_map(|attempt| self.times_out_at(attempt, rules))).min()
    }

    /// What has to be spent for time to pass now.
    pub(crate) fn delays(&self) -> Vec<Budget> {
        let mut delays = Vec::new();
        let on_its_way = |attempt: &Attempt| match attempt.stage {
            Stage::Travelling => true,
            Stage::Returning(_) => self.tabs[attempt.tab].is_awake(),
            Stage::Lost | Stage::Known => false,
        };
        let comes = |rotation: &Rotation| self.tabs[rotation.tab].is_awake();
        if self.attempts.iter().any(on_its_way) || self.rotations.iter().any(comes) {
            delays.push(Budget::SlowServer);
        }
        let untold =
            |index| self.lock.holder == Some(index) && !self.lock.told || self.lock.robbed == Some(index);
        let under_way = self.tabs.iter().enumerate().any(|(index, tab)| {
            let hears = !tab.answers.is_empty()
                || !self.mail[index].is_empty()
                || !tab.logins.is_empty()
                || tab.looks_for_siblings.is_some();
            !tab.asked.is_empty() || tab.is_awake() && (hears || untold(index))
        });
        if under_way {
            delays.push(Budget::Delay);
        }
        delays
    }

    /// Nothing can happen by itself but that time passes.
    pub(crate) fn is_quiet(&self, rules: &Rules) -> bool {
        let mut moves = Vec::new();
        self.by_itself(rules, &mut moves);
        moves.is_empty()
    }
}
