//! The lock saves requests and nothing depends on it: failures 10 and 14.

use super::world::{LockMode, Reply, World};
use session_warden::machine::{Commit, Config, Effect, GrantKind, Input, Settlement, Span};

fn world(tabs: usize) -> World {
    World::signed_in_with(tabs, Config { idle_timeout: None, ..Config::default() })
}

#[test]
fn a_refused_lock_leaves_the_claim_to_decide() {
    let mut world = world(10);
    world.locks.mode = LockMode::Refuses;
    world.store.jitter = Span(5);
    world.run(Span::minutes(57));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_lock_that_is_never_granted_leaves_the_claim_to_decide() {
    let mut world = world(10);
    world.locks.mode = LockMode::NeverGrants;
    world.run(Span::minutes(57));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_lock_granted_late_is_used_or_let_go() {
    let mut world = world(10);
    world.locks.latency = Span::seconds(6);
    world.run(Span::minutes(58));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    world.run(Span::minutes(1));
    assert_eq!(world.locks.holder, None);
}

#[test]
fn a_lock_that_is_stolen_in_the_middle_of_a_refresh_costs_no_second_request() {
    let mut world = world(3);
    world.server.delay = Span::seconds(2);
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    let holder = world.attempts[0].tab;
    world.steal_lock(holder);
    for other in (0..3).filter(|tab| *tab != holder) {
        world.want_refresh(other);
    }
    world.run(Span::seconds(10));
    assert_eq!(world.sends(), 1, "the claim stands without the lock");
    assert_eq!(world.row().generation, 2);
    assert!(world.all_signed_in());
    assert_eq!(world.locks.holder, None);
}

#[test]
fn a_lock_that_is_stolen_before_the_claim_is_written_costs_no_second_request() {
    let mut world = world(3);
    world.store.latency = Span(50);
    world.run_until(Span::minutes(60), |world| world.locks.holder.is_some());
    let holder = world.locks.holder.expect("a holder").0;
    world.run(Span(2));
    world.steal_lock(holder);
    world.run(Span::seconds(10));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_frozen_holder_delays_the_others_by_a_bound_and_never_blocks_a_valid_token() {
    let mut world = world(3);
    world.server.delay = Span::seconds(1);
    world.server.grace = Some(Span::minutes(1));
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    let holder = world.attempts[0].tab;
    world.freeze(holder);
    let other = (holder + 1) % 3;
    let waiter = world.want_token(other);
    assert!(world.token_given(other, waiter).is_some());
    let asked = world.want_refresh(other);
    world.run(Span::seconds(20));
    assert!(world.settlement(other, asked).is_some());
    assert_eq!(world.row().generation, 2);
    world.resume(holder);
    world.run(Span::seconds(5));
    assert!(world.all_signed_in());
    assert_eq!(world.locks.holder, None);
}

#[test]
fn a_holder_that_is_frozen_before_it_sends_is_taken_over() {
    let mut world = world(3);
    world.store.latency = Span(100);
    world.run_until(Span::minutes(60), |world| world.locks.holder.is_some());
    let holder = world.locks.holder.expect("a holder").0;
    world.run(Span(20));
    world.freeze(holder);
    world.run(Span::seconds(30));
    assert_eq!(world.row().generation, 2);
    world.resume(holder);
    world.run(Span::seconds(20));
    assert!(world.all_signed_in());
}

#[test]
fn a_dead_holder_is_taken_over_at_once() {
    let mut world = world(2);
    world.store.latency = Span(100);
    world.run_until(Span::minutes(60), |world| world.locks.holder.is_some());
    let holder = world.locks.holder.expect("a holder").0;
    world.run(Span(150));
    world.crash(holder);
    world.run(Span::seconds(2));
    assert_eq!(world.row().generation, 2);
}

#[test]
fn a_suspended_tab_keeps_the_lock_while_its_answer_is_on_its_way() {
    let mut world = world(3);
    world.server.delay = Span::seconds(2);
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    let holder = world.attempts[0].tab;
    // Not frozen yet: the answer still comes in. A page is told of `pagehide` and of `freeze`.
    world.act(holder, Input::Suspending);
    world.act(holder, Input::Suspending);
    assert!(world.locks.holder.is_some_and(|(tab, _)| tab == holder));
    world.run(Span::seconds(10));
    assert_eq!(world.locks.holder, None);
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
}

#[test]
fn a_claim_under_way_keeps_the_lock_while_the_tab_is_suspended() {
    let mut world = world(2);
    world.server.delay = Span::seconds(8);
    world.store.latency = Span(500);
    world.want_refresh(0);
    world.run(Span(100));
    world.store.latency = Span(1);
    world.want_refresh(1);
    world.act(0, Input::Suspending);
    world.run(Span(700));
    // A claim of the first tab that overtakes the turn of the second would let the first send as well.
    world.act(0, Input::Resumed);
    world.want_refresh(0);
    world.run(Span::seconds(20));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_tab_that_is_suspended_before_it_sends_leaves_the_turn_to_others() {
    let mut world = world(2);
    world.locks.latency = Span(200);
    world.run_until(Span::minutes(60), |world| world.tabs[0].machine.view().refreshing);
    world.suspend(0);
    world.run(Span::seconds(30));
    assert_eq!(world.sends(), 1);
    assert_eq!(world.row().generation, 2);
    world.resume(0);
    world.run(Span::seconds(1));
    assert!(world.all_signed_in());
}

#[test]
fn an_already_expired_session_is_renewed_by_a_single_tab_at_start() {
    let mut world = world(1);
    world.crash(0);
    world.run(Span::minutes(90));
    let tab = world.open_tab();
    let waiter = world.want_token(tab);
    world.run(Span::seconds(2));
    assert_eq!(world.token_given(tab, waiter), Some("access/f1/2"));
}

#[test]
fn a_word_on_the_lock_says_nothing_of_a_request_that_was_made_as_it_came() {
    let mut world = World::with_tabs_and(3, Config { idle_timeout: None, ..Config::default() });
    world.server.access_ttl = Some(Span::minutes(5));
    world.log_in(0, "ann");
    world.run_to_refresh(0, Span(0));
    world.begin_login(0, "ann", GrantKind::Login);
    world.sleep(Span::seconds(5));
    world.run(Span(0));
    // The lock is granted to the old session's request, as the new session, overdue as well, asks for it.
    world.sleep(Span(163_501));
    world.run(Span::seconds(30));
    let of_the_new = world.attempts.iter().filter(|attempt| attempt.sid.0 == "s2" && attempt.generation == 1);
    assert_eq!(of_the_new.count(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_tab_that_finds_the_turn_taken_asks_once_and_waits() {
    let mut world = world(2);
    world.locks.mode = LockMode::Refuses;
    world.server.delay = Span::seconds(4);
    world.want_refresh(0);
    world.run_until(Span::seconds(2), |world| world.sends() == 1);
    let waiter = world.want_refresh(1);
    world.run(Span::seconds(3));
    let claims = |effect: &Effect| match effect {
        Effect::Commit { commit, .. } => matches!(**commit, Commit::Claim { .. }),
        _ => false,
    };
    assert_eq!(world.count(1, claims), 1);
    assert!(world.tabs[1].machine.view().refreshing);
    world.run(Span::seconds(2));
    assert_eq!(world.settlement(1, waiter), Some(&Settlement::Done));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_tab_that_waits_for_the_holder_stays_in_line_for_the_lock() {
    let mut world = world(2);
    world.server.delay = Span::seconds(8);
    world.want_refresh(0);
    world.run_until(Span::seconds(2), |world| world.sends() == 1);
    world.want_refresh(1);
    world.run(Span::seconds(6));
    assert!(world.tabs[1].machine.view().refreshing);
    assert_eq!(world.count(1, |effect| *effect == Effect::ReleaseLock), 0);
    world.run(Span::seconds(5));
    assert!(world.all_signed_in());
    assert_eq!(world.locks.holder, None);
}

#[test]
fn a_suspended_tab_begins_no_refresh() {
    let mut world = world(1);
    world.act(0, Input::Suspending);
    world.forget_effects();
    world.want_refresh(0);
    world.run(Span::seconds(2));
    assert_eq!(world.count(0, |effect| *effect == Effect::TakeLock), 0);
    world.act(0, Input::Resumed);
    world.want_refresh(0);
    world.run(Span::seconds(2));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_tab_that_is_suspended_with_the_new_tokens_in_hand_keeps_the_lock_until_they_are_written() {
    let mut world = world(2);
    world.store.latency = Span(500);
    world.want_refresh(0);
    world.run_until(Span::seconds(5), |world| {
        world.count(0, |effect| match effect {
            Effect::Commit { commit, .. } => matches!(**commit, Commit::Renew { .. }),
            _ => false,
        }) == 1
    });
    world.act(0, Input::Suspending);
    world.want_refresh(1);
    assert_eq!(world.count(0, |effect| *effect == Effect::ReleaseLock), 0);
    world.run(Span::seconds(5));
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.server.presented(1), 1);
    assert_eq!(world.locks.holder, None);
}

#[test]
fn a_lock_that_is_stolen_before_the_claim_is_written_leaves_time_for_a_slow_answer() {
    let mut world = world(2);
    world.store.latency = Span(50);
    world.server.delay = Span(9_500);
    world.want_refresh(0);
    world.run_until(Span::seconds(1), |world| world.locks.holder.is_some());
    world.run(Span(2));
    world.steal_lock(0);
    world.want_refresh(1);
    world.run(Span::seconds(12));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
}

#[test]
fn a_turn_that_comes_when_the_tab_is_suspended_is_given_back() {
    let mut world = world(2);
    world.locks.mode = LockMode::Refuses;
    world.store.latency = Span(100);
    world.want_refresh(0);
    world.run(Span(50));
    world.act(0, Input::Suspending);
    world.run(Span::seconds(1));
    let waiter = world.want_refresh(1);
    world.run(Span::seconds(2));
    assert_eq!(world.settlement(1, waiter), Some(&Settlement::Done), "the turn was not to be had");
    assert_eq!(world.sends(), 1);
}

#[test]
fn the_claim_of_a_tab_that_died_is_no_reason_to_renew_tokens_that_are_not_due() {
    let config = Config { idle_timeout: None, check_every: Span::minutes(600), ..Config::default() };
    let mut world = World::signed_in_with(3, config);
    world.locks.mode = LockMode::Refuses;
    world.run(Span::minutes(30));
    // In the background it knows of the first tokens only, and finds the others when those are due.
    world.act(1, Input::Hidden);
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::minutes(1));
    world.server.script.push_back(Reply::Never);
    world.want_refresh(2);
    world.run(Span::seconds(1));
    world.crash(2);
    assert_eq!(world.sends(), 2);
    assert_eq!(world.tabs[1].machine.view().generation, 1);
    world.run(Span::minutes(27));
    assert_eq!(world.tabs[1].machine.view().generation, 2);
    assert_eq!(world.sends(), 2);
}
