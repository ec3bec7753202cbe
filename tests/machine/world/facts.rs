//! What must hold after every step, whatever happens.
//!
//! Each excuse says which world makes it necessary. Instants are the world's, and those that a clock set
//! forwards brings nearer are counted by [`World::elapsed`].

use super::tab::{Refreshed, Wants};
use super::{Attempt, Heard, Names, Tab, World};
use session_warden::machine::{
    By, Commit, Content, EndReason, Event, Input, PromptEndsOn, Row, Secret, Sid, Span, Status, Storage, Wall,
};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(crate) struct Facts {
    /// Sessions with a tombstone in the row, and since when.
    ended: BTreeMap<Sid, u64>,
    /// Sessions whose end or successor stands in the copy, and since when: from then on every tab can know.
    told: BTreeMap<Sid, u64>,
    /// Every reason that was ever given in the row or its copy.
    reasons: BTreeSet<EndReason>,
    /// Sessions that a user signed out of.
    logged_out: Names,
    /// When a user last signed out before the tab knew of which session, in elapsed time.
    logged_out_unread_at: Option<u64>,
    /// Tokens that the auth server called invalid.
    invalid: BTreeSet<(Sid, u64)>,
    activity: BTreeMap<Sid, Activity>,
    /// When each session began, in elapsed time.
    began_at: BTreeMap<Sid, u64>,
    /// Access tokens and when they were issued, in elapsed time.
    issued: BTreeMap<String, (u64, Option<Span>)>,
    /// Versions that were announced, of each row that there is.
    announced: BTreeSet<(Option<Sid>, u64)>,
    clocks: Clocks,
    cleared_at: Option<u64>,
    pub(crate) browser_was_closed: bool,
    /// When the computer last woke from sleep.
    woke_at: u64,
}

/// When anybody was active in a session, in elapsed time.
struct Activity {
    /// A tab that was signed in took it.
    sure: Vec<u64>,
    /// When it was last, if a tab that was in doubt of its session took it.
    possible: u64,
}

#[derive(Default)]
struct Clocks {
    set_at: Option<u64>,
    /// By how much they were set forwards and back, all in all.
    forwards: u64,
    back: u64,
    /// Stamps from before the clocks were set back lie ahead until then, in elapsed time.
    stamps_ahead_until: u64,
}

impl Facts {
    pub(super) fn woke(&mut self, now: u64) {
        self.woke_at = now;
    }

    pub(super) fn clocks_set(&mut self, now: u64, by: i64) {
        self.clocks.set_at = Some(now);
        if by > 0 {
            self.clocks.forwards += by.unsigned_abs();
        } else {
            self.clocks.back += by.unsigned_abs();
            let ahead_until = now + self.clocks.forwards + by.unsigned_abs();
            self.clocks.stamps_ahead_until = self.clocks.stamps_ahead_until.max(ahead_until);
        }
    }

    pub(super) fn storage_cleared(&mut self, now: u64, row: bool) {
        self.cleared_at = Some(now);
        // A tab that has not heard of the activity by now can find it nowhere.
        self.activity.values_mut().for_each(|activity| activity.sure.truncate(1));
        if row {
            // The tombstones are gone with the row, and nobody who missed them can know of them.
            self.ended.clear();
            self.told.clear();
        }
    }

    pub(super) fn copy_written(&mut self, now: u64, row: &Row) {
        if row.live().is_none() {
            self.told.entry(row.sid.clone()).or_insert(now);
        }
    }
}

/// Activity is written down at most once a second, so other tabs may know it that much too old. Clocks that
/// are read one after the other, and small steps of them, take up the rest.
const GRAIN: u64 = 1_100;

impl World {
    /// The time that has passed as a machine may count it: a clock set forwards is time that has passed.
    fn elapsed(&self) -> u64 {
        self.time + self.facts.clocks.forwards
    }

    pub(super) fn issued(&mut self, access_token: &Secret, lifetime: Option<Span>) {
        let elapsed = self.elapsed();
        self.facts.issued.entry(access_token.expose().to_owned()).or_insert((elapsed, lifetime));
    }

