//! Signing out is local, first and final: failures 29 and 30.

use super::world::{Reply, StoreMode, World, parse};
use session_warden::machine::{
    By, Config, Effect, EndReason, Event, Failure, GrantKind, Input, Settlement, Span, Status,
};

#[test]
fn a_logout_needs_nobody() {
    let mut world = World::signed_in(1);
    world.store.mode = StoreMode::Hangs;
    world.feed(0, Input::LogoutWanted { everywhere: false });
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert!(world.tabs[0].machine.token().is_none());
    let ended = Event::End { reason: EndReason::Logout, by: By::ThisTab };
    assert_eq!(world.events(0, |event| *event == ended), 1);
    assert_eq!(world.server.revocations.len(), 1);
    world.crash(0);
    world.store.mode = StoreMode::Works;
    let tab = world.open_tab();
    world.run(Span::seconds(5));
    assert_eq!(world.status(tab), Status::Unauthenticated, "the copy's tombstone is newer than the row");
    assert!(world.row_is_ended(), "and the row has been brought up to it");
}

#[test]
fn a_logout_reaches_every_tab_and_stays_after_a_restart() {
    let mut world = World::signed_in(3);
    world.log_out(1);
    world.run(Span(900));
    assert!(world.all_signed_out());
    for tab in [0, 2] {
        let ended = Event::End { reason: EndReason::Logout, by: By::OtherTab };
        assert_eq!(world.events(tab, |event| *event == ended), 1, "tab {tab}");
    }
    assert_eq!(world.server.revocations.len(), 1);
    let tab = world.open_tab();
    world.run(Span::seconds(1));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(world.events(tab, |event| matches!(event, Event::End { .. })), 0);
}

#[test]
fn a_logout_everywhere_says_so_to_the_server() {
    let mut world = World::signed_in(1);
    world.act(0, Input::LogoutWanted { everywhere: true });
    assert_eq!(world.count(0, |effect| matches!(effect, Effect::Revoke { everywhere: true, .. })), 1);
}

#[test]
fn a_logout_before_the_row_is_read_still_signs_out() {
    let mut world = World::signed_in(1);
    world.crash(0);
    let tab = world.open_tab();
    world.feed(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span::seconds(1));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert!(world.row_is_ended());
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn a_logout_before_the_row_is_read_does_not_end_a_later_login_of_another_tab() {
    let mut world = World::signed_in(1);
    world.store.latency = Span(200);
    let starting = world.open_tab();
    world.feed(starting, Input::LogoutWanted { everywhere: false });
    world.store.latency = Span(1);
    world.server.delay = Span(100);
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span::seconds(5));
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[starting].machine.subject(), Some("bob"));
    assert!(world.server.revocations.is_empty());
}

#[test]
fn a_logout_before_a_row_that_comes_very_late_still_signs_out() {
    let mut world = World::signed_in(1);
    world.crash(0);
    world.store.latency = Span::seconds(4);
    // No copy to sign out from.
    let tab = world.tabs.len();
    world.copy.write(world.time, tab, None);
    world.open_tab();
    world.feed(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span::seconds(20));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert!(world.row_is_ended());
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn a_logout_that_saw_nothing_does_not_end_a_later_login() {
    let mut world = World::signed_in(2);
    world.crash(0);
    world.tabs[1].store = Some(StoreMode::Works);
    world.store.mode = StoreMode::Hangs;
    let tab = world.tabs.len();
    world.copy.write(world.time, tab, None);
    world.open_tab();
    world.feed(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span::seconds(5));
    world.log_in(1, "bob");
    world.store.mode = StoreMode::Works;
    world.act(tab, Input::Visible);
    world.run(Span::seconds(5));
    assert!(world.all_signed_in());
}

#[test]
fn a_tombstone_that_cannot_be_written_is_written_later() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    world.tabs[0].store = Some(StoreMode::Fails);
    world.log_out(0);
    world.run(Span::seconds(5));
    assert!(!world.row_is_ended());
    world.tabs[0].store = None;
    world.run(Span::seconds(10));
    assert!(world.row_is_ended());
    world.run(Span::seconds(40));
    assert!(world.all_signed_out(), "the other tab finds it at its next look");
    assert_eq!(world.server.revocations.len(), 1);
    world.forget_effects();
    world.run(Span::minutes(5));
    assert_eq!(world.count(0, |_| true), 0, "once it is written, nothing is left to do");
}

#[test]
fn a_late_refresh_does_not_resurrect_a_logout_and_its_tokens_are_revoked() {
    // In the tab that sent it, and in another one.
    for logging_out in [0, 1] {
        let mut world = World::signed_in(2);
        world.aborts_work = false;
        world.server.delay = Span::seconds(2);
        world.want_refresh(0);
        world.run(Span(500));
        world.log_out(logging_out);
        world.run(Span::seconds(10));
        assert!(world.all_signed_out());
        assert!(world.row_is_ended());
        assert_eq!(world.events_everywhere(|event| matches!(event, Event::Refresh { .. })), 0);
        if world.server.requests.iter().any(|request| request.granted) {
            let newest = |(_, access, _): &(usize, String, Option<String>)| access == "access/f1/2";
            assert!(world.server.revocations.iter().any(newest), "{:?}", world.server.revocations);
        }
    }
}

