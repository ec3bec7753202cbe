//! A world of tabs: virtual clocks, one shared store, a copy that lags, a bus that loses, a lock manager and
//! an auth server. Everything is decided by one seed, and after every step the facts that must always hold
//! are looked at.

mod facts;
mod server;
mod shared;
mod tab;

pub(crate) use server::{Reply, Server, parse};
pub(crate) use shared::{LockMode, StoreMode};
pub(crate) use tab::Tab;
use tab::Wants;

use session_warden::machine::{
    Commit, CommitId, Config, Copy, Effect, Event, Failure, Grant, GrantKind, Input, Outcome, ReadId,
    RefreshAnswer, Row, Settlement, Sid, Span, Status, Storage, TabId, WaiterId, Wall,
};
use shared::{Bus, Lagging, Locks, Store};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

/// What the wall clocks show when a world begins.
pub(crate) const EPOCH: u64 = 1_700_000_000_000;

/// More steps than this within a minute of the world's time are a loop, whether time stands still in it or creeps.
const LIVELOCK: u32 = 10_000;

/// Something that is going to happen.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// `read_at`: when the row that this speaks of was read.
    Deliver {
        tab: usize,
        input: Input,
        read_at: Option<u64>,
    },
    StoreApplies {
        tab: usize,
        call: StoreCall,
    },
    LockAsked {
        tab: usize,
        request: u64,
    },
    LockAnswered {
        tab: usize,
        request: u64,
        granted: bool,
    },
    ServerReceives {
        attempt: usize,
        token: String,
    },
    AttemptAnswered {
        attempt: usize,
        answer: RefreshAnswer,
    },
    AttemptTimesOut {
        attempt: usize,
    },
    RequestReceived {
        request: Request,
        wholly: bool,
        answered_after: Span,
    },
    Rotated {
        request: Request,
        grant: Box<Grant>,
    },
    LoginAnswered {
        tab: usize,
        user: String,
        sid: Sid,
        epoch: u64,
        kind: GrantKind,
    },
}

/// What a tab asks of the store.
#[derive(Clone, Debug)]
pub(crate) enum StoreCall {
    Read(ReadId),
    Commit(CommitId, Box<Commit>),
}

/// An ordinary request, with the access token that its tab had.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    tab: usize,
    access_token: String,
    sid: Sid,
    generation: u64,
}

/// One refresh request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) tab: usize,
    pub(crate) sid: Sid,
    pub(crate) generation: u64,
    pub(crate) token: String,
    /// The server has left this token as it was.
    pub(crate) is_kept: bool,
    pub(crate) sent_at: u64,
    /// What its tab heard of it.
    pub(crate) heard: Option<Heard>,
    pub(crate) heard_at: u64,
    /// Its tab has given it up: it hears nothing any more.
    pub(crate) aborted: bool,
    /// The connection did not outlive the computer's sleep.
    lost: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Granted,
    Refused,
    Failed,
}

pub(crate) struct World {
    /// Milliseconds since the world began.
    pub(crate) time: u64,
    /// How much of that the computer slept.
    slept: u64,
    /// How far the computer's clock was set.
    clock_offset: i64,
    random: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    sequence: u64,
    pub(crate) config: Config,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) store: Store,
    pub(crate) copy: Lagging<Row>,
    pub(crate) activity: Lagging<Wall>,
    pub(crate) bus: Bus,
    pub(crate) locks: Locks,
    pub(crate) server: Server,
    pub(crate) attempts: Vec<Attempt>,
    /// Whether logins ask to be remembered.
    pub(crate) remember: bool,
    /// The session that the running browser is marked with.
    pub(crate) mark: Option<Sid>,
    /// Nobody can say which tabs there are.
    pub(crate) siblings_are_unknown: bool,
    /// An aborted request tells the tab nothing; without this its answer still comes in.
    pub(crate) aborts_work: bool,
    pub(crate) row_was_cleared: bool,
    /// A history does not wait for longer at a time.
    pub(crate) longest_wait: u64,
    sids: u64,
    /// A minute of the world's time, and how many steps there were in it.
    steps: (u64, u32),
    facts: facts::Facts,
    history: VecDeque<String>,
    /// Whether a failure is to be told with what led up to it: writing it all down takes most of the time.
    pub(crate) records: bool,
}

