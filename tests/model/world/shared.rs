//! What the tabs share besides the row: localStorage, the lock, and what they tell one another.

use session_warden::machine::{Copy, Input, Row, Wall};
use std::collections::VecDeque;
use std::sync::Arc;

/// One key of localStorage. A process that lags reads what was there before the last write of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lagging<T> {
    pub(crate) value: Option<T>,
    /// What others than the writer may still read.
    old: Option<Old<T>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Old<T> {
    value: Option<T>,
    writer: usize,
    until: u64,
}

/// How long a process may lag, in milliseconds: the machine takes a copy that is missing for longer for cleared.
const LAG: u64 = 5_000;

impl<T> Default for Lagging<T> {
    fn default() -> Self {
        Self { value: None, old: None }
    }
}

impl<T: Clone + PartialEq> Lagging<T> {
    pub(crate) fn write(&mut self, now: u64, tab: usize, value: T) {
        if self.value.as_ref() != Some(&value) {
            self.old = Some(Old { value: self.value.replace(value), writer: tab, until: now + LAG });
        }
    }

    pub(crate) fn can_lag(&self, tab: usize) -> bool {
        self.old.as_ref().is_some_and(|old| old.writer != tab)
    }

    pub(crate) fn read(&self, tab: usize, lagging: bool) -> Option<T> {
        match &self.old {
            Some(old) if lagging && old.writer != tab => old.value.clone(),
            _ => self.value.clone(),
        }
    }

    fn catch_up(&mut self, now: u64) {
        self.old = self.old.take().filter(|old| old.until > now);
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct LocalStorage {
    pub(crate) copy: Lagging<Arc<Row>>,
    pub(crate) activity: Lagging<Wall>,
}

impl LocalStorage {
    pub(crate) fn catch_up(&mut self, now: u64) {
        self.copy.catch_up(now);
        self.activity.catch_up(now);
    }
}

/// The Web Lock: granted in order, kept by a frozen tab, let go by a dead one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Lock {
    pub(crate) holder: Option<usize>,
    /// The holder has been told.
    pub(crate) told: bool,
    pub(crate) queue: VecDeque<usize>,
    /// The lock was taken away from this tab, and it has not been told.
    pub(crate) robbed: Option<usize>,
}

impl Lock {
    pub(crate) fn ask(&mut self, tab: usize) {
        self.queue.push_back(tab);
        self.pass_on();
    }

    pub(crate) fn forget(&mut self, tab: usize) {
        self.queue.retain(|waiting| *waiting != tab);
        self.robbed = self.robbed.filter(|robbed| *robbed != tab);
        if self.holder == Some(tab) {
            self.holder = None;
            self.told = false;
        }
        self.pass_on();
    }

    fn pass_on(&mut self) {
        if self.holder.is_none() {
            self.holder = self.queue.pop_front();
            self.told = false;
        }
    }
}

/// From one tab to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Message {
    /// By the channel.
    Version(u64),
    /// By the copy's storage event.
    Copy(Arc<Row>),
    /// By the storage event of the last activity.
    Activity(Wall),
    /// Who has the tokens?
    HandoverAsked,
    /// Here they are.
    HandedOver(Arc<Row>),
}

impl Message {
    pub(crate) fn into_input(self) -> Input {
        match self {
            Self::Version(version) => Input::Announced { version },
            Self::Copy(row) => {
                Input::CopyRead { copy: Copy::Found(Box::new((*row).clone())), activity: None }
            }
            Self::Activity(at) => Input::ActivitySeen(at),
            Self::HandoverAsked => Input::HandoverAsked,
            Self::HandedOver(row) => Input::HandedOver(Box::new((*row).clone())),
        }
    }

    /// The order in which a set of messages is kept. Messages overtake one another anyway.
    pub(crate) fn rank(&self) -> (u8, u64, bool) {
        match self {
            Self::Version(version) => (0, *version, false),
            Self::Copy(row) => (1, row.version, row.live().is_some()),
            Self::Activity(at) => (2, at.0, false),
            Self::HandoverAsked => (3, 0, false),
            Self::HandedOver(row) => (4, row.generation, row.version % 2 == 0),
        }
    }

    /// Versions and stamps only grow: what changes nothing now never will. A question may find an answer later,
    /// and tokens somebody who asks for them.
    pub(crate) const fn may_matter_later(&self) -> bool {
        matches!(self, Self::HandoverAsked | Self::HandedOver(_))
    }
}
