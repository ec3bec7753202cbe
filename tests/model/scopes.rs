//! What is explored: small scopes, each of them to the end.

use crate::facts::Fact;
use crate::fairness;
use crate::mutations::Mutation;
use crate::search::{self, report};
use crate::world::{Budget, Budgets, Move, Rules, Step, What, World};
use session_warden::machine::{Config, Span, Storage};

pub(crate) struct Scope {
    pub(crate) name: &'static str,
    pub(crate) tabs: usize,
    pub(crate) start: Start,
    pub(crate) budgets: &'static [(Budget, u8)],
    pub(crate) rules: Rules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    SignedOut,
    /// The first tab has logged in, and every tab knows it.
    SignedIn,
    /// The same, at the instant when the refresh is due in every tab.
    Due,
    /// Every tab that knew it is gone.
    Left,
}

/// Short and round, so that there are few instants.
fn rules() -> Rules {
    Rules {
        config: Config { refresh_early: Span::seconds(30), idle_timeout: None, ..Config::default() },
        lifetime: Span::seconds(60),
        grace: None,
        remember: true,
        channel: true,
        storage_events: false,
        horizon: 0,
        sleeps: &[],
        mutation: None,
    }
}

impl Scope {
    /// The one state in which the scope begins.
    pub(crate) fn root(&self) -> World {
        let rules = Rules { mutation: None, ..self.rules.clone() };
        let open = Move { what: What::Opens, lagging: false };
        let log_in = Move { what: What::LogsIn(0), lagging: false };
        let allowed = [(Budget::Open, self.tabs as u8), (Budget::Login, 1)];
        let mut step = Step::new(&World::new(Budgets::of(&allowed)), &rules);
        let duplicates = self.rules.config.storage == Storage::PerTab;
        for _ in 0..if duplicates { 1 } else { self.tabs } {
            step = step.make(&open);
            fairness::rest(&mut step);
        }
        if self.start != Start::SignedOut {
            step = step.make(&log_in);
            fairness::rest(&mut step);
        }
        while step.world.tabs.len() < self.tabs {
            step = step.make(&Move { what: What::Duplicates(0), lagging: false });
            fairness::rest(&mut step);
        }
        if self.start == Start::Due {
            let due = step.world.tabs[0].machine.view().refresh_at.expect("a refresh to come");
            let due = due.0 - crate::world::EPOCH;
            while let Some(at) = step.world.next_deadline(&rules) {
                step.pass_time_to(at);
                if at >= due {
                    break;
                }
                fairness::rest(&mut step);
                assert_eq!(step.violation, None, "{}: the beginning is sound", self.name);
            }
        }
        if self.start == Start::Left {
            step.world.budgets = Budgets::of(&[(Budget::Crash, self.tabs as u8)]);
            for tab in 0..self.tabs {
                step = step.make(&Move { what: What::Crashes { tab, survives: false }, lagging: false });
            }
        }
        assert_eq!(step.violation, None, "{}: the beginning is sound", self.name);
        let mut root = step.world;
        root.budgets = Budgets::of(self.budgets);
        root
    }

    /// What is told of it, where its states are counted.
    fn bounds(&self) -> String {
        let mut bounds = format!("{} tabs, {}", self.tabs, self.name);
        for (index, (budget, times)) in self.budgets.iter().enumerate() {
            let separator = if index == 0 { " (" } else { ", " };
            bounds.push_str(&format!("{separator}{budget:?} {times}"));
        }
        let lasts = (self.rules.horizon - self.begins_at()) / 1_000;
        bounds.push_str(&format!("; {lasts} s)"));
        bounds
    }

    fn begins_at(&self) -> u64 {
        self.root().now
    }
}

fn scope(
    name: &'static str,
    tabs: usize,
    start: Start,
    lasts: u64,
    budgets: &'static [(Budget, u8)],
    rules: Rules,
) -> Scope {
    let mut scope = Scope { name, tabs, start, budgets, rules };
    scope.rules.horizon = scope.begins_at() + lasts;
    scope
}

fn with_grace() -> Rules {
    Rules { grace: Some(60_000), ..rules() }
}