#[test]
fn new_tokens_that_meet_a_tombstone_on_their_way_into_the_row_are_revoked() {
    for logging_out in [0, 1] {
        let mut world = World::signed_in(2);
        world.store.latency = Span(100);
        world.want_refresh(0);
        assert!(world.run_until(Span::seconds(5), |world| {
            world.attempts.iter().any(|attempt| attempt.heard == Some(super::world::Heard::Granted))
        }));
        world.log_out(logging_out);
        world.run(Span::seconds(5));
        assert!(world.all_signed_out());
        assert!(world.row_is_ended());
        assert!(world.server.families["f1"].revoked);
        if logging_out == 0 {
            let newest = |(_, access, _): &(usize, String, Option<String>)| access == "access/f1/2";
            assert!(world.server.revocations.iter().any(newest), "{:?}", world.server.revocations);
        }
    }
}

#[test]
fn a_late_refresh_does_not_land_on_the_next_user() {
    for switching in [0, 1] {
        let mut world = World::signed_in(2);
        world.aborts_work = false;
        world.server.delay = Span::seconds(2);
        world.want_refresh(0);
        world.run(Span(500));
        world.log_out(switching);
        world.server.delay = Span(100);
        world.begin_login(switching, "bob", GrantKind::Login);
        world.run(Span::seconds(10));
        assert!(world.all_signed_in());
        for tab in 0..2 {
            assert_eq!(world.tabs[tab].machine.subject(), Some("bob"));
            let (token, _, _) = world.tabs[tab].machine.token().expect("bob's token");
            assert_eq!(parse(token.expose()).expect("a token of the server").0, "f2");
        }
    }
}

#[test]
fn a_frozen_tab_that_missed_logout_and_login_wakes_up_as_the_new_user() {
    let mut world = World::signed_in(2);
    world.server.delay = Span::seconds(2);
    world.want_refresh(1);
    world.run(Span(500));
    world.freeze(1);
    world.log_out(0);
    world.run(Span(100));
    world.log_in(0, "bob");
    world.run(Span::seconds(5));
    world.resume(1);
    world.run(Span::seconds(2));
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
}

#[test]
fn a_login_that_was_under_way_at_logout_is_not_taken_up() {
    let mut world = World::signed_in(1);
    world.server.delay = Span::seconds(1);
    let waiter = world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span(500));
    world.log_out(0);
    world.run(Span::seconds(3));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert_eq!(world.failure_given(0, waiter), Some(Failure::Superseded));
    assert!(world.server.families["f2"].revoked);
}

#[test]
fn a_login_that_is_being_written_at_logout_is_undone() {
    let mut world = World::with_tabs(1);
    world.store.latency = Span(200);
    let waiter = world.begin_login(0, "ann", GrantKind::Login);
    world.run(Span(300));
    world.log_out(0);
    world.run(Span::seconds(3));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert_eq!(world.failure_given(0, waiter), Some(Failure::Superseded));
    assert!(world.row_is_ended());
    assert!(world.server.families["f1"].revoked);
}

#[test]
fn waiters_are_told_that_nobody_is_signed_in() {
    let mut world = World::signed_in(1);
    world.server.delay = Span::seconds(2);
    let waiter = world.want_refresh(0);
    world.run(Span(100));
    world.log_out(0);
    assert_eq!(world.failure_given(0, waiter), Some(Failure::SignedOut));
}

#[test]
fn a_tombstone_in_the_copy_is_true_whatever_its_number() {
    let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    // Behind the row, so that its tombstone bears the number of the refresh, and gone before it is in the row.
    world.tabs[1].store = Some(StoreMode::Fails);
    world.log_out(1);
    world.crash(1);
    assert!(!world.row_is_ended());
    world.run(Span::minutes(1));
    assert!(world.row_is_ended());
    assert!(world.all_signed_out());
}

#[test]
fn a_logout_is_heard_of_though_the_tab_is_gone_and_its_tombstone_in_the_copy_written_over() {
    let mut world = World::signed_in(2);
    world.store.latency = Span(100);
    world.begin_login(0, "ann", GrantKind::Refresh);
    world.run(Span(250));
    // New tokens are about to be in the row, and the tombstone right after them.
    world.log_out(1);
    world.crash(1);
    world.run(Span(300));
    assert!(world.row_is_ended());
    assert_eq!(world.status(0), Status::Authenticated, "nobody told it");
    world.run(Span::seconds(31));
    assert_eq!(world.status(0), Status::Unauthenticated);
}

