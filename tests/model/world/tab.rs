//! One tab: the shipped machine, and what the browser keeps for it.

use session_warden::machine::{
    Commit, CommitId, Config, Input, Machine, Outcome, ReadId, Row, Sid, StoreFailure, TabId, View, WaiterId,
};
use std::collections::VecDeque;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tab {
    pub(crate) machine: Machine,
    pub(crate) life: Life,
    /// Asked of the store and not done; done in this order.
    pub(crate) asked: VecDeque<Ask>,
    /// Done by the store and not heard of; heard of in this order.
    pub(crate) answers: VecDeque<Answer>,
    pub(crate) logins: Vec<Login>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) last_waiter: u32,
    /// What the page has been told.
    pub(crate) shown: View,
    pub(crate) told: Option<(Sid, u64)>,
    pub(crate) holds: Option<Sid>,
    /// Sessions that this tab has left.
    pub(crate) left: Vec<Sid>,
    /// The last change that this tab told of.
    pub(crate) announced: Option<(u64, Option<(Sid, u64)>)>,
    pub(crate) last_read: ReadId,
    pub(crate) unread: Option<Unread>,
    /// The lock was taken away from it since it was granted.
    pub(crate) robbed: bool,
    /// The copy, where each tab has its own. It outlives the tab: the browser restores it with the page.
    pub(crate) own_copy: Option<Arc<Row>>,
    /// When it asked the other tabs for the tokens.
    pub(crate) asked_for_tokens_at: Option<u64>,
    /// It asked whether another tab of this session is alive.
    pub(crate) looks_for_siblings: Option<Sid>,
    /// What a mutation takes for the row.
    pub(crate) remembered: Option<Arc<Row>>,
}

/// Resumed with this session, and no read that was begun since has come in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unread {
    pub(crate) sid: Sid,
    pub(crate) since: u64,
    pub(crate) after: ReadId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Life {
    Awake,
    /// A page that was told of it is told when it is over; one that was not may hear of neither.
    Frozen {
        told: bool,
    },
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Read { id: ReadId },
    Commit { id: CommitId, commit: Arc<Commit> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    Row { id: ReadId, result: Result<Option<Arc<Row>>, StoreFailure> },
    Committed { id: CommitId, result: Result<(bool, Option<Arc<Row>>), StoreFailure> },
}

/// Credentials that were accepted; the answer is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Login {
    pub(crate) sid: Sid,
    pub(crate) epoch: u64,
    pub(crate) waiter: WaiterId,
    pub(crate) family: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Waiting {
    pub(crate) id: WaiterId,
    pub(crate) since: u64,
    pub(crate) wants: Wants,
    /// The session in which it was asked.
    pub(crate) sid: Option<Sid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wants {
    Token,
    Refresh,
    Login,
}

impl Tab {
    pub(crate) fn new(config: Config, number: usize) -> Self {
        let seed = 0x5eed_0000 + number as u64;
        Self {
            machine: Machine::new(config, TabId(format!("t{number}")), seed),
            life: Life::Awake,
            asked: VecDeque::new(),
            answers: VecDeque::new(),
            logins: Vec::new(),
            waiting: Vec::new(),
            last_waiter: 0,
            shown: View::default(),
            told: None,
            holds: None,
            left: Vec::new(),
            announced: None,
            last_read: ReadId(0),
            unread: None,
            robbed: false,
            own_copy: None,
            asked_for_tokens_at: None,
            looks_for_siblings: None,
            remembered: None,
        }
    }

    /// Nothing is left of it but what the store may still do.
    pub(crate) fn die(&mut self, config: Config, number: usize, asked_survives: bool) {
        let asked = std::mem::take(&mut self.asked);
        let own_copy = self.own_copy.take();
        *self = Self { own_copy, ..Self::new(config, number) };
        self.life = Life::Dead;
        if asked_survives {
            self.asked = asked;
        }
    }

    pub(crate) const fn is_awake(&self) -> bool {
        matches!(self.life, Life::Awake)
    }

    pub(crate) fn wait(&mut self, since: u64, wants: Wants) -> WaiterId {
        self.last_waiter += 1;
        let id = WaiterId(self.last_waiter);
        let sid = self.holds.clone();
        self.waiting.push(Waiting { id, since, wants, sid });
        id
    }
}

impl Answer {
    pub(crate) fn into_input(self) -> Input {
        let own = |row: Option<Arc<Row>>| row.map(|row| (*row).clone());
        match self {
            Self::Row { id, result } => Input::RowRead { id, result: result.map(own) },
            Self::Committed { id, result } => Input::Committed {
                id,
                result: result.map(|(accepted, row)| Outcome { accepted, row: own(row) }),
            },
        }
    }
}