fn stored(storage: Storage) -> Rules {
    let mut rules = rules();
    rules.config.storage = storage;
    rules
}

/// Access tokens in memory, and what renews them in a cookie.
fn in_a_cookie() -> Rules {
    let mut rules = stored(Storage::Memory);
    rules.config.cookies = true;
    rules
}

fn bound_to_the_browser() -> Rules {
    Rules { remember: false, ..rules() }
}

/// An idle timeout that is over soon, and tokens that last longer.
fn idle_rules() -> Rules {
    let mut rules = rules();
    rules.config.idle_timeout = Some(Span::seconds(20));
    // Instants at which somebody may be active in the meantime.
    rules.config.check_every = Span::seconds(8);
    rules.lifetime = Span::minutes(10);
    rules
}

/// Changes are told by the copy's storage event as well.
fn told_twice(rules: Rules) -> Rules {
    Rules { storage_events: true, ..rules }
}

type Named = &'static [(&'static str, &'static [(Budget, u8)])];

/// Faults around one refresh that is due in both tabs at once.
const REFRESH: Named = &[
    ("slow store, slow server", &[(Budget::Delay, 1), (Budget::SlowServer, 1)]),
    (
        "crash, failing store, slow server",
        &[(Budget::Crash, 1), (Budget::StoreFailure, 1), (Budget::SlowServer, 1)],
    ),
    (
        "crash, slow store, failing store",
        &[(Budget::Crash, 1), (Budget::Delay, 1), (Budget::StoreFailure, 1)],
    ),
    ("crash, lost answer", &[(Budget::Crash, 1), (Budget::LostAnswer, 1), (Budget::SlowServer, 1)]),
    ("crash, refusal", &[(Budget::Crash, 1), (Budget::Refusal, 1), (Budget::SlowServer, 1)]),
    ("outage, somebody waits", &[(Budget::Outage, 1), (Budget::WantToken, 1), (Budget::SlowServer, 1)]),
    ("lock refused", &[(Budget::LockRefusal, 1), (Budget::SlowServer, 1), (Budget::Crash, 1)]),
    ("lock stolen", &[(Budget::LockLoss, 1), (Budget::SlowServer, 1), (Budget::Crash, 1)]),
    ("lost and lagging news", &[(Budget::Loss, 1), (Budget::Lag, 1), (Budget::SlowServer, 1)]),
    ("new tab for a dead one", &[(Budget::Crash, 1), (Budget::Open, 1), (Budget::Lag, 1)]),
    ("freeze, refusal", &[(Budget::Freeze, 1), (Budget::Refusal, 1)]),
    ("freeze, lost and lagging news", &[(Budget::Freeze, 1), (Budget::Loss, 1), (Budget::Lag, 1)]),
    ("freeze, failing store", &[(Budget::Freeze, 1), (Budget::StoreFailure, 1)]),
    ("freeze, logout", &[(Budget::Freeze, 1), (Budget::Logout, 1)]),
    ("login, crash", &[(Budget::Login, 1), (Budget::Crash, 1)]),
    ("login, slow server", &[(Budget::Login, 1), (Budget::SlowServer, 1)]),
    ("login, failing store", &[(Budget::Login, 1), (Budget::StoreFailure, 1)]),
    ("login, slow store", &[(Budget::Login, 1), (Budget::Delay, 1)]),
    ("login, logout", &[(Budget::Login, 1), (Budget::Logout, 1)]),
    ("logout, slow store", &[(Budget::Logout, 1), (Budget::Delay, 1)]),
    ("logout, refusal", &[(Budget::Logout, 1), (Budget::Refusal, 1)]),
    ("logout, lost answer", &[(Budget::Logout, 1), (Budget::LostAnswer, 1)]),
];

