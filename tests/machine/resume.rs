//! A page that was away hands nothing out before it has read the row.

use super::world::{StoreMode, World};
use session_warden::machine::{Commit, Effect, Event, Input, Settlement, Span, Status};

#[test]
fn a_resumed_page_reads_the_row_first() {
    let mut world = World::signed_in(2);
    world.suspend(1);
    world.log_out(0);
    world.run(Span::seconds(1));
    world.tabs[1].inbox.clear();
    world.tabs[1].frozen = false;
    world.feed(1, Input::Resumed);
    assert!(world.tabs[1].machine.token().is_none(), "nothing is handed out in doubt");
    let waiter = world.want_token(1);
    world.run(Span::seconds(1));
    assert_eq!(world.status(1), Status::Unauthenticated);
    assert!(world.failure_given(1, waiter).is_some());
}

#[test]
fn a_read_from_before_the_page_was_away_says_nothing() {
    let mut world = World::signed_in(2);
    world.store.latency = Span(40);
    // Read while the session lives, and delivered after it has ended.
    world.feed(1, Input::Announced { version: 9 });
    world.run(Span(50));
    world.suspend(1);
    world.log_out(0);
    world.run(Span::seconds(1));
    world.resume(1);
    assert!(world.tabs[1].machine.token().is_none(), "only a new look at the row counts");
    world.run(Span::seconds(1));
    assert_eq!(world.status(1), Status::Unauthenticated);
}

#[test]
fn the_row_is_waited_for_at_most_a_tenth_of_a_second() {
    let mut world = World::signed_in(2);
    world.suspend(1);
    world.store.mode = StoreMode::Hangs;
    world.resume(1);
    let waiter = world.want_token(1);
    assert_eq!(world.settlement(1, waiter), None);
    world.run(Span(99));
    assert_eq!(world.settlement(1, waiter), None);
    world.run(Span(1));
    assert!(world.token_given(1, waiter).is_some());
    assert!(world.tabs[1].settled_after(waiter).is_some_and(|after| after <= Span(100)));
}

#[test]
fn a_resumed_page_refreshes_as_before() {
    let mut world = World::signed_in(1);
    world.suspend(0);
    world.run(Span::minutes(5));
    world.resume(0);
    world.run_active(0, Span::minutes(56));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_page_that_comes_back_past_its_idle_deadline_is_in_doubt_until_it_has_read_the_row() {
    let mut world = World::signed_in(2);
    world.suspend(1);
    world.run_active(0, Span::minutes(40));
    world.tabs[1].inbox.clear();
    world.store.latency = Span(40);
    world.resume(1);
    world.run(Span(20));
    assert_eq!(world.status(1), Status::Authenticated, "the copy tells of activity");
    assert!(world.tabs[1].machine.token().is_none());
    world.run(Span(100));
    assert!(world.tabs[1].machine.token().is_some());
}

#[test]
fn a_doubt_outlives_an_idle_deadline_that_falls_into_it() {
    let mut world = World::signed_in(2);
    let idle_at = world.instant(world.tabs[1].machine.view().idle_at.expect("an idle deadline"));
    world.suspend(1);
    world.run(Span(idle_at - 5_000 - world.time));
    world.act(0, Input::Activity);
    // The copy tells of it 10 ms before the deadline, and the page is back 20 ms before.
    world.tabs[1].copy_lag = Span(4_990);
    world.run(Span(idle_at - 20 - world.time));
    world.tabs[1].inbox.clear();
    world.store.latency = Span(45);
    world.resume(1);
    world.run(Span(40));
    assert_eq!(world.status(1), Status::Authenticated);
    assert!(world.tabs[1].machine.token().is_none());
    world.run(Span(100));
    assert!(world.tabs[1].machine.token().is_some());
}

#[test]
fn an_answer_that_came_while_the_page_was_frozen_is_not_too_late() {
    let mut world = World::signed_in(1);
    let waiter = world.want_refresh(0);
    world.run_until(Span::seconds(1), |world| world.sends() == 1);
    world.freeze(0);
    world.run(Span::seconds(16));
    world.thaw(0);
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    assert_eq!(world.events(0, |event| matches!(event, Event::RefreshFailed { .. })), 0);
}

#[test]
fn an_idle_end_that_another_tabs_activity_prevented_while_the_page_was_frozen_is_none() {
    let mut world = World::signed_in(2);
    world.tabs[0].copy_lag = Span::seconds(1);
    world.bus.deaf.insert(0);
    let idle_at = world.instant(world.tabs[0].machine.view().idle_at.expect("an idle deadline"));
    world.run(Span(idle_at - 300 - world.time));
    world.act(1, Input::Activity);
    world.store.latency = Span(100);
    let ends = |effect: &Effect| match effect {
        Effect::Commit { commit, .. } => matches!(**commit, Commit::End { .. }),
        _ => false,
    };
    assert!(world.run_until(Span::seconds(1), |world| world.count(0, ends) == 1));
    world.freeze(0);
    world.run(Span::seconds(10));
    world.resume(0);
    world.run(Span::seconds(1));
    assert!(world.all_signed_in());
    assert!(world.server.revocations.is_empty());
}
