//! The facts, judged by what happened: by effects, by the row, and by what the users and the server did.
//!
//! Exactly these repeats of a token are allowed. Every other request for the same generation of the same session
//! must be one that
//! - the tab that sent it has given up or heard to have failed, or whose tab is dead; or
//! - has outlived its time limit while its tab was frozen or the computer asleep; or
//! - was answered, and the store then failed the tab that knows the answer; or
//! - was sent by a tab that other code of the page robbed of the lock (`steal`), so that it looked dead; or
//! - carried an earlier token than that generation's, and was answered: where the tabs keep the tokens to
//!   themselves, each that is left behind and whose question for the latest ones nobody answered sends its own,
//!   once. Where nothing fails, somebody answers.
//!
//! A new access token beside an answer makes another generation with the same refresh token. That is no refresh, and
//! excuses none: what was sent before it is held against what is sent after it.

use crate::world::{Attempt, EPOCH, Move, Stage, Step, Tab, Wants, instant, is_token};
use session_warden::machine::{
    By, Commit, Content, Effect, EndReason, Event, Input, Live, Row, Settlement, Sid, Span, Status, Storage,
};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// 1: at most one refresh under way per generation.
    OneRefresh,
    /// 2: logout, login and account switch are final.
    LogoutIsFinal,
    /// 3: ending needs proof.
    EndsNeedProof,
    /// 4: activity keeps, idleness ends.
    IdlenessEnds,
    /// 5: no waiting for ever, and none with a valid token at hand.
    NobodyWaits,
    /// 6: events, requests and writes tell only changes.
    OnlyChanges,
    /// Where nothing fails, the latest tokens that the server has given are in the row.
    NothingIsLost,
    /// Tokens stand only where the storage says.
    TokensStayPut,
    /// A session that is not to be remembered ends with the browser, and not before.
    EndsWithTheBrowser,
    /// When faults stop, every tab is of the row's mind, tokens are renewed, and the idle session ends.
    AllEndsWell,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    pub(crate) fact: Fact,
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.fact, self.what)
    }
}