/// New tokens beside the answer to an ordinary request, and what they may meet: a refresh that is due, above all.
const ROTATION: Named = &[
    ("rotation, slow server", &[(Budget::Rotation, 1), (Budget::SlowServer, 1)]),
    ("rotation, failing store", &[(Budget::Rotation, 1), (Budget::StoreFailure, 1)]),
    ("rotation, crash", &[(Budget::Rotation, 1), (Budget::Crash, 1)]),
    ("rotation, logout", &[(Budget::Rotation, 1), (Budget::Logout, 1)]),
    ("rotation, login", &[(Budget::Rotation, 1), (Budget::Login, 1)]),
    ("rotation, freeze", &[(Budget::Rotation, 1), (Budget::Freeze, 1)]),
    ("new access token, slow server", &[(Budget::NewAccess, 1), (Budget::SlowServer, 1)]),
    ("new access token, failing store", &[(Budget::NewAccess, 1), (Budget::StoreFailure, 1)]),
    ("new access token, crash", &[(Budget::NewAccess, 1), (Budget::Crash, 1)]),
    ("new access token, logout", &[(Budget::NewAccess, 1), (Budget::Logout, 1)]),
    ("new access token, login", &[(Budget::NewAccess, 1), (Budget::Login, 1)]),
    ("new access token, freeze", &[(Budget::NewAccess, 1), (Budget::Freeze, 1)]),
    ("new access token, refusal", &[(Budget::NewAccess, 1), (Budget::Refusal, 1)]),
    ("new access token, outage", &[(Budget::NewAccess, 1), (Budget::Outage, 1)]),
    ("new access token twice", &[(Budget::NewAccess, 2)]),
];

/// Where a tab may be left behind meanwhile.
const ROTATION_APART: Named = &[
    ("rotation, lost news", &[(Budget::Rotation, 1), (Budget::Loss, 1)]),
    ("rotation, crash", &[(Budget::Rotation, 1), (Budget::Crash, 1)]),
    ("new access token, lost news", &[(Budget::NewAccess, 1), (Budget::Loss, 1)]),
    ("new access token, crash", &[(Budget::NewAccess, 1), (Budget::Crash, 1)]),
];

const IDLE: Named = &[
    ("active twice", &[(Budget::Activity, 2)]),
    ("active, lost and lagging news", &[(Budget::Activity, 1), (Budget::Loss, 1), (Budget::Lag, 1)]),
    ("active, freeze", &[(Budget::Activity, 1), (Budget::Freeze, 1)]),
    ("active, sleep", &[(Budget::Activity, 1), (Budget::Sleep, 1)]),
    ("active, new tab for a dead one", &[(Budget::Activity, 1), (Budget::Crash, 1), (Budget::Open, 1)]),
    ("active, failing store", &[(Budget::Activity, 1), (Budget::StoreFailure, 1)]),
    ("active, slow store", &[(Budget::Activity, 1), (Budget::Delay, 1)]),
];

const FROZEN: Named = &[
    ("freeze, lock stolen", &[(Budget::Freeze, 1), (Budget::LockLoss, 1)]),
    ("freeze, lost answer", &[(Budget::Freeze, 1), (Budget::LostAnswer, 1), (Budget::SlowServer, 1)]),
    ("freeze, outage", &[(Budget::Freeze, 1), (Budget::Outage, 1), (Budget::SlowServer, 1)]),
    ("freeze, login", &[(Budget::Freeze, 1), (Budget::Login, 1)]),
];

const THREE_TABS: Named = &[
    ("crash", &[(Budget::Crash, 1), (Budget::SlowServer, 1)]),
    ("lost answer", &[(Budget::LostAnswer, 1)]),
    ("crash, lost answer", &[(Budget::Crash, 1), (Budget::LostAnswer, 1), (Budget::SlowServer, 1)]),
    ("crash, failing store", &[(Budget::Crash, 1), (Budget::StoreFailure, 1), (Budget::SlowServer, 1)]),
    ("refusal", &[(Budget::Refusal, 1)]),
    ("logout", &[(Budget::Logout, 1)]),
    ("login", &[(Budget::Login, 1)]),
];

const MEMORY: Named = &[
    ("crash, slow server", &[(Budget::Crash, 1), (Budget::SlowServer, 1)]),
    ("lost news", &[(Budget::Loss, 1)]),
    ("crash, lost news", &[(Budget::Crash, 1), (Budget::Loss, 1)]),
    ("failing store", &[(Budget::StoreFailure, 1)]),
    ("refusal", &[(Budget::Refusal, 1)]),
    ("lost answer", &[(Budget::LostAnswer, 1)]),
    ("login, logout", &[(Budget::Login, 1), (Budget::Logout, 1)]),
    ("login, crash", &[(Budget::Login, 1), (Budget::Crash, 1)]),
];