#[test]
fn the_lock_is_held_until_the_tombstone_is_written() {
    let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
    world.want_refresh(0);
    world.run_until(Span::seconds(2), |world| world.sends() == 1);
    world.want_refresh(1);
    world.run(Span(20));
    world.store.latency = Span(500);
    world.run_until(Span::seconds(2), |world| world.server.presented(1) == 1);
    world.run(Span(150));
    world.log_out(0);
    world.store.latency = Span(1);
    world.run(Span::seconds(5));
    assert!(world.all_signed_out());
    assert_eq!(world.sends(), 1, "nobody renews a session that is over");
}

#[test]
fn a_login_after_a_logout_that_came_before_the_row_is_kept() {
    // While the login is being written, and while its answer is on its way.
    for delay in [100, 198, 1_000] {
        let mut world = World::signed_in(1);
        world.crash(0);
        world.store.latency = Span(150);
        world.server.delay = Span(delay);
        let tab = world.open_tab();
        world.act(tab, Input::LogoutWanted { everywhere: false });
        let waiter = world.begin_login(tab, "bob", GrantKind::Login);
        world.run(Span::seconds(5));
        assert_eq!(world.settlement(tab, waiter), Some(&Settlement::Done), "after {delay} ms");
        assert_eq!(world.tabs[tab].machine.subject(), Some("bob"));
        assert!(world.all_signed_in());
        assert_eq!(world.server.revocations.len(), 1, "of the session before");
    }
}

#[test]
fn a_request_under_way_is_aborted() {
    let aborts = |world: &World| world.count(0, |effect| matches!(effect, Effect::AbortRefresh));
    let mut world = World::signed_in(1);
    world.server.delay = Span::seconds(2);
    world.want_refresh(0);
    world.run(Span(500));
    assert_eq!(world.sends(), 1);
    world.log_out(0);
    assert_eq!(aborts(&world), 1);

    let mut world = World::signed_in(1);
    world.log_out(0);
    assert_eq!(aborts(&world), 0, "there is none");
}

#[test]
fn a_logout_before_the_row_is_read_ends_a_login_of_the_very_same_moment() {
    let mut world = World::signed_in(1);
    world.store.latency = Span(200);
    let starting = world.open_tab();
    world.store.latency = Span(1);
    world.server.delay = Span(0);
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span(0));
    world.feed(starting, Input::LogoutWanted { everywhere: false });
    world.run(Span::seconds(5));
    assert!(world.all_signed_out());
    assert!(world.row_is_ended());
    assert_eq!(world.row().sid.0, "s2");
}

#[test]
fn a_logout_where_the_row_says_that_nobody_is_signed_in_is_done() {
    let mut world = World::signed_in(1);
    world.log_out(0);
    world.run(Span::seconds(1));
    let tab = world.open_tab();
    world.feed(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span::seconds(10));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(world.count(tab, |effect| matches!(effect, Effect::ReadRow { .. })), 1);
}

#[test]
fn tokens_that_are_granted_after_the_logout_are_given_back() {
    let mut world = World::signed_in(1);
    world.aborts_work = false;
    world.server.delay = Span::seconds(4);
    world.want_refresh(0);
    // The server has renewed them by then, and the answer is on its way.
    world.run(Span::seconds(3));
    world.log_out(0);
    world.run(Span::seconds(3));
    assert!(world.all_signed_out());
    let given_back = |token: &str| world.server.revocations.iter().any(|(_, access, _)| access == token);
    assert!(given_back("access/f1/1"));
    assert!(given_back("access/f1/2"));
}

#[test]
fn a_logout_in_the_middle_of_the_next_login_leaves_both_sessions() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(0);
    world.want_refresh(1);
    world.run(Span::seconds(1));
    // A look at the row from before, which comes in last of all.
    world.store.latency = Span::seconds(3);
    world.feed(0, Input::Announced { version: 9 });
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span(300));
    world.log_out(0);
    world.run(Span::seconds(10));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert_eq!(world.events(0, |event| *event == Event::Login), 1, "once, before all this");
    assert!(world.row_is_ended());
}

#[test]
fn a_session_that_is_ending_is_not_told_to_be_rejected() {
    let mut world = World::signed_in(1);
    world.store.latency = Span(300);
    world.server.usual = Reply::Refuse;
    world.want_refresh(0);
    world.run_until(Span::seconds(2), |world| !world.server.requests.is_empty());
    world.run(Span(200));
    world.verify_refused(0);
    world.run(Span::seconds(2));
    assert!(world.all_signed_out());
    assert_eq!(world.events(0, |event| matches!(event, Event::RefreshRejected { .. })), 0);
}

#[test]
fn a_login_after_a_logout_that_found_no_row_is_kept() {
    let mut world = World::with_tabs(1);
    world.store.mode = StoreMode::Hangs;
    let tab = world.open_tab();
    world.log_out(tab);
    world.run(Span::seconds(4));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    world.store.mode = StoreMode::Works;
    world.log_in(0, "bob");
    world.run(Span::seconds(5));
    assert_eq!(world.tabs[tab].machine.subject(), Some("bob"));
    assert_eq!(world.events(tab, |event| *event == Event::Login), 1);
    assert!(world.all_signed_in());
}