    pub(super) fn before_input(&mut self, tab: usize, input: &Input) {
        let elapsed = self.elapsed();
        self.tabs[tab].active = matches!(input, Input::Activity | Input::Stay);
        let status = self.status(tab);
        if matches!(input, Input::LogoutWanted { .. }) {
            // Of what it is in, of what is on its way, and of what it has yet to read.
            let held = self.tabs[tab].session.clone().filter(|_| status != Status::Unauthenticated);
            let begun = self.tabs[tab].begun.iter().cloned();
            self.facts.logged_out.extend(begun.chain(held));
            if status == Status::Loading {
                self.facts.logged_out_unread_at = Some(elapsed);
            }
        }
        if matches!(input, Input::RefreshWanted(_) | Input::Unauthorized { .. }) {
            self.tabs[tab].asked = Some(self.tabs[tab].machine.view().generation);
        }
        if let Input::Granted { sid, .. } = input {
            self.began(&sid.clone(), elapsed);
        }
        if self.tabs[tab].active {
            self.note_activity(tab, input);
        }
        if let Input::VerifyRefused { sid, generation } = input {
            self.facts.invalid.insert((sid.clone(), *generation));
        }
    }

    fn note_activity(&mut self, tab: usize, input: &Input) {
        let (now, elapsed) = (self.wall(tab), self.elapsed());
        let machine = &self.tabs[tab].machine;
        let view = machine.view();
        let past = |deadline: Option<Wall>| deadline.is_some_and(|at| at <= now);
        // A prompt that is due comes up before the input is looked at, in a tab whose timer is late as well.
        let prompted = view.prompting || past(view.prompt_at);
        let ignored =
            prompted && *input == Input::Activity && self.config.prompt_ends_on == PromptEndsOn::Stay;
        // A start may give up on the row at this very moment, and then it counts.
        if ignored || view.status == Status::Unauthenticated || past(view.idle_at) {
            return;
        }
        // While stamps from before the clock was set back lie ahead, other tabs may take a new one for an old
        // one.
        let sure = elapsed > self.facts.clocks.stamps_ahead_until + GRAIN;
        let held = machine.token().map(|(_, sid, _)| sid.clone()).filter(|_| sure);
        // The stamp bears no session's name: who has yet to hear of the next login keeps that one alive.
        self.facts.activity.values_mut().for_each(|activity| activity.possible = elapsed);
        if let Some(activity) = held.and_then(|sid| self.facts.activity.get_mut(&sid)) {
            activity.sure.push(elapsed);
        }
    }

    /// Facts 2 and 3: an ended session stays ended in the row, versions only grow, and what the row says
    /// against a session is proven.
    pub(super) fn check_row_change(&mut self, tab: usize, commit: &Commit, row: &Row) {
        let old = self.store.row.clone();
        if old.as_ref().is_some_and(|old| row.version < old.version) {
            self.fail(&format!("t{tab} took the row's version back by {commit:?}"));
        }
        let replaced = old.filter(|old| old.sid == row.sid);
        let record = replaced.as_ref().and_then(Row::live).and_then(|live| live.record.as_ref());
        if let Some(record) = record {
            let generation = replaced.as_ref().map_or(0, |old| old.generation);
            let proven = match commit {
                Commit::Refuse { .. } => self.server.has_refused(record),
                Commit::End { ended, .. } => match ended.reason {
                    EndReason::RefreshRejected => self.server.has_refused(record),
                    EndReason::TokenInvalid => self.facts.invalid.contains(&(row.sid.clone(), generation)),
                    EndReason::Expired => self.is_dead(&record.access_token),
                    reason => self.is_proven(tab, &row.sid, reason),
                },
                _ => true,
            };
            if !proven {
                self.fail(&format!("t{tab} has no proof for {commit:?}"));
            }
        }
        match &row.content {
            Content::Ended(ended) => {
                self.facts.reasons.insert(ended.reason);
                self.facts.ended.entry(row.sid.clone()).or_insert(self.time);
            }
            // With a cleared row the versions start anew, and a tab that knows a higher one takes its own session
            // for the newer.
            Content::Live(_) if self.facts.ended.contains_key(&row.sid) && !self.row_was_cleared => {
                self.fail(&format!("t{tab} brought {:?} back into the row by {commit:?}", row.sid));
            }
            Content::Live(_) => {
                // A login counts as activity when it is written.
                let elapsed = self.elapsed();
                if let (Commit::Login { .. }, Some(activity)) =
                    (commit, self.facts.activity.get_mut(&row.sid))
                {
                    activity.possible = activity.possible.max(elapsed);
                }
            }
        }
    }