/// A tab that is given the tokens, and what may overtake them.
const NEW_TAB: Named = &[
    ("new tab, crash", &[(Budget::Open, 1), (Budget::Crash, 1)]),
    ("new tab, all others dead", &[(Budget::Open, 1), (Budget::Crash, 2)]),
    ("new tab, logout", &[(Budget::Open, 1), (Budget::Logout, 1)]),
    ("new tab, login", &[(Budget::Open, 1), (Budget::Login, 1)]),
    ("new tab, refresh", &[(Budget::Open, 1), (Budget::WantRefresh, 1)]),
    ("new tab, failing store", &[(Budget::Open, 1), (Budget::StoreFailure, 1)]),
    ("new tab, logout, failing store", &[(Budget::Open, 1), (Budget::Logout, 1), (Budget::StoreFailure, 1)]),
];

/// Who finds what is left when every tab is gone.
const COOKIE: Named = &[
    ("all tabs gone, two new ones, slow server", &[(Budget::Open, 2), (Budget::SlowServer, 1)]),
    ("all tabs gone, two new ones, one dies", &[(Budget::Open, 2), (Budget::Crash, 1)]),
    ("all tabs gone, two new ones, failing store", &[(Budget::Open, 2), (Budget::StoreFailure, 1)]),
    ("all tabs gone, two new ones, lost news", &[(Budget::Open, 2), (Budget::Loss, 1)]),
    ("all tabs gone, two new ones, logout", &[(Budget::Open, 2), (Budget::Logout, 1)]),
    ("all tabs gone, two new ones, refusal", &[(Budget::Open, 2), (Budget::Refusal, 1)]),
    ("all tabs gone, two new ones, outage", &[(Budget::Open, 2), (Budget::Outage, 1)]),
    ("all tabs gone, two new ones, rotation", &[(Budget::Open, 2), (Budget::Rotation, 1)]),
    ("all tabs gone, new tab, freeze", &[(Budget::Open, 1), (Budget::Freeze, 1)]),
];

/// A freeze, or a login while the refresh is due, makes more states of three tabs than fit into memory: two tabs are
/// explored with these.
const THREE_TABS_IN_MEMORY: Named = &[
    ("crash", &[(Budget::Crash, 1), (Budget::SlowServer, 1)]),
    ("lost news", &[(Budget::Loss, 1)]),
    ("logout", &[(Budget::Logout, 1)]),
    ("refusal", &[(Budget::Refusal, 1)]),
];

const PER_TAB: Named = &[
    ("crash, slow server", &[(Budget::Crash, 1), (Budget::SlowServer, 1)]),
    ("crash, lost news", &[(Budget::Crash, 1), (Budget::Loss, 1)]),
    ("lost answer", &[(Budget::LostAnswer, 1)]),
];

/// A duplicated tab, or one that the browser restores.
const DUPLICATE: Named = &[
    ("duplicate, crash, refresh", &[(Budget::Open, 1), (Budget::Crash, 1), (Budget::WantRefresh, 1)]),
    ("duplicate, logout", &[(Budget::Open, 1), (Budget::Logout, 1)]),
    ("duplicate, refresh, refusal", &[(Budget::Open, 1), (Budget::WantRefresh, 1), (Budget::Refusal, 1)]),
];

const FROZEN_APART: Named =
    &[("freeze", &[(Budget::Freeze, 1)]), ("freeze, lost news", &[(Budget::Freeze, 1), (Budget::Loss, 1)])];

const BOUND_TO_THE_BROWSER: Named = &[
    ("browser closed, new tabs", &[(Budget::Close, 1), (Budget::Open, 2)]),
    ("browser closed while it is renewed", &[(Budget::Close, 1), (Budget::Open, 1), (Budget::SlowServer, 1)]),
    ("login, new tab, crash", &[(Budget::Login, 1), (Budget::Open, 1), (Budget::Crash, 1)]),
    ("mark cleared, new tab, crash", &[(Budget::Unmark, 1), (Budget::Open, 1), (Budget::Crash, 1)]),
    ("mark cleared, new tab, freeze", &[(Budget::Unmark, 1), (Budget::Open, 1), (Budget::Freeze, 1)]),
];