impl World {
    pub(crate) fn new(seed: u64, config: Config) -> Self {
        Self {
            time: 0,
            slept: 0,
            clock_offset: 0,
            random: seed,
            queue: BTreeMap::new(),
            sequence: 0,
            config,
            tabs: Vec::new(),
            store: Store::default(),
            copy: Lagging::default(),
            activity: Lagging::default(),
            bus: Bus::default(),
            locks: Locks::default(),
            server: Server::default(),
            attempts: Vec::new(),
            remember: true,
            mark: None,
            siblings_are_unknown: false,
            aborts_work: true,
            row_was_cleared: false,
            longest_wait: u64::MAX,
            sids: 0,
            steps: (0, 0),
            facts: facts::Facts::default(),
            history: VecDeque::new(),
            records: true,
        }
    }

    /// A world with `tabs` open tabs, nobody signed in.
    pub(crate) fn with_tabs(tabs: usize) -> Self {
        Self::with_tabs_and(tabs, Config::default())
    }

    pub(crate) fn with_tabs_and(tabs: usize, config: Config) -> Self {
        let mut world = Self::new(7, config);
        for _ in 0..tabs {
            world.open_tab();
        }
        world.run(Span::seconds(1));
        world
    }

    /// A world in which tab 0 has logged "ann" in and every tab knows it.
    pub(crate) fn signed_in(tabs: usize) -> Self {
        Self::signed_in_with(tabs, Config::default())
    }

    pub(crate) fn signed_in_with(tabs: usize, config: Config) -> Self {
        let mut world = Self::with_tabs_and(tabs, config);
        world.log_in(0, "ann");
        world
    }

    // --- what users and pages do -------------------------------------------------------------------------

    /// Opens a tab and starts its machine with what its storage shows.
    pub(crate) fn open_tab(&mut self) -> usize {
        self.open_tab_with(None)
    }

    /// The browser's "duplicate tab", which clones what the tab keeps for itself.
    pub(crate) fn duplicate(&mut self, tab: usize) -> usize {
        self.open_tab_with(self.tabs[tab].own_copy.clone())
    }

    fn open_tab_with(&mut self, own_copy: Option<Row>) -> usize {
        let tab = self.tabs.len();
        let seed = self.below(u64::MAX);
        self.tabs.push(Tab::new(self.config.clone(), TabId(format!("t{tab}")), seed));
        self.tabs[tab].own_copy = own_copy;
        self.tabs[tab].clock_offset = self.clock_offset;
        self.note(|| format!("t{tab} opens"));
        let copy = self.copy_seen_by(tab);
        let activity = self.activity_seen_by(tab);
        let mark = self.mark.clone();
        self.feed(tab, Input::Started { copy, activity, visible: true, mark });
        tab
    }

    /// Logs in and lets the world settle.
    pub(crate) fn log_in(&mut self, tab: usize, user: &str) -> WaiterId {
        let waiter = self.begin_login(tab, user, GrantKind::Login);
        self.run(Span::seconds(2));
        waiter
    }

    /// Sends credentials; the answer comes after the server's delay.
    pub(crate) fn begin_login(&mut self, tab: usize, user: &str, kind: GrantKind) -> WaiterId {
        self.sids += 1;
        let sid = Sid(format!("s{}", self.sids));
        let epoch = self.tabs[tab].machine.epoch();
        let at = self.time + self.server.delay.0;
        self.tabs[tab].begun.insert(sid.clone());
        self.schedule(at, Happening::LoginAnswered { tab, user: user.to_owned(), sid, epoch, kind });
        let waiter = self.waiter(tab, Wants::Tokens);
        self.tabs[tab].expect_login(waiter);
        waiter
    }

    pub(crate) fn log_out(&mut self, tab: usize) {
        self.act(tab, Input::LogoutWanted { everywhere: false });
    }

    pub(crate) fn want_token(&mut self, tab: usize) -> WaiterId {
        let waiter = self.waiter(tab, Wants::Token);
        self.act(tab, Input::TokenWanted(waiter));
        waiter
    }

    pub(crate) fn want_refresh(&mut self, tab: usize) -> WaiterId {
        let waiter = self.new_waiter(tab);
        self.act(tab, Input::RefreshWanted(waiter));
        waiter
    }

    /// A request carried the tab's present token and was answered 401.
    pub(crate) fn answered_401(&mut self, tab: usize) -> WaiterId {
        let (sid, generation) = {
            let (_, sid, generation) = self.tabs[tab].machine.token().expect("a token to be refused");
            (sid.clone(), generation)
        };
        let waiter = self.new_waiter(tab);
        self.act(tab, Input::Unauthorized { waiter, sid, generation });
        waiter
    }

