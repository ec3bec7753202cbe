//! What the tabs share: the store with the row, localStorage, the bus, the lock.

use session_warden::machine::{Row, Sid, Span};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreMode {
    Works,
    Fails,
    /// No answer ever comes.
    Hangs,
    /// What it says it has written is gone at once.
    Forgets,
}

/// IndexedDB: one row; what one tab asks for happens and is answered in order.
pub(crate) struct Store {
    pub(crate) row: Option<Row>,
    pub(crate) mode: StoreMode,
    /// From the request to the transaction, and from there to the answer.
    pub(crate) latency: Span,
    pub(crate) jitter: Span,
    /// The longest that an answer may have taken so far: one asked for then may be on its way still.
    pub(crate) slowest: Span,
    /// Where each session has a row of its own: whose is in `row`, and the others.
    scope: Option<Sid>,
    rows: BTreeMap<Option<Sid>, Row>,
    applied_at: BTreeMap<usize, u64>,
    delivered_at: BTreeMap<usize, u64>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            row: None,
            mode: StoreMode::Works,
            latency: Span(1),
            jitter: Span(0),
            slowest: Span(0),
            scope: None,
            rows: BTreeMap::new(),
            applied_at: BTreeMap::new(),
            delivered_at: BTreeMap::new(),
        }
    }
}

impl Store {
    pub(crate) fn turn_to(&mut self, scoped: bool, sid: Option<&Sid>) {
        if scoped && self.scope.as_ref() != sid {
            let scope = std::mem::replace(&mut self.scope, sid.cloned());
            if let Some(row) = self.row.take() {
                self.rows.insert(scope, row);
            }
            self.row = self.rows.remove(&self.scope);
        }
    }

    pub(crate) fn application(&mut self, tab: usize, now: u64) -> u64 {
        self.slowest = self.slowest.max(Span(2 * self.latency.0 + self.jitter.0));
        in_order(&mut self.applied_at, tab, now + self.latency.0)
    }

    pub(crate) fn delivery(&mut self, tab: usize, now: u64) -> u64 {
        in_order(&mut self.delivered_at, tab, now + self.latency.0)
    }
}

fn in_order(last: &mut BTreeMap<usize, u64>, tab: usize, at: u64) -> u64 {
    let last = last.entry(tab).or_default();
    *last = at.max(*last);
    *last
}

/// One key of localStorage. A tab sees its own writes at once and those of others late; what it has seen it does
/// not forget again.
pub(crate) struct Lagging<T> {
    writes: Vec<Written<T>>,
    /// The latest write that each tab has seen.
    seen: BTreeMap<usize, u64>,
    count: u64,
}

struct Written<T> {
    number: u64,
    at: u64,
    tab: usize,
    value: Option<T>,
}

impl<T> Default for Lagging<T> {
    fn default() -> Self {
        Self { writes: Vec::new(), seen: BTreeMap::new(), count: 0 }
    }
}

impl<T: Clone> Lagging<T> {
    pub(crate) fn write(&mut self, at: u64, tab: usize, value: Option<T>) {
        if self.writes.len() > 200 {
            self.writes.drain(..100);
        }
        self.count += 1;
        self.writes.push(Written { number: self.count, at, tab, value });
    }

    pub(crate) fn read(&mut self, now: u64, tab: usize, lag: Span) -> Option<T> {
        let last = self.seen.entry(tab).or_default();
        let seen = |write: &&Written<T>| write.tab == tab || write.at + lag.0 <= now || write.number <= *last;
        let write = self.writes.iter().rev().find(seen)?;
        *last = write.number;
        write.value.clone()
    }
}

/// Storage events and the broadcast channel.
pub(crate) struct Bus {
    pub(crate) delay: Span,
    /// More than nothing: messages overtake one another.
    pub(crate) jitter: Span,
    pub(crate) loss_percent: u64,
    /// Tabs that hear nothing.
    pub(crate) deaf: BTreeSet<usize>,
    pub(crate) delivered: usize,
}

impl Default for Bus {
    fn default() -> Self {
        Self { delay: Span(2), jitter: Span(0), loss_percent: 0, deaf: BTreeSet::new(), delivered: 0 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockMode {
    Works,
    Refuses,
    NeverGrants,
}

/// The Web Lock: granted in order, held by a frozen tab, let go by a dead one.
pub(crate) struct Locks {
    pub(crate) mode: LockMode,
    pub(crate) latency: Span,
    pub(crate) holder: Option<(usize, u64)>,
    queue: VecDeque<(usize, u64)>,
}

impl Default for Locks {
    fn default() -> Self {
        Self { mode: LockMode::Works, latency: Span(1), holder: None, queue: VecDeque::new() }
    }
}

impl Locks {
    /// Whether the lock is granted at once.
    pub(crate) fn ask(&mut self, tab: usize, request: u64) -> bool {
        if self.holder.is_none() {
            self.holder = Some((tab, request));
            return true;
        }
        self.queue.push_back((tab, request));
        false
    }

    /// Lets go of whatever `tab` holds or asks for; the next holder, if there is a new one.
    pub(crate) fn forget(&mut self, tab: usize) -> Option<(usize, u64)> {
        self.queue.retain(|(waiting, _)| *waiting != tab);
        if self.holder.is_some_and(|(holder, _)| holder == tab) {
            self.holder = self.queue.pop_front();
            return self.holder;
        }
        None
    }
}