/// A refresh and what it leads to: the request's time limit, the holder's claim, and the wait for either.
const AROUND_A_REFRESH: u64 = 25_000;

#[test]
fn one_refresh_whatever_fails() {
    for (name, budgets) in REFRESH {
        holds(&scope(name, 2, Start::Due, AROUND_A_REFRESH, budgets, rules()));
    }
}

#[test]
fn one_refresh_with_a_grace_window() {
    let budgets = &[(Budget::Crash, 1), (Budget::LostAnswer, 1), (Budget::SlowServer, 1)];
    holds(&scope("grace window", 2, Start::Due, AROUND_A_REFRESH, budgets, with_grace()));
    let budgets = &[(Budget::Rotation, 1), (Budget::SlowServer, 1), (Budget::WantRefresh, 1)];
    holds(&scope("grace window, rotation, refresh", 2, Start::Due, AROUND_A_REFRESH, budgets, with_grace()));
}

#[test]
fn tokens_beside_an_answer_are_taken_up_or_given_up_for_later_ones() {
    for (name, budgets) in ROTATION {
        holds(&scope(name, 2, Start::Due, AROUND_A_REFRESH, budgets, rules()));
    }
    for (name, budgets) in ROTATION_APART {
        holds(&scope(name, 2, Start::Due, AROUND_A_REFRESH, budgets, stored(Storage::Memory)));
    }
}

#[test]
fn one_refresh_through_sleep() {
    let budgets = &[(Budget::Sleep, 1), (Budget::SlowServer, 1)];
    let rules = Rules { sleeps: &[5_000, 20_000], ..rules() };
    holds(&scope("sleep", 2, Start::Due, AROUND_A_REFRESH, budgets, rules));
}

#[test]
fn a_logout_is_final_though_its_tab_dies() {
    let budgets = &[(Budget::Logout, 1), (Budget::Crash, 1)];
    holds(&scope("logout, crash", 2, Start::Due, AROUND_A_REFRESH, budgets, told_twice(rules())));
}

#[test]
fn a_logout_is_final_though_nobody_hears_of_it() {
    let budgets = &[(Budget::Logout, 1), (Budget::Loss, 1), (Budget::Lag, 1)];
    holds(&scope("logout, lost news", 2, Start::Due, AROUND_A_REFRESH, budgets, told_twice(rules())));
}

#[test]
fn activity_keeps_and_idleness_ends() {
    for (name, budgets) in IDLE {
        let rules = Rules { sleeps: &[15_000], ..idle_rules() };
        holds(&scope(name, 2, Start::SignedIn, 65_000, budgets, rules));
    }
}

#[test]
fn tokens_in_memory_pass_from_tab_to_tab() {
    for (name, budgets) in MEMORY {
        holds(&scope(name, 2, Start::Due, AROUND_A_REFRESH, budgets, stored(Storage::Memory)));
    }
}

#[test]
fn a_new_tab_is_given_the_tokens() {
    for (name, budgets) in NEW_TAB {
        holds(&scope(name, 1, Start::SignedIn, 5_000, budgets, stored(Storage::Memory)));
    }
}

#[test]
fn a_session_whose_tabs_are_gone_is_renewed_by_its_cookie() {
    for (name, budgets) in COOKIE {
        holds(&scope(name, 1, Start::Left, AROUND_A_REFRESH, budgets, in_a_cookie()));
    }
}

#[test]
fn duplicated_tabs_share_a_session() {
    for (name, budgets) in PER_TAB {
        holds(&scope(name, 2, Start::Due, AROUND_A_REFRESH, budgets, stored(Storage::PerTab)));
    }
}

#[test]
fn a_duplicate_is_given_the_tokens() {
    for (name, budgets) in DUPLICATE {
        holds(&scope(name, 1, Start::SignedIn, 5_000, budgets, stored(Storage::PerTab)));
    }
}