    /// A request carries the tab's present token, and the server puts new tokens beside its answer, the refresh token
    /// among them if `wholly`.
    pub(crate) fn request(&mut self, tab: usize, wholly: bool, answered_after: Span) {
        let Some((token, sid, generation)) = self.tabs[tab].machine.token() else { return };
        let access_token = token.expose().to_owned();
        let request = Request { tab, access_token, sid: sid.clone(), generation };
        let at = self.time + self.server.delay.0 / 2;
        self.schedule(at, Happening::RequestReceived { request, wholly, answered_after });
    }

    /// The auth server was asked about the tab's present token, and calls it invalid.
    pub(crate) fn verify_refused(&mut self, tab: usize) {
        if let Some((_, sid, generation)) = self.tabs[tab].machine.token() {
            let (sid, generation) = (sid.clone(), generation);
            self.act(tab, Input::VerifyRefused { sid, generation });
        }
    }

    /// A waiter of this tab, watched from now on.
    pub(crate) fn new_waiter(&mut self, tab: usize) -> WaiterId {
        self.waiter(tab, Wants::More)
    }

    fn waiter(&mut self, tab: usize, wants: Wants) -> WaiterId {
        let time = self.time;
        self.tabs[tab].new_waiter(time, wants)
    }

    pub(crate) fn crash(&mut self, tab: usize) {
        self.note(|| format!("t{tab} crashes"));
        self.tabs[tab].alive = false;
        if let Some(next) = self.locks.forget(tab) {
            self.grant_lock(next);
        }
    }

    /// Every window of the browser is closed.
    pub(crate) fn close_browser(&mut self) {
        self.facts.browser_was_closed = true;
        self.mark = None;
        for tab in 0..self.tabs.len() {
            self.crash(tab);
        }
    }

    /// No input, no timer, but its lock is kept and what it has sent goes on.
    pub(crate) fn freeze(&mut self, tab: usize) {
        self.note(|| format!("t{tab} freezes"));
        self.tabs[tab].frozen = true;
    }

    /// The browser tells the page before it freezes it.
    pub(crate) fn suspend(&mut self, tab: usize) {
        self.act(tab, Input::Suspending);
        self.run(Span(50));
        self.freeze(tab);
    }

    /// The page lives again and is told so before anything else.
    pub(crate) fn resume(&mut self, tab: usize) {
        self.note(|| format!("t{tab} resumes"));
        self.tabs[tab].frozen = false;
        self.feed(tab, Input::Resumed);
        self.thaw(tab);
    }

    /// The page lives again and is told nothing.
    pub(crate) fn thaw(&mut self, tab: usize) {
        self.tabs[tab].frozen = false;
        self.tabs[tab].thawed_at = self.time;
        for happening in std::mem::take(&mut self.tabs[tab].inbox) {
            self.happen(happening);
        }
    }

    /// Another script of the origin takes the lock away from this tab.
    pub(crate) fn steal_lock(&mut self, tab: usize) {
        self.note(|| format!("t{tab} loses the lock"));
        self.tabs[tab].robbed_at = Some(self.time);
        if let Some(next) = self.locks.forget(tab) {
            self.grant_lock(next);
        }
        self.act(tab, Input::LockRefused);
    }

    /// The lid is closed: wall clocks go on, nothing else does. No timer fires until the world runs again.
    pub(crate) fn sleep(&mut self, span: Span) {
        self.note(|| format!("sleeps for {} ms", span.0));
        self.time += span.0;
        self.slept += span.0;
        self.facts.woke(self.time);
        for attempt in &mut self.attempts {
            attempt.lost = true;
        }
    }

    /// Sets the clock of the computer.
    pub(crate) fn set_clocks(&mut self, by: i64) {
        self.note(|| format!("clocks set by {by} ms"));
        self.facts.clocks_set(self.time, by);
        self.clock_offset += by;
        for tab in &mut self.tabs {
            tab.clock_offset += by;
        }
    }

    /// The user clears the browser's storage for this site: the copy, and the row if `row`.
    pub(crate) fn clear_storage(&mut self, row: bool) {
        self.note(|| "storage cleared".to_owned());
        self.facts.storage_cleared(self.time, row);
        self.copy.write(self.time, usize::MAX, None);
        self.activity.write(self.time, usize::MAX, None);
        if row {
            self.store.row = None;
            self.row_was_cleared = true;
        }
    }

    // --- time --------------------------------------------------------------------------------------------

