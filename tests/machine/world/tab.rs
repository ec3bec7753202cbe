//! One tab: its machine and what the browser keeps for it.

use super::shared::StoreMode;
use super::{Happening, Names};
use session_warden::machine::{
    Config, Effect, Input, Machine, Now, Row, Secret, Settlement, Sid, Span, TabId, View, WaiterId, Wall,
};
use session_warden::record::Recorder;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) struct Tab {
    pub(crate) machine: Machine,
    name: TabId,
    seed: u64,
    /// All that has come in, for a recording: made only when one is wanted, since making it takes as long as
    /// living through it.
    inputs: Vec<(Now, Option<Input>)>,
    pub(crate) alive: bool,
    pub(crate) frozen: bool,
    /// When the tab last came back from being frozen.
    pub(crate) thawed_at: u64,
    /// What came in while the tab was frozen.
    pub(crate) inbox: VecDeque<Happening>,
    pub(crate) clock_offset: i64,
    /// Timers fire at most this often.
    pub(crate) throttle: Option<Span>,
    pub(crate) timer_due: Option<u64>,
    pub(crate) timer_fired_at: u64,
    /// How far this tab's reads of localStorage are behind.
    pub(crate) copy_lag: Span,
    pub(crate) copy_denied: bool,
    /// What the tab keeps for itself, in sessionStorage.
    pub(crate) own_copy: Option<Row>,
    /// How the store behaves towards this tab; `None`: as towards all.
    pub(crate) store: Option<StoreMode>,
    /// When the store last failed this tab, or did not answer it.
    pub(crate) store_troubled_at: Option<u64>,
    /// When the row was read that the tab is hearing of at this moment.
    pub(crate) row_read_at: Option<u64>,
    pub(crate) lock_request: Option<u64>,
    /// When its lock was stolen.
    pub(crate) robbed_at: Option<u64>,
    pub(crate) effects: Vec<(u64, Effect)>,
    pub(crate) shown: View,
    pub(crate) holds: Option<Sid>,
    /// Sessions that this tab has left: none of them may come back.
    pub(crate) left: Names,
    /// The session that it was in after its last input.
    pub(crate) session: Option<Sid>,
    /// The access token that it had last, and of which session.
    pub(crate) token: Option<(Sid, String)>,
    /// Sessions that were begun here.
    pub(crate) begun: Names,
    /// Somebody in this tab asked for a refresh of this generation.
    pub(crate) asked: Option<u64>,
    /// The input at hand is the user's doing.
    pub(crate) active: bool,
    pub(crate) told: Told,
    waiters: BTreeMap<WaiterId, Waiting>,
    logins: VecDeque<WaiterId>,
    last_waiter: u32,
}

/// What the page has been told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) ready: bool,
    pub(crate) logins: Names,
    pub(crate) refreshed: Option<Refreshed>,
    pub(crate) prompting: bool,
}

/// The last refresh that the page was told of.
#[derive(Debug)]
pub(crate) struct Refreshed {
    pub(crate) generation: u64,
    /// With its expiry, if it was handed out.
    pub(crate) token: Option<(Secret, Option<Wall>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    Token,
    /// That new tokens are in the row.
    Tokens,
    /// A refresh, or a token other than the one at hand.
    More,
}

#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) since: u64,
    pub(crate) wants: Wants,
    pub(crate) settled: Option<(u64, Settlement)>,
}

impl Tab {
    pub(crate) fn new(config: Config, name: TabId, seed: u64) -> Self {
        Self {
            machine: Machine::new(config, name.clone(), seed),
            name,
            seed,
            inputs: Vec::new(),
            alive: true,
            frozen: false,
            thawed_at: 0,
            inbox: VecDeque::new(),
            clock_offset: 0,
            throttle: None,
            timer_due: None,
            timer_fired_at: 0,
            copy_lag: Span(0),
            copy_denied: false,
            own_copy: None,
            store: None,
            store_troubled_at: None,
            row_read_at: None,
            lock_request: None,
            robbed_at: None,
            effects: Vec::new(),
            shown: View::default(),
            holds: None,
            left: Names::new(),
            session: None,
            token: None,
            begun: Names::new(),
            asked: None,
            active: false,
            told: Told::default(),
            waiters: BTreeMap::new(),
            logins: VecDeque::new(),
            last_waiter: 0,
        }
    }

    pub(crate) fn handle(&mut self, now: Now, input: Input) {
        self.inputs.push((now, Some(input.clone())));
        self.machine.handle(now, input);
    }

    pub(crate) fn handle_timeout(&mut self, now: Now) {
        self.inputs.push((now, None));
        self.machine.handle_timeout(now);
    }

    /// This tab's life, recorded: to the input that the machine could not bear, if there is one.
    pub(crate) fn recorder(&self) -> Recorder {
        let config = self.machine.config().clone();
        let mut recorder = Recorder::new(config, self.name.clone(), self.seed).with_limit(usize::MAX);
        for (now, input) in self.inputs.clone() {
            let step = || match input {
                Some(input) => recorder.handle(now, input),
                None => recorder.handle_timeout(now),
            };
            if catch_unwind(AssertUnwindSafe(step)).is_err() {
                break;
            }
        }
        recorder
    }

    /// The access token that it had last, if it is of this session.
    pub(crate) fn token_of(&self, sid: &Sid) -> Option<&str> {
        self.token.as_ref().filter(|(of, _)| of == sid).map(|(_, token)| token.as_str())
    }

    pub(crate) fn new_waiter(&mut self, since: u64, wants: Wants) -> WaiterId {
        self.last_waiter += 1;
        let waiter = WaiterId(self.last_waiter);
        self.waiters.insert(waiter, Waiting { since, wants, settled: None });
        waiter
    }

    pub(crate) fn expect_login(&mut self, waiter: WaiterId) {
        self.logins.push_back(waiter);
    }

    pub(crate) fn waiter_of_login(&mut self) -> WaiterId {
        self.logins.pop_front().expect("a login that was begun")
    }

    /// Whether `waiter` was waiting.
    pub(crate) fn settle(&mut self, waiter: WaiterId, at: u64, settlement: Settlement) -> bool {
        match self.waiters.get_mut(&waiter) {
            Some(waiting) if waiting.settled.is_none() => {
                waiting.settled = Some((at, settlement));
                true
            }
            _ => false,
        }
    }

    pub(crate) fn settlement(&self, waiter: WaiterId) -> Option<&Settlement> {
        self.waiters.get(&waiter)?.settled.as_ref().map(|(_, settlement)| settlement)
    }

    pub(crate) fn settled_after(&self, waiter: WaiterId) -> Option<Span> {
        let waiting = self.waiters.get(&waiter)?;
        Some(Span(waiting.settled.as_ref()?.0 - waiting.since))
    }

    /// Those who wait, and since when.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (WaiterId, u64, Wants)> {
        self.waiters
            .iter()
            .filter(|(_, waiting)| waiting.settled.is_none())
            .map(|(waiter, waiting)| (*waiter, waiting.since, waiting.wants))
    }
}