#[test]
fn a_session_lasts_until_the_browser_is_closed() {
    for (name, budgets) in BOUND_TO_THE_BROWSER {
        holds(&scope(name, 2, Start::SignedIn, 5_000, budgets, bound_to_the_browser()));
    }
}

#[test]
#[ignore = "minutes"]
fn larger_tokens_apart() {
    for (name, budgets) in FROZEN_APART {
        for storage in [Storage::Memory, Storage::PerTab] {
            holds(&scope(name, 2, Start::Due, AROUND_A_REFRESH, budgets, stored(storage)));
        }
    }
    for (name, budgets) in THREE_TABS_IN_MEMORY {
        holds(&scope(name, 3, Start::Due, AROUND_A_REFRESH, budgets, stored(Storage::Memory)));
    }
}

#[test]
#[ignore = "minutes"]
fn larger_two_tabs_frozen() {
    for (name, budgets) in FROZEN {
        holds(&scope(name, 2, Start::Due, AROUND_A_REFRESH, budgets, rules()));
    }
}

#[test]
#[ignore = "minutes"]
fn larger_two_tabs_logout_and_a_failing_store() {
    let budgets = &[(Budget::Logout, 1), (Budget::StoreFailure, 1)];
    holds(&scope("logout, failing store", 2, Start::Due, AROUND_A_REFRESH, budgets, told_twice(rules())));
}

#[test]
#[ignore = "minutes"]
fn larger_three_tabs() {
    for (name, budgets) in THREE_TABS {
        holds(&scope(name, 3, Start::Due, AROUND_A_REFRESH, budgets, rules()));
    }
}

#[test]
#[ignore = "minutes"]
fn larger_three_tabs_and_a_login() {
    let budgets = &[(Budget::Login, 1), (Budget::Crash, 1)];
    holds(&scope(
        "login, crash, tokens are fresh",
        3,
        Start::SignedIn,
        5_000,
        budgets,
        stored(Storage::Memory),
    ));
}

fn holds(scope: &Scope) {
    let (tally, counterexample) = search::explore(scope);
    report(&format!("{}: {}", scope.bounds(), tally.line()));
    if let Some(counterexample) = counterexample {
        panic!("{}", counterexample.story);
    }
}

/// The broken system is caught in this scope, by this fact.
fn caught(mutation: Mutation, fact: Fact, start: Start, budgets: &'static [(Budget, u8)], rules: Rules) {
    let lasts = if start == Start::Due { AROUND_A_REFRESH } else { 65_000 };
    let sound = scope("unbroken", 2, start, lasts, budgets, rules);
    let broken = Rules { mutation: Some(mutation), ..sound.rules.clone() };
    let scope = Scope { name: "broken", rules: broken, ..sound };
    let (tally, counterexample) = search::explore(&scope);
    let Some(counterexample) = counterexample else { panic!("{mutation:?} is not caught") };
    report(&format!(
        "{mutation:?} is caught by {:?} after {} states",
        counterexample.violation.fact, tally.states
    ));
    assert_eq!(counterexample.violation.fact, fact, "{}", counterexample.story);
}

macro_rules! mutations {
    ($($name:ident: $mutation:ident, $fact:ident, $start:ident, $rules:expr, [$($budget:ident: $times:literal),*];)*) => {
        $(#[test]
        fn $name() {
            let budgets = &[$((Budget::$budget, $times)),*];
            caught(Mutation::$mutation, Fact::$fact, Start::$start, budgets, $rules);
        })*
    };
}