    /// Feeds an input and everything that follows from it at once.
    pub(crate) fn act(&mut self, tab: usize, input: Input) {
        self.feed(tab, input);
        self.run(Span(0));
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, span: Span) {
        let end = self.time + span.0;
        loop {
            let event = self.queue.keys().next().copied();
            let timer = (0..self.tabs.len()).filter_map(|tab| Some((self.timer_of(tab)?, tab))).min();
            let (at, is_timer) = match (event, timer) {
                (Some((at, _)), Some((due, _))) if due < at => (due, true),
                (Some((at, _)), _) => (at, false),
                (None, Some((due, _))) => (due, true),
                (None, None) => break,
            };
            if at.max(self.time) > end {
                break;
            }
            self.time = self.time.max(at);
            self.count_step();
            if is_timer {
                if let Some((_, tab)) = timer {
                    self.fire_timer(tab);
                }
            } else if let Some((_, happening)) = event.and_then(|key| self.queue.remove_entry(&key)) {
                self.happen(happening);
            }
        }
        self.time = end;
        self.check_delays();
    }

    fn count_step(&mut self) {
        let minute = self.time / Span::minutes(1).0;
        let (counted, steps) = self.steps;
        self.steps = (minute, if counted == minute { steps + 1 } else { 1 });
        if self.steps.1 > LIVELOCK {
            self.fail("too much happens in too little time");
        }
    }

    /// Lets time pass with somebody at work in this tab.
    pub(crate) fn run_active(&mut self, tab: usize, span: Span) {
        let end = self.time + span.0;
        while self.time < end {
            self.act(tab, Input::Activity);
            self.run(Span(Span::minutes(5).0.min(end - self.time)));
        }
    }

    /// Lets time pass with somebody at work until the next refresh is due in this tab, less `before`.
    pub(crate) fn run_to_refresh(&mut self, tab: usize, before: Span) {
        let due = self.instant(self.tabs[tab].machine.view().refresh_at.expect("a refresh to come"));
        self.run_active(tab, Span((due - before.0).saturating_sub(self.time)));
    }

    /// Runs until something holds, at most for `span`.
    pub(crate) fn run_until(&mut self, span: Span, holds: impl Fn(&Self) -> bool) -> bool {
        let end = self.time + span.0;
        while self.time < end {
            if holds(self) {
                return true;
            }
            self.run(Span(20.min(end - self.time)));
        }
        holds(self)
    }

    fn timer_of(&self, tab: usize) -> Option<u64> {
        let state = &self.tabs[tab];
        if !state.alive || state.frozen {
            return None;
        }
        let at = state.timer_due?.max(self.time);
        match state.throttle {
            Some(throttle) => Some(at.max(state.timer_fired_at.saturating_add(throttle.0))),
            None => Some(at),
        }
    }

    /// A browser's timer runs for a while, not until an instant: setting the clock does not move it.
    fn arm_timer(&mut self, tab: usize) {
        let now = self.wall(tab);
        let state = &mut self.tabs[tab];
        state.timer_due = state.machine.poll_timeout().map(|(wall, _)| {
            // setTimeout holds 2^31 - 1 ms; the shell clamps.
            self.time + wall.since(now).0.min(i32::MAX as u64)
        });
    }