    fn began(&mut self, sid: &Sid, at: u64) {
        self.facts.began_at.entry(sid.clone()).or_insert(at);
        self.facts.activity.entry(sid.clone()).or_insert_with(|| Activity { sure: vec![at], possible: at });
    }

    /// Fact 1: a token goes out again only where nobody can know what became of it, or where the auth server
    /// said that it will be heard again; and never twice at a time.
    ///
    /// A new access token beside an answer makes another generation with the same refresh token. Where the tabs keep
    /// the tokens to themselves, one that is left behind sends its own.
    pub(super) fn check_presented(&mut self, tab: usize, sid: &Sid, generation: u64, token: &str) {
        let same = |attempt: &&Attempt| {
            let is_shared = self.config.storage == Storage::Shared;
            let same_token = is_shared && attempt.token == token && !attempt.is_kept;
            attempt.sid == *sid && (attempt.generation == generation || same_token)
        };
        for attempt in self.attempts.iter().filter(same) {
            let sender = &self.tabs[attempt.tab];
            let since = |at: Option<u64>| at.is_some_and(|at| at >= attempt.sent_at);
            // The claim, made shortly before, ends by the wall clock, and is gone with the storage. Of a stolen lock
            // several tabs say in their claims that they hold it.
            let robbed = self.tabs.iter().any(|tab| since(tab.robbed_at.map(|at| at + 3_000)));
            let claim_lost = since(self.facts.clocks.set_at.map(|at| at + 2_000))
                || since(self.facts.cleared_at)
                || robbed;
            // The claim outlasts this by more than a store takes to answer.
            let late_at = attempt.sent_at + self.config.refresh_timeout.0;
            let excused = match attempt.heard {
                Some(Heard::Failed) => true,
                // The new tokens, or the refusal, are in the sender only until its store takes them.
                Some(Heard::Granted | Heard::Refused) => {
                    !sender.alive
                        || claim_lost
                        // It was frozen, and its claim may be another's by now.
                        || attempt.heard_at >= late_at
                        || since(sender.store_troubled_at)
                        // A logout waits for nobody: the lock goes before the tombstone is written.
                        || self.facts.logged_out.contains(sid)
                }
                None => !sender.alive || claim_lost || attempt.aborted || self.time >= late_at,
            };
            if !excused {
                self.fail(&format!(
                    "t{tab} sends generation {generation} of {sid:?} though t{} sent it at {}: {:?}",
                    attempt.tab, attempt.sent_at, attempt.heard
                ));
            }
        }
        self.check_cause(tab, sid, generation);
    }

    /// Fact 6: no request without a cause.
    fn check_cause(&self, tab: usize, sid: &Sid, generation: u64) {
        // By which of the clocks it was due is any tab's guess.
        if self.facts.clocks.set_at.is_some() {
            return;
        }
        let state = &self.tabs[tab];
        // What was asked for in one tab may be sent by any. Asked for before a tab knew of a session, it is the
        // first one found that is meant; and tokens in hand may be of an earlier generation than the row's.
        let held = state.machine.view().generation;
        let asked = |tab: &Tab| tab.asked.is_some_and(|asked| [generation, held, 0].contains(&asked));
        if self.tabs.iter().any(asked) {
            return;
        }
        let token = state.token_of(sid).and_then(|token| self.facts.issued.get(token));
        let Some((issued_at, lifetime)) = token else { return };
        let early = lifetime.map(|life| life.0 - self.config.refresh_early.0.min(life.0 / 2));
        let every = self.config.refresh_every.map(|every| every.0.max(1_000));
        let due = early.into_iter().chain(every).min().map(|span| issued_at + span);
        if due.is_none_or(|due| due > self.elapsed() + GRAIN) {
            self.fail(&format!(
                "t{tab} sends generation {generation} of {sid:?}, which is not due before {due:?}"
            ));
        }
    }

