//! What must hold after every step, whatever happens.

use super::{AttemptState, Names, World};
use session_warden::machine::{
    By, Commit, Content, EndReason, Event, Input, PromptEndsOn, Row, Sid, Span, Status, Wall,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(crate) struct Facts {
    /// Sessions with a tombstone in the row, and since when.
    ended: BTreeMap<Sid, u64>,
    /// Every reason that was ever given in the row or its copy.
    reasons: BTreeSet<EndReason>,
    /// Sessions that a user signed out of.
    logged_out: Names,
    /// Sessions whose token the auth server called invalid.
    invalid: Names,
    /// When anybody was last active in a session, by the world's time.
    active_at: BTreeMap<Sid, u64>,
    /// When each session began, by the world's time.
    began_at: BTreeMap<Sid, u64>,
    pub(crate) storage_was_cleared: bool,
    pub(crate) browser_was_closed: bool,
    pub(crate) clock_was_set: bool,
    /// Waits that began before this are not held to the bound: the computer slept.
    waits_count_from: u64,
}

impl Facts {
    pub(crate) fn forgive_waits(&mut self, now: u64) {
        self.waits_count_from = now;
    }
}

/// Activity is written down at most once a second, so other tabs may know it that much too old.
const ACTIVITY_GRAIN: u64 = 1_100;

impl World {
    pub(super) fn before_input(&mut self, tab: usize, input: &Input) {
        let now = self.wall(tab);
        let machine = &self.tabs[tab].machine;
        let Some(sid) = self.tabs[tab].holds.clone() else {
            return;
        };
        match input {
            Input::LogoutWanted { .. } => {
                self.facts.logged_out.insert(sid);
            }
            Input::VerifyRefused { sid, .. } => {
                self.facts.invalid.insert(sid.clone());
            }
            Input::Activity | Input::Stay => {
                let view = machine.view();
                let ignored = view.prompting
                    && *input == Input::Activity
                    && self.config.prompt_ends_on == PromptEndsOn::Stay;
                let alive = !ignored
                    && view.status == Status::Authenticated
                    && view.idle_at.is_none_or(|at| at > now)
                    && machine.token().is_some();
                if alive {
                    self.facts.active_at.insert(sid, self.time);
                }
            }
            _ => {}
        }
    }

    /// Fact 2: an ended session stays ended in the row, and versions only grow.
    pub(super) fn check_row_change(&mut self, tab: usize, commit: &Commit, row: &Row) {
        if let Some(old) = &self.store.row
            && row.version < old.version
        {
            self.fail(&format!("t{tab} took the row's version back by {commit:?}"));
        }
        match &row.content {
            Content::Ended(ended) => {
                self.facts.reasons.insert(ended.reason);
                self.facts.ended.entry(row.sid.clone()).or_insert(self.time);
            }
            Content::Live(_) if self.facts.ended.contains_key(&row.sid) => {
                self.fail(&format!("t{tab} brought {:?} back into the row by {commit:?}", row.sid));
            }
            Content::Live(live) => {
                // The session counts from the login, though the row may come later.
                let login = live.record.as_ref().map_or(self.time, |record| self.instant(record.started_at));
                let started_at = self.time.min(login);
                self.facts.began_at.entry(row.sid.clone()).or_insert(started_at);
                self.facts.active_at.entry(row.sid.clone()).or_insert(started_at);
            }
        }
    }

    /// Fact 1: the same token goes out twice only where the first outcome is unknown.
    pub(super) fn check_presented(&mut self, tab: usize, sid: &Sid, generation: u64) {
        for attempt in self.attempts.iter().filter(|a| a.sid == *sid && a.generation == generation) {
            match attempt.state {
                AttemptState::InFlight => self.fail(&format!(
                    "t{tab} sends generation {generation} of {sid:?} while t{} waits for its answer",
                    attempt.tab
                )),
                AttemptState::Answered { granted: true } if self.store_is_sound() => {
                    self.fail(&format!("t{tab} sends generation {generation} of {sid:?}, which was renewed"));
                }
                AttemptState::Answered { .. } | AttemptState::Unknown => {}
            }
        }
    }

    fn store_is_sound(&self) -> bool {
        self.store.mode == super::StoreMode::Works && self.tabs.iter().all(|tab| tab.store.is_none())
    }

    /// Facts 2 and 6, for one tab.
    pub(super) fn check_tab(&mut self, tab: usize) {
        let holds = self.tabs[tab].machine.token().map(|(_, sid, _)| sid.clone());
        if let Some(sid) = &holds {
            if self.tabs[tab].left.contains(sid) {
                self.fail(&format!("t{tab} has a token of {sid:?} again, which it had left"));
            }
            // A row that was read just before its end may come in just after it.
            let on_its_way = 2 * self.store.latency.0 + self.store.jitter.0 + 1_500;
            let since = |at: u64| self.time - at;
            let is_over = self.facts.ended.get(sid).is_some_and(|at| since(*at) > on_its_way)
                && since(self.tabs[tab].thawed_at.max(self.facts.waits_count_from)) > on_its_way;
            if self.tabs[tab].holds.as_ref() != Some(sid) && is_over {
                self.fail(&format!("t{tab} gets a token of {sid:?}, which is over"));
            }
        }
        let signed_out = self.status(tab) == Status::Unauthenticated;
        if (holds.is_some() || signed_out) && holds != self.tabs[tab].holds {
            let state = &mut self.tabs[tab];
            if let Some(old) = std::mem::replace(&mut state.holds, holds) {
                state.left.insert(old);
            }
        }
        let view = self.tabs[tab].machine.view();
        if view != self.tabs[tab].shown {
            self.fail(&format!("t{tab} changed without a word: {:?} to {view:?}", self.tabs[tab].shown));
        }
        if let Some((deadline, timer)) = self.tabs[tab].machine.poll_timeout()
            && deadline.0 == 0
        {
            self.fail(&format!("t{tab} waits for {timer:?} at the beginning of time"));
        }
    }

    pub(super) fn check_event(&mut self, tab: usize, event: &Event) {
        match event {
            Event::Changed => {
                let view = self.tabs[tab].machine.view();
                if view == self.tabs[tab].shown {
                    self.fail(&format!("t{tab} tells of a change where nothing changed"));
                }
                self.tabs[tab].shown = view;
            }
            Event::End { reason, by } => self.check_end(tab, *reason, *by),
            _ => {}
        }
    }

    /// Fact 3: an end needs proof. Fact 4: no active user is signed out for idleness.
    fn check_end(&mut self, tab: usize, reason: EndReason, by: By) {
        // A tab that started with an ended session never held it.
        let Some(sid) = self.tabs[tab].holds.clone() else { return };
        if by == By::OtherTab {
            // Whoever wrote the tombstone has been held to its proof.
            if !self.facts.reasons.contains(&reason) && reason != EndReason::UserChanged {
                self.fail(&format!("t{tab} heard of an end for {reason:?} that nobody wrote"));
            }
            return;
        }
        let family_refused = self.server.families.values().any(|family| family.refused);
        let proven = match reason {
            EndReason::Logout => self.facts.logged_out.contains(&sid),
            EndReason::Idle => {
                let timeout = self.config.idle_timeout.unwrap_or(Span(u64::MAX)).0;
                let active_at = self.facts.active_at.get(&sid).copied().unwrap_or(0);
                self.facts.clock_was_set || active_at + timeout <= self.time + ACTIVITY_GRAIN
            }
            EndReason::MaxAge => {
                let began_at = self.facts.began_at.get(&sid).copied().unwrap_or(0);
                self.facts.clock_was_set
                    || self.config.max_age.is_some_and(|age| began_at + age.0 <= self.time + ACTIVITY_GRAIN)
            }
            EndReason::RefreshRejected => family_refused,
            EndReason::TokenInvalid => self.facts.invalid.contains(&sid),
            EndReason::StorageCleared => self.facts.storage_was_cleared,
            // Only ever heard of from another tab.
            EndReason::UserChanged => false,
            EndReason::BrowserClosed => self.facts.browser_was_closed,
            EndReason::Expired => self.access_token_is_dead(&sid),
        };
        if !proven {
            self.fail(&format!("t{tab} ended {sid:?} for {reason:?} without proof"));
        }
    }

    fn access_token_is_dead(&self, sid: &Sid) -> bool {
        // Only a token that cannot be renewed ends by its expiry, which the server's lifetime tells.
        let ttl = self.server.access_ttl.unwrap_or(Span(u64::MAX)).0;
        let began_at = self.facts.began_at.get(sid).copied().unwrap_or(0);
        self.facts.clock_was_set || began_at.saturating_add(ttl) <= self.time + ACTIVITY_GRAIN
    }

    /// Fact 5: everybody who waits is answered within the bound.
    pub(super) fn check_waits(&self) {
        let bound = self.config.lock_timeout.0 + self.config.refresh_timeout.0 + 5_000;
        for (index, tab) in self.tabs.iter().enumerate() {
            if !tab.alive || tab.frozen || tab.throttle.is_some() || self.facts.clock_was_set {
                continue;
            }
            for (waiter, since) in tab.waiting() {
                let since = since.max(self.facts.waits_count_from).max(tab.thawed_at);
                if self.time > since + bound + 100 {
                    self.fail(&format!("{waiter:?} of t{index} has waited since {since}"));
                }
            }
        }
    }

    /// Every living tab's clock agrees with this instant.
    pub(crate) fn instant(&self, wall: Wall) -> u64 {
        wall.0.saturating_sub(super::EPOCH)
    }
}