    fn fire_timer(&mut self, tab: usize) {
        let now = self.now(tab);
        let state = &mut self.tabs[tab];
        state.timer_fired_at = self.time;
        state.active = false;
        let due = state.machine.poll_timeout();
        state.handle_timeout(now);
        self.note(|| format!("t{tab} timer {due:?}"));
        self.drain(tab);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Deliver { tab, .. } if self.tabs[tab].frozen => {
                self.tabs[tab].inbox.push_back(happening);
            }
            Happening::Deliver { tab, input, read_at } => {
                self.tabs[tab].row_read_at = read_at;
                self.feed(tab, input);
                self.tabs[tab].row_read_at = None;
            }
            Happening::StoreApplies { tab, call } => self.store_applies(tab, call),
            Happening::LockAsked { tab, request } => {
                let wanted = self.tabs[tab].alive && self.tabs[tab].lock_request == Some(request);
                if wanted && self.locks.ask(tab, request) {
                    self.grant_lock((tab, request));
                }
            }
            Happening::LockAnswered { tab, .. } if self.tabs[tab].frozen => {
                self.tabs[tab].inbox.push_back(happening);
            }
            Happening::LockAnswered { tab, request, granted } => {
                // A request that was withdrawn meanwhile is let go by the shell without a word.
                if self.tabs[tab].lock_request == Some(request) {
                    self.feed(tab, if granted { Input::LockGranted } else { Input::LockRefused });
                }
            }
            Happening::ServerReceives { attempt, token } => {
                let tab = self.attempts[attempt].tab;
                let answer = self.server.refresh(self.time, &token);
                self.note(|| format!("server: {token} of t{tab} -> {answer:?}"));
                match answer {
                    Some(answer) => {
                        if let RefreshAnswer::Granted(grant) = &answer {
                            self.issued(&grant.access_token, grant.lifetime);
                            let next = grant
                                .refresh_token
                                .as_ref()
                                .or(self.server.sliding.then_some(&grant.access_token));
                            self.attempts[attempt].is_kept = next.is_none_or(|next| next.expose() == token);
                        }
                        let at = self.time + self.server.delay.0 / 2;
                        self.schedule(at, Happening::AttemptAnswered { attempt, answer });
                    }
                    None => self.attempts[attempt].lost = true,
                }
            }
            Happening::AttemptAnswered { attempt, answer } => self.attempt_ends(attempt, answer),
            Happening::AttemptTimesOut { attempt } => {
                let late = RefreshAnswer::Failed { failure: Failure::Timeout, retry_after: None };
                if self.tabs[self.attempts[attempt].tab].frozen {
                    let tab = self.attempts[attempt].tab;
                    self.tabs[tab].inbox.push_back(happening);
                } else if self.attempts[attempt].heard.is_none() {
                    self.attempts[attempt].lost = false;
                    self.attempt_ends(attempt, late);
                    self.attempts[attempt].aborted |= self.aborts_work;
                }
            }
            Happening::RequestReceived { request, wholly, answered_after } => {
                if let Some(grant) = self.server.rotate(self.time, &request.access_token, wholly) {
                    self.issued(&grant.access_token, grant.lifetime);
                    let at = self.time + answered_after.0;
                    self.schedule(at, Happening::Rotated { request, grant: Box::new(grant) });
                }
            }
            Happening::Rotated { ref request, .. } if self.tabs[request.tab].frozen => {
                let tab = request.tab;
                self.tabs[tab].inbox.push_back(happening);
            }
            Happening::Rotated { request: Request { tab, sid, generation, .. }, grant } => {
                let waiter = self.waiter(tab, Wants::Tokens);
                self.feed(tab, Input::Rotated { waiter, sid, generation, grant });
            }
            Happening::LoginAnswered { tab, user, sid, epoch, kind } => {
                let grant = Box::new(self.server.login(&user));
                self.issued(&grant.access_token, grant.lifetime);
                let waiter = self.tabs[tab].waiter_of_login();
                let remember = self.remember;
                self.feed(tab, Input::Granted { waiter, sid, epoch, kind, remember, grant });
            }
        }
    }

    fn attempt_ends(&mut self, attempt: usize, answer: RefreshAnswer) {
        let Attempt { tab, sid, generation, aborted, lost, .. } = self.attempts[attempt].clone();
        if !self.tabs[tab].alive || aborted || lost {
            return;
        }
        if self.tabs[tab].frozen {
            return self.tabs[tab].inbox.push_back(Happening::AttemptAnswered { attempt, answer });
        }
        self.attempts[attempt].heard_at = self.time;
        self.attempts[attempt].heard = Some(match answer {
            RefreshAnswer::Granted(_) => Heard::Granted,
            RefreshAnswer::Refused(_) => Heard::Refused,
            RefreshAnswer::Failed { .. } => Heard::Failed,
        });
        self.feed(tab, Input::RefreshAnswered { sid, generation, answer });
    }

    fn store_applies(&mut self, tab: usize, call: StoreCall) {
        let mode = self.tabs[tab].store.unwrap_or(self.store.mode);
        if mode != StoreMode::Works {
            self.tabs[tab].store_troubled_at = Some(self.time);
        }
        let now = self.now(tab).wall;
        self.store.turn_to(
            self.config.storage == Storage::PerTab,
            match &call {
                StoreCall::Commit(_, commit) => Some(commit.sid()),
                StoreCall::Read(_) => self.tabs[tab].machine.scope(),
            },
        );
        let input = match call {
            StoreCall::Read(id) => {
                let result = match mode {
                    StoreMode::Works | StoreMode::Forgets => Ok(self.store.row.clone()),
                    StoreMode::Fails => Err(session_warden::machine::StoreFailure),
                    StoreMode::Hangs => return,
                };
                Input::RowRead { id, result }
            }
            StoreCall::Commit(id, commit) => {
                let result = match mode {
                    StoreMode::Works | StoreMode::Forgets => {
                        let decided = commit.decide(self.store.row.as_ref(), now);
                        let accepted = decided.is_some();
                        if let Some(row) = decided {
                            self.check_row_change(tab, &commit, &row);
                            self.store.row = Some(row);
                        }
                        let row = self.store.row.clone();
                        if mode == StoreMode::Forgets {
                            self.store.row = None;
                        }
                        Ok(Outcome { accepted, row })
                    }
                    StoreMode::Fails => Err(session_warden::machine::StoreFailure),
                    StoreMode::Hangs => return,
                };
                Input::Committed { id, result }
            }
        };
        let at = self.store.delivery(tab, self.time);
        let read_at = (mode == StoreMode::Works).then_some(self.time);
        self.schedule(at, Happening::Deliver { tab, input, read_at });
    }

    fn grant_lock(&mut self, (tab, request): (usize, u64)) {
        let at = self.time + self.locks.latency.0;
        self.schedule(at, Happening::LockAnswered { tab, request, granted: true });
    }

    // --- the tabs ----------------------------------------------------------------------------------------

    /// Hands an input to a tab and carries out what it asks for.
    pub(crate) fn feed(&mut self, tab: usize, input: Input) {
        if !self.tabs[tab].alive {
            return;
        }
        if self.tabs[tab].frozen {
            return self.tabs[tab].inbox.push_back(Happening::Deliver { tab, input, read_at: None });
        }
        self.note(|| format!("t{tab} <- {input:?}"));
        self.before_input(tab, &input);
        let now = self.now(tab);
        self.tabs[tab].handle(now, input);
        self.drain(tab);
    }

    fn drain(&mut self, tab: usize) {
        let mut answers = VecDeque::new();
        loop {
            while let Some(effect) = self.tabs[tab].machine.poll_effect() {
                self.note(|| format!("    t{tab} -> {effect:?}"));
                self.tabs[tab].effects.push((self.time, effect.clone()));
                self.carry_out(tab, effect, &mut answers);
            }
            self.check_tab(tab);
            let Some(answer) = answers.pop_front() else { return self.arm_timer(tab) };
            self.count_step();
            self.note(|| format!("t{tab} <- {answer:?}"));
            let now = self.now(tab);
            self.tabs[tab].handle(now, answer);
        }
    }

    fn carry_out(&mut self, tab: usize, effect: Effect, answers: &mut VecDeque<Input>) {
        match effect {
            Effect::ReadRow { id } => self.ask_store(tab, StoreCall::Read(id)),
            Effect::Commit { id, commit } => self.ask_store(tab, StoreCall::Commit(id, commit)),
            Effect::ReadCopy => answers.push_back(Input::CopyRead {
                copy: self.copy_seen_by(tab),
                activity: self.activity_seen_by(tab),
            }),
            Effect::WriteCopy(row) => {
                if !self.tabs[tab].copy_denied {
                    self.facts.copy_written(self.time, &row);
                }
                let named = |row: &Row| Some((row.version, row.live()?.record.clone()));
                if row.live().is_some() && self.store.row.as_ref().and_then(named) != named(&row) {
                    // Its store was too slow for it, or it slept over the answer.
                    self.tabs[tab].store_troubled_at = Some(self.time);
                }
                if self.config.storage == Storage::PerTab {
                    self.tabs[tab].own_copy = Some(*row);
                } else if !self.tabs[tab].copy_denied {
                    self.copy.write(self.time, tab, Some(*row));
                }
            }
            Effect::WriteActivity(at) => {
                self.check_activity_written(tab);
                if !self.tabs[tab].copy_denied {
                    self.activity.write(self.time, tab, Some(at));
                    self.tell_others(tab, &Input::ActivitySeen(at));
                }
            }
            Effect::Announce { version } => {
                self.check_announced(tab, version);
                self.tell_others(tab, &Input::Announced { version });
            }
            Effect::Mark(sid) => self.mark = Some(sid),
            Effect::Unmark(sid) => self.mark = self.mark.take().filter(|mark| *mark != sid),
            Effect::LookForSiblings(_) if self.siblings_are_unknown => {}
            Effect::LookForSiblings(sid) => {
                let held =
                    |other: usize| self.tabs[other].alive && self.tabs[other].holds.as_ref() == Some(&sid);
                let seen = self.mark.as_ref() == Some(&sid)
                    || (0..self.tabs.len()).any(|other| other != tab && held(other));
                let input = Input::SiblingsSeen(seen);
                self.schedule(self.time + 1, Happening::Deliver { tab, input, read_at: None });
            }
            Effect::AskHandover => self.tell_others(tab, &Input::HandoverAsked),
            Effect::HandOver(row) => self.tell_others(tab, &Input::HandedOver(row)),
            Effect::TakeLock => self.take_lock(tab),
            Effect::ReleaseLock => {
                self.tabs[tab].lock_request = None;
                if let Some(next) = self.locks.forget(tab) {
                    self.grant_lock(next);
                }
            }
            Effect::SendRefresh { sid, generation, token } => {
                let token = token.expose().to_owned();
                self.check_presented(tab, &sid, generation, &token);
                let attempt = self.attempts.len();
                self.attempts.push(Attempt {
                    tab,
                    sid,
                    generation,
                    token: token.clone(),
                    is_kept: false,
                    sent_at: self.time,
                    heard: None,
                    heard_at: 0,
                    aborted: false,
                    lost: false,
                });
                let received_at = self.time + self.server.delay.0 / 2;
                self.schedule(received_at, Happening::ServerReceives { attempt, token });
                let late_at = self.time + self.config.refresh_timeout.0;
                self.schedule(late_at, Happening::AttemptTimesOut { attempt });
            }
            Effect::AbortRefresh => {
                if self.aborts_work {
                    for attempt in self.attempts.iter_mut().filter(|attempt| attempt.tab == tab) {
                        attempt.aborted = true;
                    }
                }
            }
            Effect::Revoke { access_token, refresh_token, .. } => {
                let refresh_token = refresh_token.as_ref().map(|token| token.expose());
                self.server.revoke(tab, access_token.expose(), refresh_token);
            }
            Effect::Settle { waiter, settlement } => self.settled(tab, waiter, settlement),
            Effect::Notify(event) => self.check_event(tab, &event),
        }
    }

    fn settled(&mut self, tab: usize, waiter: WaiterId, settlement: Settlement) {
        let time = self.time;
        if !self.tabs[tab].settle(waiter, time, settlement) {
            self.fail(&format!("t{tab} settled {waiter:?} twice, or never had it"));
        }
    }

    fn take_lock(&mut self, tab: usize) {
        self.sequence += 1;
        let request = self.sequence;
        self.tabs[tab].lock_request = Some(request);
        let at = self.time + self.locks.latency.0;
        match self.locks.mode {
            LockMode::Works => self.schedule(at, Happening::LockAsked { tab, request }),
            LockMode::Refuses => {
                self.schedule(at, Happening::LockAnswered { tab, request, granted: false });
            }
            LockMode::NeverGrants => {}
        }
    }

    fn ask_store(&mut self, tab: usize, call: StoreCall) {
        let jitter = self.below(self.store.jitter.0 + 1);
        let at = self.store.application(tab, self.time + jitter);
        self.schedule(at, Happening::StoreApplies { tab, call });
    }

    fn tell_others(&mut self, tab: usize, input: &Input) {
        for other in 0..self.tabs.len() {
            if other == tab || !self.tabs[other].alive {
                continue;
            }
            // Twice, by storage event and by channel.
            for _ in 0..2 {
                if self.below(100) < self.bus.loss_percent || self.bus.deaf.contains(&other) {
                    continue;
                }
                if self.config.storage == Storage::PerTab
                    && self.tabs[other].machine.scope() != self.tabs[tab].machine.scope()
                {
                    continue;
                }
                let delay = self.bus.delay.0 + self.below(self.bus.jitter.0 + 1);
                let at = self.time + delay;
                self.bus.delivered += 1;
                self.schedule(at, Happening::Deliver { tab: other, input: input.clone(), read_at: None });
            }
        }
    }

    fn copy_seen_by(&mut self, tab: usize) -> Copy {
        if self.tabs[tab].copy_denied {
            return Copy::Unavailable;
        }
        if self.config.storage == Storage::PerTab {
            let own = &self.tabs[tab].own_copy;
            return own.clone().map_or(Copy::Missing, |row| Copy::Found(Box::new(row)));
        }
        let lag = self.tabs[tab].copy_lag;
        match self.copy.read(self.time, tab, lag) {
            Some(row) => Copy::Found(Box::new(row)),
            None => Copy::Missing,
        }
    }

    fn activity_seen_by(&mut self, tab: usize) -> Option<Wall> {
        if self.tabs[tab].copy_denied {
            return None;
        }
        let lag = self.tabs[tab].copy_lag;
        self.activity.read(self.time, tab, lag)
    }

    // --- asking ------------------------------------------------------------------------------------------

    pub(crate) fn settlement(&self, tab: usize, waiter: WaiterId) -> Option<&Settlement> {
        self.tabs[tab].settlement(waiter)
    }

    /// The access token that a waiter was given.
    pub(crate) fn token_given(&self, tab: usize, waiter: WaiterId) -> Option<&str> {
        match self.settlement(tab, waiter)? {
            Settlement::Token { access_token, .. } => Some(access_token.expose()),
            _ => None,
        }
    }

    pub(crate) fn failure_given(&self, tab: usize, waiter: WaiterId) -> Option<Failure> {
        match self.settlement(tab, waiter)? {
            Settlement::Failed { failure, .. } => Some(*failure),
            _ => None,
        }
    }

    pub(crate) fn status(&self, tab: usize) -> Status {
        self.tabs[tab].machine.view().status
    }

    pub(crate) fn living(&self) -> impl Iterator<Item = usize> {
        (0..self.tabs.len()).filter(|tab| self.tabs[*tab].alive)
    }

    /// Every living tab is signed in with the row's generation.
    pub(crate) fn all_signed_in(&self) -> bool {
        self.living().all(|tab| self.is_signed_in(tab))
    }

    /// This tab is signed in with the row's generation.
    pub(crate) fn is_signed_in(&self, tab: usize) -> bool {
        self.tabs[tab].machine.token().is_some_and(|(_, sid, generation)| {
            self.store.row.as_ref().is_some_and(|row| row.sid == *sid && row.generation == generation)
        })
    }

    pub(crate) fn all_signed_out(&self) -> bool {
        self.living().all(|tab| {
            self.status(tab) == Status::Unauthenticated && self.tabs[tab].machine.token().is_none()
        })
    }

    /// The row says that the session is over.
    pub(crate) fn row_is_ended(&self) -> bool {
        self.store.row.as_ref().is_some_and(|row| row.live().is_none())
    }

    pub(crate) fn row_is_live(&self) -> bool {
        self.store.row.as_ref().is_some_and(|row| row.live().is_some())
    }

    pub(crate) fn sends(&self) -> usize {
        self.attempts.len()
    }

    pub(crate) fn count(&self, tab: usize, wanted: impl Fn(&Effect) -> bool) -> usize {
        self.tabs[tab].effects.iter().filter(|(_, effect)| wanted(effect)).count()
    }

    pub(crate) fn count_everywhere(&self, wanted: impl Fn(&Effect) -> bool) -> usize {
        (0..self.tabs.len()).map(|tab| self.count(tab, &wanted)).sum()
    }

    pub(crate) fn events_everywhere(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        (0..self.tabs.len()).map(|tab| self.events(tab, &wanted)).sum()
    }

    pub(crate) fn events(&self, tab: usize, wanted: impl Fn(&Event) -> bool) -> usize {
        self.count(tab, |effect| matches!(effect, Effect::Notify(event) if wanted(event)))
    }

    pub(crate) fn row(&self) -> &Row {
        self.store.row.as_ref().expect("a row")
    }

    pub(crate) fn expires_at(&self, tab: usize) -> Wall {
        self.tabs[tab].machine.view().expires_at.expect("a token that expires")
    }

    /// Forgets what the tabs have done so far.
    pub(crate) fn forget_effects(&mut self) {
        for tab in &mut self.tabs {
            tab.effects.clear();
        }
    }

    pub(crate) fn wall(&self, tab: usize) -> Wall {
        self.now(tab).wall
    }

    fn now(&self, tab: usize) -> session_warden::machine::Now {
        let wall = Wall((EPOCH + self.time).saturating_add_signed(self.tabs[tab].clock_offset));
        session_warden::machine::Now { wall, monotonic: Span(self.time - self.slept) }
    }

    /// A number below `bound`, from the world's seed.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).checked_rem(bound).unwrap_or(0)
    }

    fn schedule(&mut self, at: u64, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), happening);
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if !self.records {
            return;
        }
        let line = line();
        if self.history.len() == 4_000 {
            self.history.pop_front();
        }
        self.history.push_back(format!("{:>10} {line}", self.time));
    }

    fn save_recordings(&self) -> std::io::Result<()> {
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recordings").join(test);
        if directory.exists() {
            std::fs::remove_dir_all(&directory)?;
        }
        std::fs::create_dir_all(&directory)?;
        for (number, tab) in self.tabs.iter().enumerate() {
            std::fs::write(directory.join(format!("t{number}.jsonl")), tab.recorder().recording())?;
        }
        say(&format!("recordings of the tabs: {}", directory.display()));
        Ok(())
    }

    /// Ends the test with what led up to it.
    pub(crate) fn fail(&self, why: &str) -> ! {
        let history: Vec<&str> = self.history.iter().map(String::as_str).collect();
        panic!("{}\nrow: {:?}\n{why}", history.join("\n"), self.store.row);
    }
}

/// A test that fails leaves what its tabs lived through: `cargo xtask replay` shows it step by step. Of the
/// failures that proptest tries, the last one is the smallest, and the one that stays.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Err(error) = self.save_recordings()
        {
            say(&format!("the recordings could not be saved: {error}"));
        }
    }
}

#[expect(clippy::print_stderr, reason = "the test is failing, and this is how to look into it")]
fn say(what: &str) {
    eprintln!("{what}");
}

pub(crate) type Names = BTreeSet<Sid>;