    /// Facts 2 and 6, for one tab.
    pub(super) fn check_tab(&mut self, tab: usize) {
        let (holds, token) = match self.tabs[tab].machine.token() {
            Some((token, sid, _)) => (Some(sid.clone()), Some((sid.clone(), token.expose().to_owned()))),
            None => (None, None),
        };
        if let Some(sid) = &holds {
            // A login, or a tombstone, that could not be written may lose to the session before it.
            let lost = self.store_was_troubled();
            if self.tabs[tab].left.contains(sid) && !lost {
                self.fail(&format!("t{tab} has a token of {sid:?} again, which it had left"));
            }
            if self.tabs[tab].holds.as_ref() != Some(sid) {
                self.check_gain(tab, sid);
            }
        }
        let signed_out = self.status(tab) == Status::Unauthenticated;
        let state = &mut self.tabs[tab];
        if token.is_some() {
            state.token = token;
        }
        state.session = state.machine.scope().cloned();
        if (holds.is_some() || signed_out)
            && holds != state.holds
            && let Some(old) = std::mem::replace(&mut state.holds, holds)
        {
            state.left.insert(old);
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

    /// Fact 2: nobody takes up a session from a row that was read after its end.
    fn check_gain(&self, tab: usize, sid: &Sid) {
        let ended_at = self.facts.ended.get(sid).filter(|_| !self.row_was_cleared);
        let Some(ended_at) = ended_at else { return };
        let known = match self.tabs[tab].row_read_at {
            Some(read_at) => read_at > *ended_at,
            // A start that cannot read the row in time believes its copy, which lags.
            None => self.tabs[tab].holds.is_some() || !self.tabs[tab].left.is_empty(),
        };
        if known {
            self.fail(&format!("t{tab} gets a token of {sid:?}, which is over"));
        }
    }

    pub(super) fn check_event(&mut self, tab: usize, event: &Event) {
        let elapsed = self.elapsed();
        let troubled = self.store_was_troubled();
        let told = &mut self.tabs[tab].told;
        let wrong = match event {
            Event::Changed => {
                let view = self.tabs[tab].machine.view();
                let same = view == self.tabs[tab].shown;
                self.tabs[tab].shown = view;
                same
            }
            Event::Ready => std::mem::replace(&mut told.ready, true),
            Event::Login => {
                told.prompting = false;
                let sid = self.tabs[tab].machine.token().map(|(_, sid, _)| sid.clone());
                self.tabs[tab].told.refreshed = None;
                sid.is_some_and(|sid| !self.tabs[tab].told.logins.insert(sid)) && !troubled
            }
            Event::Refresh { generation, .. } => {
                // In its grace window a server gives the same tokens again, and those have less of their life left.
                let machine = &self.tabs[tab].machine;
                let token = machine.token().map(|(token, ..)| (token.clone(), machine.view().expires_at));
                let refreshed = Refreshed { generation: *generation, token: token.clone() };
                let last = self.tabs[tab].told.refreshed.replace(refreshed);
                last.is_some_and(|last| match generation.cmp(&last.generation) {
                    Ordering::Less => !troubled,
                    // In doubt a tab hands nothing out, so what changed is not seen.
                    Ordering::Equal if token.is_none() || last.token.is_none() => !troubled,
                    // Where a tab could not write its tokens, or the row was cleared, another one's of the same
                    // generation may win.
                    Ordering::Equal => token == last.token,
                    Ordering::Greater => false,
                })
            }
            Event::Prompt { .. } => std::mem::replace(&mut told.prompting, true),
            Event::PromptDismissed { .. } => !std::mem::replace(&mut told.prompting, false),
            Event::End { reason, by } => {
                told.prompting = false;
                told.refreshed = None;
                self.check_end(tab, *reason, *by);
                false
            }
            Event::UserChanged { from, to } => from == to,
            _ => false,
        };
        if wrong {
            self.fail(&format!("t{tab} tells of {event:?} at {elapsed} where nothing changed"));
        }
    }

    fn store_was_troubled(&self) -> bool {
        self.tabs.iter().any(|tab| tab.store_troubled_at.is_some())
    }

    /// Fact 6: a version is announced once, by the tab that wrote it.
    pub(super) fn check_announced(&mut self, tab: usize, version: u64) {
        // What could not be written bears a number that is a guess.
        let troubled = self.store_was_troubled();
        let scope = self.tabs[tab].machine.scope().cloned();
        if !self.facts.announced.insert((scope, version)) && !troubled && self.facts.cleared_at.is_none() {
            self.fail(&format!("t{tab} announces version {version}, which was announced before"));
        }
    }

    /// Fact 4: waking, polling and requests are not activity.
    pub(super) fn check_activity_written(&self, tab: usize) {
        if !self.tabs[tab].active {
            self.fail(&format!("t{tab} writes activity where there was none"));
        }
    }

    /// Fact 3: an end needs proof. Fact 4: no active user is signed out for idleness.
    fn check_end(&self, tab: usize, reason: EndReason, by: By) {
        // A tab that started with an ended session was never in it. One that was away may find another session
        // at its end: no token of it is ever handed out.
        let Some(sid) = self.tabs[tab].session.clone() else { return };
        // Whoever wrote the tombstone has been held to its proof.
        let heard =
            by == By::OtherTab && (self.facts.reasons.contains(&reason) || reason == EndReason::UserChanged);
        if !heard && !self.is_proven(tab, &sid, reason) {
            self.fail(&format!("t{tab} ended {sid:?} for {reason:?} without proof"));
        }
    }

    fn is_proven(&self, tab: usize, sid: &Sid, reason: EndReason) -> bool {
        let passed = |since: u64, span: Option<Span>| {
            span.is_some_and(|span| since.saturating_add(span.0) <= self.elapsed() + GRAIN)
        };
        let token = self.tabs[tab].token_of(sid);
        // Whoever wrote the tombstone has been held to its proof.
        let written = || self.facts.ended.contains_key(sid) || self.store_was_troubled();
        match reason {
            EndReason::Logout => {
                let began_at = self.facts.began_at.get(sid).copied().unwrap_or(0);
                let unread = self.facts.logged_out_unread_at.is_some_and(|at| began_at <= at);
                unread || self.facts.logged_out.contains(sid)
            }
            // Stamps from before the clock was set back hide those from after it.
            EndReason::Idle if self.facts.clocks.back > 0 => true,
            EndReason::Idle => {
                // What lies between the look at the last activity and this: another tab's reads of
                // localStorage lag, and so does the word of the row.
                let unseen = self.tabs[tab].copy_lag.0 + self.store.slowest.0 + 5;
                let seen = |at: &&u64| **at + unseen <= self.elapsed();
                let sure = self.facts.activity.get(sid).into_iter().flat_map(|activity| &activity.sure);
                passed(sure.filter(seen).max().copied().unwrap_or(0), self.config.idle_timeout)
            }
            EndReason::MaxAge => {
                passed(self.facts.began_at.get(sid).copied().unwrap_or(0), self.config.max_age)
            }
            EndReason::RefreshRejected => {
                token.map_or_else(written, |token| self.server.has_refused_family_of(token))
            }
            EndReason::TokenInvalid => self.facts.invalid.iter().any(|(invalid, _)| invalid == sid),
            EndReason::StorageCleared => self.facts.cleared_at.is_some(),
            // Only ever heard of from another tab.
            EndReason::UserChanged => false,
            EndReason::BrowserClosed => self.facts.browser_was_closed,
            EndReason::Expired => {
                token.map_or_else(written, |token| self.is_dead(&Secret::new(token.to_owned())))
            }
        }
    }

    fn is_dead(&self, access_token: &Secret) -> bool {
        self.facts.issued.get(access_token.expose()).is_none_or(|(issued_at, lifetime)| {
            lifetime.is_some_and(|lifetime| issued_at + lifetime.0 <= self.elapsed() + GRAIN)
        })
    }

    /// What must have come to pass by now, in tabs that can act.
    pub(super) fn check_delays(&self) {
        for index in self.living().filter(|tab| !self.tabs[*tab].frozen) {
            let tab = &self.tabs[index];
            let throttle = tab.throttle.map_or(0, |throttle| throttle.0);
            let awake_since = self.facts.woke_at.max(tab.thawed_at);
            self.check_waits(index, awake_since, throttle);
            let Some((_, sid, _)) = tab.machine.token() else { continue };
            self.check_deadlines(index, sid, throttle);
            self.check_heard(index, sid, awake_since, throttle);
        }
    }

    /// Fact 5: everybody who waits is answered within the bound, and at once where the answer is at hand.
    fn check_waits(&self, index: usize, awake_since: u64, throttle: u64) {
        let tab = &self.tabs[index];
        let bound = self.config.lock_timeout.0 + self.config.refresh_timeout.0 + 5_000 + throttle + 100;
        let now = self.wall(index);
        let view = tab.machine.view();
        let usable =
            view.expires_at.is_none_or(|at| at > now + Span::seconds(2)) && tab.machine.token().is_some();
        for (waiter, since, wants) in tab.waiting() {
            if self.time > since.max(awake_since) + bound {
                self.fail(&format!("{waiter:?} of t{index} has waited since {since}"));
            }
            let signed_out = view.status == Status::Unauthenticated;
            if (wants == Wants::Token && usable) || (wants != Wants::Tokens && signed_out) {
                self.fail(&format!("{waiter:?} of t{index} waits though the answer is at hand"));
            }
        }
    }

    /// Fact 4: no session outlives its deadlines in a tab that is awake.
    fn check_deadlines(&self, index: usize, sid: &Sid, throttle: u64) {
        // A timer runs on when the clock is set: the tab finds out when it next looks.
        let check = self.config.check_every.0.max(1_000) + throttle;
        if self.facts.clocks.set_at.is_some_and(|at| self.time <= at + check + GRAIN) {
            return;
        }
        let late = |deadline: u64| self.elapsed() > deadline + GRAIN + throttle;
        if let (Some(timeout), Some(activity)) = (self.config.idle_timeout, self.facts.activity.get(sid)) {
            // A stamp from before the clock was set back counts as of now wherever it is first heard of.
            let since = activity.possible.max(self.facts.clocks.stamps_ahead_until);
            if late(since + timeout.0) {
                self.fail(&format!("t{index} still has a token, and nobody was active since {since}"));
            }
        }
        if let (Some(max_age), Some(began_at)) = (self.config.max_age, self.facts.began_at.get(sid)) {
            // A tab opened after the clock was set back has only the stamp to go by.
            if late(began_at + max_age.0 + self.facts.clocks.back) {
                self.fail(&format!("t{index} still has a token of a session that began at {began_at}"));
            }
        }
    }

    /// Fact 2: an end reaches every tab that is awake, though every message be lost.
    fn check_heard(&self, index: usize, sid: &Sid, awake_since: u64, throttle: u64) {
        let tab = &self.tabs[index];
        // A tombstone that could not be put into the row may be written over in the copy.
        let (Some(told_at), Some(ended_at)) = (self.facts.told.get(sid), self.facts.ended.get(sid)) else {
            return;
        };
        let check = self.config.check_every.0.max(1_000) + throttle;
        let store = 4 * self.store.latency.0 + self.store.jitter.0;
        // It hears from the row, which it must be able to read.
        let since = awake_since.max(*told_at).max(*ended_at).max(tab.store_troubled_at.unwrap_or(0));
        if self.time > since + 2 * check + tab.copy_lag.0 + store + GRAIN {
            self.fail(&format!("t{index} still has a token of {sid:?}, which is over since {told_at}"));
        }
    }

    /// Every living tab's clock agrees with this instant.
    pub(crate) fn instant(&self, wall: Wall) -> u64 {
        wall.0.saturating_sub(super::EPOCH)
    }
}