/// What is true of the world and no tab need know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ghosts {
    pub(crate) sessions: Vec<Truth>,
    /// Tokens that the server refused for good.
    refusals: Vec<Refusal>,
    /// Somebody took the browser's mark away.
    pub(crate) mark_cleared: bool,
    /// Something that carries tokens, or word of them, may have got lost or be late.
    pub(crate) lost: bool,
    /// Generations with the refresh token of the one before.
    prolonged: Vec<(Sid, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Refusal {
    sid: Sid,
    generation: u64,
    /// Of the token that was sent: an earlier one is the matter of this tab alone.
    own: u64,
    tab: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Truth {
    pub(crate) sid: Sid,
    /// Where it was asked for.
    tab: usize,
    /// It has been taken up there.
    taken_up: bool,
    pub(crate) began_at: Option<u64>,
    pub(crate) active_at: u64,
    /// Its user signed out of it.
    pub(crate) logged_out: bool,
    /// Somebody signed in on top of it.
    left_behind: bool,
    /// The row has held its tombstone, or another login in its place.
    pub(crate) over: bool,
    /// The browser was closed, and it was not to outlive that.
    closed: bool,
}

impl Ghosts {
    pub(crate) fn begin(&mut self, sid: Sid, tab: usize) {
        let truth = Truth {
            sid,
            tab,
            taken_up: false,
            began_at: None,
            active_at: 0,
            logged_out: false,
            left_behind: false,
            over: false,
            closed: false,
        };
        self.sessions.push(truth);
    }

    pub(crate) fn refused(&mut self, attempt: &Attempt) {
        let Attempt { tab, sid, generation, own, .. } = attempt.clone();
        let refusal = Refusal { sid, generation, own, tab };
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
            self.refusals.sort();
        }
    }

    /// The first generation with the refresh token of this one.
    fn origin(&self, sid: &Sid, generation: u64) -> u64 {
        let is_prolonged = |generation: &u64| self.prolonged.contains(&(sid.clone(), *generation));
        (0..=generation).rev().find(|generation| !is_prolonged(generation)).unwrap_or(generation)
    }

    pub(crate) fn of(&self, sid: &Sid) -> &Truth {
        self.sessions.iter().find(|truth| truth.sid == *sid).expect("a session that was begun")
    }

    fn of_mut(&mut self, sid: &Sid) -> &mut Truth {
        self.sessions.iter_mut().find(|truth| truth.sid == *sid).expect("a session that was begun")
    }
}

/// How long a page that came back may keep its callers waiting for the row.
const DOUBT: u64 = 100;

/// Beyond the lock and the request, in which every wait ends.
const PATIENCE: Span = Span::seconds(5);

/// How long a tab waits to be given the latest tokens before it sends its own.
const HANDOVER: u64 = 1_000;

impl Step<'_> {
    pub(crate) fn violated(&mut self, fact: Fact, what: impl FnOnce() -> String) {
        if self.violation.is_none() {
            let what = what();
            self.say(|| format!("!! {fact:?}: {what}"));
            self.violation = Some(Violation { fact, what });
        }
    }

    // --- before and after an input -----------------------------------------------------------------------

    pub(crate) fn before_input(&mut self, tab: usize, input: &Input) {
        let now = self.world.now;
        let idle_timeout = self.rules.config.idle_timeout;
        let holds = self.world.tabs[tab].holds.clone();
        let ghosts = &mut self.world.ghosts;
        match input {
            Input::LogoutWanted { .. } => {
                // Signed in, though no token is handed out yet.
                let machine = &self.world.tabs[tab].machine;
                let is_signed_in = machine.view().status == Status::Authenticated;
                let shown = machine.scope().filter(|_| is_signed_in).cloned();
                for sid in holds.into_iter().chain(shown) {
                    ghosts.of_mut(&sid).logged_out = true;
                }
                // Before the first look, it is the session that the look will find.
                let loading = self.world.tabs[tab].machine.view().status == Status::Loading;
                if let Some(row) = self.world.row.as_ref().filter(|_| loading) {
                    ghosts.of_mut(&row.sid).logged_out = true;
                }
                // What this tab's logins bring is not wanted any more either.
                for truth in ghosts.sessions.iter_mut().filter(|truth| truth.tab == tab && !truth.taken_up) {
                    truth.logged_out = true;
                }
            }
            Input::Granted { sid, .. } => {
                ghosts.of_mut(sid).active_at = now;
                if let Some(old) = holds {
                    ghosts.of_mut(&old).left_behind = true;
                }
            }
            Input::Activity | Input::Stay => {
                if let Some(sid) = holds {
                    let truth = ghosts.of_mut(&sid);
                    let in_time = idle_timeout.is_none_or(|timeout| now < truth.active_at + timeout.0);
                    if in_time && !truth.over && !truth.logged_out {
                        truth.active_at = now;
                    }
                }
            }
            _ => {}
        }
    }

    pub(crate) fn after_input(&mut self, index: usize) {
        let view = self.world.tabs[index].machine.view();
        let token = self.world.tabs[index].machine.token().map(|(_, sid, _)| sid.clone());
        if view != self.world.tabs[index].shown {
            self.violated(Fact::OnlyChanges, || format!("t{index} changed without a word"));
        }
        if let Some(sid) = &token {
            self.check_token(index, sid);
        }
        let signed_out = view.status == Status::Unauthenticated;
        if (token.is_some() || signed_out) && token != self.world.tabs[index].holds {
            if let Some(sid) = &token {
                let truth = self.world.ghosts.of_mut(sid);
                truth.taken_up |= truth.tab == index;
            }
            let tab = self.tab(index);
            if let Some(old) = std::mem::replace(&mut tab.holds, token) {
                tab.left.push(old);
            }
        }
        self.check_waiters(index, self.world.now);
    }

    fn check_token(&mut self, index: usize, sid: &Sid) {
        let now = self.world.now;
        let config = &self.rules.config;
        let truth = self.world.ghosts.of(sid);
        let idle_at = config.idle_timeout.map(|timeout| truth.active_at + timeout.0);
        let ends_at = config.max_age.and_then(|age| Some(truth.began_at? + age.0));
        let tab = &self.world.tabs[index];
        let left = tab.left.contains(sid);
        let closed = truth.closed;
        let unread =
            tab.unread.as_ref().is_some_and(|unread| unread.sid == *sid && now < unread.since + DOUBT);
        if left {
            self.violated(Fact::LogoutIsFinal, || {
                format!("t{index} has a token of {sid:?} again, which it had left")
            });
        }
        if unread {
            self.violated(Fact::LogoutIsFinal, || {
                format!("t{index} came back and hands out a token of {sid:?} before it has read the row")
            });
        }
        if closed {
            self.violated(Fact::EndsWithTheBrowser, || {
                format!("t{index} has a token of {sid:?}, and the browser was closed")
            });
        }
        if idle_at.is_some_and(|at| at <= now) || ends_at.is_some_and(|at| at <= now) {
            self.violated(Fact::IdlenessEnds, || {
                format!("t{index} has a token of {sid:?} past its deadline")
            });
        }
    }

    /// Fact 5.
    fn check_waiters(&mut self, index: usize, now: u64) {
        let config = &self.rules.config;
        let bound = config.lock_timeout + config.refresh_timeout + PATIENCE;
        let tab = &self.world.tabs[index];
        let late = tab
            .waiting
            .iter()
            .find(|waiting| waiting.wants != Wants::Login && now >= waiting.since + bound.0);
        if let Some(late) = late.cloned() {
            self.violated(Fact::NobodyWaits, || {
                format!("{:?} of t{index} has waited since {}", late.id, late.since)
            });
            return;
        }
        let lives = |tab: &Tab| {
            let at = tab.machine.view().expires_at;
            tab.machine.token().is_some() && at.is_none_or(|at| instant(at) > now + 2_000)
        };
        let waits = |tab: &Tab| tab.waiting.iter().any(|waiting| waiting.wants == Wants::Token);
        if waits(tab) && lives(tab) {
            self.violated(Fact::NobodyWaits, || {
                format!("somebody waits in t{index} with a valid token at hand")
            });
        }
    }

    pub(crate) fn before_time_passes(&mut self, to: u64) {
        for index in 0..self.world.tabs.len() {
            // The wait ends at the deadline itself.
            if self.world.tabs[index].is_awake() {
                self.check_waiters(index, to.saturating_sub(1));
            }
        }
    }

    // --- effects -----------------------------------------------------------------------------------------

    pub(crate) fn effect(&mut self, tab: usize, effect: &Effect) {
        match effect {
            Effect::SendRefresh { sid, generation, token } => {
                let token = self.world.presented(token);
                self.check_send(tab, sid, *generation, token);
            }
            Effect::Settle { waiter, settlement } => {
                let waiting =
                    self.world.tabs[tab].waiting.iter().find(|waiting| waiting.id == *waiter).cloned();
                match waiting {
                    None => {
                        self.violated(Fact::OnlyChanges, || format!("{waiter:?} of t{tab} is answered twice"))
                    }
                    Some(waiting) if is_token(settlement) => {
                        self.check_handed_out(tab, waiting.sid, settlement)
                    }
                    Some(_) => {}
                }
            }
            Effect::Announce { version } => {
                // The number of what could not be written is a guess, which something else may come to bear.
                let written =
                    self.world.storage.copy.value.as_ref().map(|row| (row.sid.clone(), row.generation));
                let tells = (*version, written);
                let old = self.tab(tab).announced.replace(tells.clone());
                if old.as_ref().is_some_and(|old| old.0 > tells.0 || *old == tells) {
                    self.violated(Fact::OnlyChanges, || format!("t{tab} tells of {tells:?} after {old:?}"));
                }
                self.check_no_answer(tab, effect);
            }
            Effect::WriteCopy(row)
                if self.rules.config.storage == Storage::Memory && holds_tokens(row.live()) =>
            {
                self.violated(Fact::TokensStayPut, || format!("t{tab} writes tokens into the copy"));
            }
            // The tombstone of a logout that the user did not wait to give, until the row came in.
            Effect::WriteCopy(row) if row.live().is_none() && self.world.ghosts.of(&row.sid).logged_out => {}
            Effect::WriteCopy(_) => self.check_no_answer(tab, effect),
            Effect::WriteActivity(_) => self.check_is_activity(tab, effect),
            Effect::Commit { commit, .. } if matches!(**commit, Commit::Touch { .. }) => {
                self.check_is_activity(tab, effect);
            }
            Effect::Revoke { access_token, .. } => {
                let (family, _) = self.world.presented(access_token);
                self.check_revoked(tab, &Sid(format!("s{family}")));
            }
            Effect::HandOver(row) => self.check_given_out(tab, row),
            Effect::Notify(event) => self.check_event(tab, event),
            _ => {}
        }
    }

    /// In doubt, nothing is given to other tabs either.
    fn check_given_out(&mut self, tab: usize, row: &Row) {
        let has = self.world.tabs[tab].machine.token().map(|(_, sid, generation)| (sid, generation));
        if has != Some((&row.sid, row.generation)) {
            self.violated(Fact::LogoutIsFinal, || {
                format!("t{tab} gives out generation {} of {:?}, and has no token", row.generation, row.sid)
            });
        }
    }

    /// Fact 1.
    fn check_send(&mut self, tab: usize, sid: &Sid, generation: u64, token: (usize, u64)) {
        let now = self.world.now;
        let limit = self.rules.config.refresh_timeout.0;
        let own = self.world.tabs[tab].machine.view().generation;
        let stale = own != generation;
        let asked_at = self.world.tabs[tab].asked_for_tokens_at;
        let alone = asked_at.is_some_and(|at| now >= at + HANDOVER) && self.world.ghosts.lost;
        if stale && (self.rules.config.storage == Storage::Shared || !alone) {
            self.violated(Fact::OneRefresh, || {
                format!("t{tab} sends its token {own} for generation {generation} and has no need to")
            });
        }
        let other = self.world.attempts.iter().find(|other| {
            let given_up = other.unheard
                || other.away && now >= other.sent_at + limit
                || other.unwritten && other.stage == Stage::Known
                || other.robbed
                || self.world.tabs[tab].robbed;
            let another_token = other.own != own || other.is_stale() && other.tab != tab;
            let same = other.generation == generation && !(another_token && other.stage == Stage::Known);
            let same_token = if stale { other.tab == tab && other.own == own } else { other.token == token };
            other.sid == *sid && (same || same_token) && !given_up
        });
        if let Some(other) = other.cloned() {
            self.violated(Fact::OneRefresh, || {
                let Attempted { tab: first, stage } = Attempted { tab: other.tab, stage: other.stage };
                format!(
                    "t{tab} sends generation {generation} of {sid:?}, which t{first} has sent ({stage:?})"
                )
            });
        }
        if self.world.tabs[tab].left.contains(sid) {
            self.violated(Fact::LogoutIsFinal, || format!("t{tab} renews {sid:?}, which it had left"));
        }
    }

    fn check_handed_out(&mut self, tab: usize, asked_in: Option<Sid>, settlement: &Settlement) {
        let Settlement::Token { sid, .. } = settlement else { return };
        if asked_in.is_some_and(|asked| asked != *sid) {
            self.violated(Fact::LogoutIsFinal, || {
                format!("t{tab} answers a caller of another session with {sid:?}")
            });
        }
        self.check_token(tab, sid);
    }

    /// Who hears of a change never writes or speaks in answer.
    fn check_no_answer(&mut self, tab: usize, effect: &Effect) {
        let heard = matches!(
            self.input,
            Some(
                Input::Announced { .. }
                    | Input::CopyRead { .. }
                    | Input::ActivitySeen(_)
                    | Input::RowRead { .. }
            )
        );
        if heard {
            self.violated(Fact::OnlyChanges, || format!("t{tab} answers what it heard with {effect:?}"));
        }
    }

    /// Refreshes and polling are not activity.
    fn check_is_activity(&mut self, tab: usize, effect: &Effect) {
        if !matches!(self.input, Some(Input::Activity | Input::Stay)) {
            self.violated(Fact::IdlenessEnds, || {
                format!("t{tab} takes something else for activity: {effect:?}")
            });
        }
    }

    /// Tokens of a session that lives are never given back.
    fn check_revoked(&mut self, tab: usize, sid: &Sid) {
        let truth = self.world.ghosts.of(sid);
        let due = self.idle_is_due(truth.active_at) || self.age_is_due(truth.began_at);
        if !truth.logged_out && !truth.left_behind && !truth.over && !due && truth.began_at.is_some() {
            self.violated(Fact::EndsNeedProof, || format!("t{tab} revokes {sid:?}, which lives"));
        }
    }

    /// Fact 6, and the proofs of what a tab ends by itself.
    fn check_event(&mut self, index: usize, event: &Event) {
        let view = self.world.tabs[index].machine.view();
        let token =
            self.world.tabs[index].machine.token().map(|(_, sid, generation)| (sid.clone(), generation));
        let told = self.world.tabs[index].told.clone();
        match event {
            Event::Changed => {
                if view == self.world.tabs[index].shown {
                    self.violated(Fact::OnlyChanges, || {
                        format!("t{index} tells of a change where nothing changed")
                    });
                }
                self.tab(index).shown = view;
                if let Some(token) = token.filter(|_| told.is_none()) {
                    self.tab(index).told = Some(token);
                }
            }
            Event::Login => {
                // The session is there when the page is told of it.
                let fresh = token.is_none() || token.as_ref().map(|t| &t.0) != told.as_ref().map(|t| &t.0);
                if !fresh {
                    self.violated(Fact::OnlyChanges, || {
                        format!("t{index} tells of a login that it told of before")
                    });
                }
                self.tab(index).told = token;
            }
            Event::Refresh { generation, .. } => {
                if let Some((sid, old)) = told {
                    if old >= *generation {
                        self.violated(Fact::OnlyChanges, || {
                            format!("t{index} tells of generation {generation} after {old}")
                        });
                    }
                    self.tab(index).told = Some((sid, *generation));
                }
            }
            Event::End { reason, by } => {
                self.check_left_nothing(index, *reason, told.as_ref());
                self.tab(index).told = None;
                // Never held where the session was found and was over.
                let found = || self.world.tabs[index].machine.scope().cloned();
                let holds = self.world.tabs[index].holds.clone();
                let Some(sid) = holds.or_else(|| found().filter(|_| *by == By::ThisTab)) else { return };
                match by {
                    By::ThisTab => {
                        // Who has had no token at all, and none but a cookie, goes by the row.
                        let of_row = || self.world.row.as_ref().map(|row| row.generation);
                        let generation = told.map(|(_, generation)| generation).or_else(of_row);
                        self.check_proof(index, &sid, *reason, generation);
                    }
                    By::OtherTab => {
                        let truth = self.world.ghosts.of(&sid);
                        // A login that never got into the row gives way to whatever the row came to hold.
                        if !truth.over && truth.began_at.is_some() {
                            self.violated(Fact::EndsNeedProof, || {
                                format!("t{index} ended {sid:?} by an end that nobody wrote")
                            });
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Where a tab has its own copy, and ended for a refusal that is about its own tokens only, a reload must not
    /// find these.
    fn check_left_nothing(&mut self, index: usize, reason: EndReason, told: Option<&(Sid, u64)>) {
        let refused = matches!(reason, EndReason::Expired | EndReason::RefreshRejected);
        let latest = self.world.row.as_ref().filter(|row| row.live().is_some());
        let alone =
            told.zip(latest).is_some_and(|((sid, own), row)| row.sid == *sid && row.generation > *own);
        let copy = self.world.tabs[index].own_copy.as_ref();
        if refused && alone && copy.is_some_and(|copy| holds_tokens(copy.live())) {
            self.violated(Fact::TokensStayPut, || {
                format!("t{index} ended alone, and its copy has the tokens")
            });
        }
    }

    // --- the row -----------------------------------------------------------------------------------------

    pub(crate) fn row_changes(&mut self, tab: usize, commit: &Commit, row: &Row) {
        let old = self.world.row.clone();
        if let Some(old) = &old {
            let same = old.sid == row.sid && old.generation == row.generation;
            let moved = !same || old.live().is_some() != row.live().is_some();
            if row.version < old.version || moved && row.version == old.version {
                self.violated(Fact::LogoutIsFinal, || {
                    format!("t{tab} sets version {} over {} by {commit:?}", row.version, old.version)
                });
            }
            if old.sid == row.sid && row.generation < old.generation && row.live().is_some() {
                self.violated(Fact::LogoutIsFinal, || {
                    format!("t{tab} takes a generation back by {commit:?}")
                });
            }
            if old.sid != row.sid {
                self.world.ghosts.of_mut(&old.sid).over = true;
            }
        }
        if let Commit::Renew { yields: true, .. } = commit {
            self.world.ghosts.prolonged.push((row.sid.clone(), row.generation));
        }
        match &row.content {
            Content::Live(live) => {
                let truth = self.world.ghosts.of_mut(&row.sid);
                if truth.over {
                    self.violated(Fact::LogoutIsFinal, || {
                        format!("t{tab} brings {:?} back into the row by {commit:?}", row.sid)
                    });
                } else if truth.began_at.is_none() {
                    truth.began_at = Some(instant(live.started_at));
                }
                if self.rules.config.storage != Storage::Shared && holds_tokens(Some(live)) {
                    self.violated(Fact::TokensStayPut, || format!("t{tab} writes tokens into the row"));
                }
                let family = live.record.as_ref().map(|record| self.world.presented(&record.access_token).0);
                if family.is_some_and(|family| row.sid != Sid(format!("s{family}"))) {
                    self.violated(Fact::LogoutIsFinal, || {
                        format!("t{tab} writes tokens of another session into {:?}", row.sid)
                    });
                }
                if live.refused && old.is_none_or(|old| old.live().is_none_or(|old| !old.refused)) {
                    self.check_refused_in_row(tab, &row.sid, row.generation);
                }
            }
            Content::Ended(ended) => {
                if old.is_none_or(|old| old.live().is_some() && old.sid == row.sid) {
                    self.check_proof(tab, &row.sid, ended.reason, Some(row.generation));
                }
                self.world.ghosts.of_mut(&row.sid).over = true;
            }
        }
    }

    /// Fact 3.
    fn check_proof(&mut self, tab: usize, sid: &Sid, reason: EndReason, generation: Option<u64>) {
        let truth = self.world.ghosts.of(sid).clone();
        let fact = match reason {
            EndReason::Idle if !self.idle_is_due(truth.active_at) => Fact::IdlenessEnds,
            EndReason::MaxAge if !self.age_is_due(truth.began_at) => Fact::IdlenessEnds,
            EndReason::Logout if !truth.logged_out => Fact::EndsNeedProof,
            EndReason::Expired | EndReason::RefreshRejected => {
                return self.check_refused(tab, sid, generation);
            }
            EndReason::BrowserClosed if !truth.closed && !self.looks_closed(tab, sid) => {
                Fact::EndsWithTheBrowser
            }
            // In no scope is the storage cleared, or the server asked about an access token.
            EndReason::StorageCleared | EndReason::TokenInvalid | EndReason::UserChanged => {
                Fact::EndsNeedProof
            }
            _ => return,
        };
        self.violated(fact, || format!("t{tab} ends {sid:?} for {reason:?} without proof"));
    }

    /// The mark is gone, and with it every other tab of the session.
    fn looks_closed(&self, tab: usize, sid: &Sid) -> bool {
        let mut others = self.world.tabs.iter().enumerate().filter(|(other, _)| *other != tab);
        self.world.ghosts.mark_cleared && !others.any(|(_, other)| other.holds.as_ref() == Some(sid))
    }

    pub(crate) fn browser_closes(&mut self) {
        let bound = !self.rules.remember;
        for truth in &mut self.world.ghosts.sessions {
            truth.closed |= bound;
        }
    }

    /// The row says it of its own token only. A refusal of an earlier one concerns the tab that sent it.
    fn check_refused_in_row(&mut self, tab: usize, sid: &Sid, generation: u64) {
        let refusals = &self.world.ghosts.refusals;
        let of_row = |it: &Refusal| it.sid == *sid && it.generation == generation && it.own == generation;
        if !refusals.iter().any(of_row) {
            self.violated(Fact::EndsNeedProof, || {
                format!("t{tab} writes that generation {generation} of {sid:?} is refused, which nobody said")
            });
        }
    }

    fn check_refused(&mut self, tab: usize, sid: &Sid, generation: Option<u64>) {
        let (refusals, apart) = (&self.world.ghosts.refusals, self.rules.config.storage != Storage::Shared);
        let origin = |generation| self.world.ghosts.origin(sid, generation);
        let concerns = |it: &Refusal| {
            let of_row = it.own == it.generation;
            // Where a tab is left behind, the refusal of the latest token says all of its own.
            let later = apart && of_row && generation.is_some_and(|generation| it.generation > generation);
            let own = generation.is_some_and(|generation| origin(it.own) == origin(generation));
            it.sid == *sid && (later || own && (of_row || it.tab == tab))
        };
        if !refusals.iter().any(concerns) {
            self.violated(Fact::EndsNeedProof, || {
                format!("t{tab} takes generation {generation:?} of {sid:?} for refused, which nobody refused")
            });
        }
    }

    fn idle_is_due(&self, active_at: u64) -> bool {
        self.rules.config.idle_timeout.is_some_and(|timeout| active_at + timeout.0 <= self.world.now)
    }

    fn age_is_due(&self, began_at: Option<u64>) -> bool {
        let age = self.rules.config.max_age.zip(began_at);
        age.is_some_and(|(age, began_at)| began_at + age.0 <= self.world.now)
    }

    // --- a fair continuation -----------------------------------------------------------------------------

    /// Every tab that is awake is of the row's mind. Where the row has no tokens and no living tab has the latest,
    /// each goes on with its own until they are due, and one that has none is signed out, unless a cookie renews them.
    pub(crate) fn disagreement(&self) -> Option<String> {
        let row = self.world.row.as_ref().filter(|row| row.live().is_some());
        let is = row.map(|row| (&row.sid, row.generation));
        let has = |tab: &Tab| tab.machine.token().map(|(_, sid, generation)| (sid.clone(), generation));
        let is_latest = |has: &Option<(Sid, u64)>| has.as_ref().map(|(sid, g)| (sid, *g)) == is;
        let lost = self.rules.config.storage != Storage::Shared
            && !self.world.awake().any(|(_, tab)| is_latest(&has(tab)));
        for (index, tab) in self.world.awake() {
            let has = has(tab);
            let own = is.zip(has.as_ref()).is_some_and(|((sid, latest), (of, g))| sid == of && *g < latest);
            let ended_alone = has.is_none() && row.is_some_and(|row| tab.left.contains(&row.sid));
            // Its own were refused, and are used until they expire.
            let ends_alone = own && tab.machine.view().ending;
            let apart = self.rules.config.storage != Storage::Shared && (ended_alone || ends_alone);
            let found_none = has.is_none() && !self.rules.config.cookies;
            if !is_latest(&has) && !apart && !(lost && (found_none || own)) {
                return Some(format!("t{index} has {has:?} and the row {is:?}"));
            }
        }
        None
    }

    /// A session that its user signed out of, and that lives.
    pub(crate) fn returned(&self) -> Option<Sid> {
        let row = self.world.row.as_ref().filter(|row| row.live().is_some())?;
        self.world.ghosts.of(&row.sid).logged_out.then(|| row.sid.clone())
    }

    /// Signed in with a token that is dead, though the server would renew it.
    pub(crate) fn overdue(&self) -> Option<usize> {
        let now = self.world.now + EPOCH;
        let refused = self.world.row.as_ref().and_then(|row| row.live()).is_some_and(|live| live.refused);
        let dead = |tab: &Tab| {
            let view = tab.machine.view();
            tab.machine.token().is_some() && view.expires_at.is_some_and(|at| at.0 + 1_000 < now)
        };
        self.world.awake().find(|(_, tab)| !refused && dead(tab)).map(|(index, _)| index)
    }

    /// The row has a refresh token, and the server has given a later one.
    pub(crate) fn outdated(&self) -> Option<(usize, u64)> {
        let record = self.world.row.as_ref()?.live()?.record.as_ref()?;
        let (family, generation) = self.world.presented(record.refresh_token.as_ref()?);
        let tokens = &self.world.server.families[family];
        let is_latest = tokens.generation == generation || tokens.revoked || self.world.ghosts.lost;
        (!is_latest).then_some((family, tokens.generation))
    }

    /// Nobody is signed in, and the row says so.
    pub(crate) fn all_is_over(&self) -> bool {
        // A row without tokens and without a tab that has them lies there for ever.
        let apart = self.rules.config.storage != Storage::Shared;
        self.world.row.as_ref().is_none_or(|row| apart || row.live().is_none())
            && self.world.awake().all(|(_, tab)| tab.machine.view().status == Status::Unauthenticated)
    }
}

fn holds_tokens(live: Option<&Live>) -> bool {
    live.is_some_and(|live| live.record.is_some())
}

struct Attempted {
    tab: usize,
    stage: Stage,
}

/// What the search prints.
pub(crate) fn line(step: &Move) -> String {
    format!("{:?}{}", step.what, if step.lagging { ", reading old" } else { "" })
}