mutations! {
    broken_no_compare_and_swap: NoCompareAndSwap, LogoutIsFinal, Due, rules(), [SlowServer: 1];
    broken_compares_with_the_copy: ComparesWithTheCopy, LogoutIsFinal, Due, rules(), [Logout: 1];
    broken_claim_is_not_read: ClaimIsNotRead, OneRefresh, Due, rules(), [SlowServer: 1];
    broken_version_restarts_at_login: VersionRestartsAtLogin, LogoutIsFinal, Due, rules(), [Login: 1];
    broken_no_tombstone: NoTombstone, LogoutIsFinal, Due, rules(), [Logout: 1];
    broken_activity_before_the_deadline: ActivityBeforeTheDeadline, IdlenessEnds, SignedIn, idle_rules(), [Activity: 1];
    broken_late_answer_is_current: LateAnswerIsCurrent, LogoutIsFinal, Due, rules(), [Login: 1, SlowServer: 1];
    broken_claim_never_runs_out: ClaimNeverRunsOut, AllEndsWell, Due, rules(), [Crash: 1, LockRefusal: 1];
    broken_claim_runs_out_at_once: ClaimRunsOutAtOnce, OneRefresh, Due, rules(), [SlowServer: 1];
    broken_holder_is_taken_for_dead: HolderIsTakenForDead, OneRefresh, Due, rules(), [SlowServer: 1];
    broken_announcements_are_answered: AnnouncementsAreAnswered, OnlyChanges, Due, rules(), [];
    broken_refusal_of_whatever_is_there: RefusalOfWhateverIsThere, EndsNeedProof, Due, rules(), [Crash: 1, StoreFailure: 1, SlowServer: 1, Freeze: 1];
    broken_live_copy_over_tombstone: LiveCopyOverTombstone, LogoutIsFinal, Due, rules(), [Logout: 1, StoreFailure: 1];
    broken_resumes_unread: ResumesUnread, LogoutIsFinal, Due, rules(), [Freeze: 1];
    broken_activity_is_not_shared: ActivityIsNotShared, IdlenessEnds, SignedIn, idle_rules(), [Activity: 1];
    broken_network_error_is_refusal: NetworkErrorIsRefusal, EndsNeedProof, Due, rules(), [Outage: 1];
    broken_suspends_without_the_lock: SuspendsWithoutTheLock, OneRefresh, Due, rules(), [Freeze: 1, SlowServer: 1];
    broken_epoch_is_not_compared: EpochIsNotCompared, LogoutIsFinal, Due, rules(), [Login: 1, Logout: 1];
    broken_handover_is_not_looked_at: HandoverIsNotLookedAt, LogoutIsFinal, Due, stored(Storage::Memory), [Open: 1];
    broken_handover_in_doubt: HandoverInDoubt, LogoutIsFinal, Due, stored(Storage::Memory), [Freeze: 1, Open: 1];
    broken_handover_is_not_asked: HandoverIsNotAsked, OneRefresh, Due, stored(Storage::Memory), [];
    broken_stale_refusal_is_written: StaleRefusalIsWritten, EndsNeedProof, Due, stored(Storage::Memory), [Crash: 1];
    broken_stale_token_is_sent_again: StaleTokenIsSentAgain, OneRefresh, Due, stored(Storage::PerTab), [Crash: 1];
    broken_tokens_are_left_in_the_row: TokensAreLeftInTheRow, TokensStayPut, Due, stored(Storage::PerTab), [];
    broken_mark_is_never_missed: MarkIsNeverMissed, EndsWithTheBrowser, SignedIn, bound_to_the_browser(), [Close: 1, Open: 1];
    broken_siblings_are_not_looked_for: SiblingsAreNotLookedFor, EndsWithTheBrowser, SignedIn, bound_to_the_browser(), [Unmark: 1, Open: 1];
    broken_rotation_is_of_whatever_session: RotationIsOfWhateverSession, LogoutIsFinal, SignedIn, rules(), [Rotation: 1, Login: 1];
    broken_rotation_is_of_whatever_generation: RotationIsOfWhateverGeneration, OneRefresh, Due, with_grace(), [Rotation: 1, WantRefresh: 1];
    broken_renewal_over_tombstone: RenewalOverTombstone, LogoutIsFinal, SignedIn, rules(), [Rotation: 1, Logout: 1];
    broken_new_access_token_overtakes_a_refresh: NewAccessDoesNotYield, OneRefresh, Due, rules(), [NewAccess: 1];
    broken_handover_is_not_made_up_for: HandoverIsNotMadeUpFor, OneRefresh, Due, stored(Storage::Memory), [SlowServer: 1];
    broken_cookie_is_sent_without_a_claim: ClaimIsNotRead, OneRefresh, Left, in_a_cookie(), [Open: 2];
    broken_waiters_are_forgotten: WaitersAreForgotten, NobodyWaits, Due, rules(), [WantRefresh: 1];
}
