//! Two lifetimes: remembered, or until the browser is closed.

use super::world::World;
use session_warden::machine::{
    By, Config, Effect, EndReason, Event, Failure, GrantKind, Input, Span, Status, Storage,
};

fn signed_in(tabs: usize, remember: bool) -> World {
    let mut world = World::with_tabs(tabs);
    world.remember = remember;
    world.log_in(0, "ann");
    world
}

fn looks(world: &World, tab: usize) -> usize {
    world.count(tab, |effect| matches!(effect, Effect::LookForSiblings(_)))
}

#[test]
fn a_remembered_session_outlives_the_browser() {
    let mut world = signed_in(2, true);
    assert_eq!(world.mark, None, "it needs no mark");
    world.close_browser();
    let tab = world.open_tab();
    world.run(Span::seconds(1));
    assert!(world.all_signed_in());
    assert_eq!(looks(&world, tab), 0);
}

#[test]
fn a_session_that_is_not_remembered_ends_with_the_browser() {
    let mut world = signed_in(2, false);
    world.close_browser();
    let tab = world.open_tab();
    let waiter = world.want_token(tab);
    world.run(Span::seconds(2));
    assert_eq!(world.failure_given(tab, waiter), Some(Failure::SignedOut));
    let end = Event::End { reason: EndReason::BrowserClosed, by: By::ThisTab };
    assert_eq!(world.events(tab, |event| *event == end), 1);
    assert!(world.row_is_ended());
    assert_eq!(world.server.revocations.len(), 1, "the server is told");
    assert_eq!(world.count(tab, |effect| matches!(effect, Effect::SendRefresh { .. })), 0);
}

#[test]
fn it_is_never_shown_as_signed_in_once_the_browser_was_closed() {
    let mut world = signed_in(1, false);
    world.close_browser();
    let tab = world.open_tab();
    for _ in 0..2_000 {
        world.run(Span(1));
        assert!(world.tabs[tab].machine.token().is_none());
        assert_ne!(world.status(tab), Status::Authenticated);
    }
    assert_eq!(world.status(tab), Status::Unauthenticated);
}

#[test]
fn while_the_browser_runs_a_new_tab_finds_the_mark_and_asks_nobody() {
    let mut world = signed_in(1, false);
    world.crash(0);
    let tab = world.open_tab();
    world.run(Span(10));
    assert!(world.tabs[tab].machine.token().is_some());
    assert_eq!(looks(&world, tab), 0);
}

#[test]
fn without_its_mark_it_lives_on_while_another_tab_does_and_is_marked_again() {
    let mut world = signed_in(1, false);
    let sid = world.mark.take();
    let tab = world.open_tab();
    world.run(Span::seconds(1));
    assert_eq!(looks(&world, tab), 1);
    assert!(world.all_signed_in());
    assert_eq!(world.mark, sid);
}

#[test]
fn what_was_known_before_another_tab_was_found_is_looked_at_again() {
    let mut world = signed_in(1, false);
    world.mark = None;
    let tab = world.open_tab();
    world.siblings_are_unknown = true;
    assert!(world.run_until(Span(500), |world| looks(world, tab) == 1));
    world.bus.deaf.insert(tab);
    world.log_out(0);
    world.run(Span(100));
    world.act(tab, Input::SiblingsSeen(true));
    assert!(world.tabs[tab].machine.token().is_none());
    world.run(Span(50));
    assert_eq!(world.status(tab), Status::Unauthenticated);
}

#[test]
fn where_nobody_can_say_it_has_ended() {
    let mut world = signed_in(1, false);
    world.close_browser();
    world.siblings_are_unknown = true;
    let tab = world.open_tab();
    world.run(Span(900));
    assert_eq!(world.status(tab), Status::Loading);
    world.run(Span(200));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert!(world.row_is_ended());
}

#[test]
fn every_tab_marks_and_the_end_takes_the_mark_away() {
    let mut world = signed_in(2, false);
    for tab in 0..2 {
        assert_eq!(world.count(tab, |effect| matches!(effect, Effect::Mark(_))), 1, "t{tab}");
    }
    world.log_out(1);
    world.run(Span::seconds(1));
    assert_eq!(world.mark, None);
    world.remember = true;
    world.log_in(1, "ann");
    assert_eq!(world.mark, None);
}

#[test]
fn the_next_generations_keep_what_the_login_asked_for() {
    let mut world = signed_in(1, false);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.remember = true;
    world.begin_login(0, "ann", GrantKind::Auto);
    world.run(Span::seconds(2));
    assert_eq!(world.row().generation, 3);
    assert!(world.row().live().is_some_and(|live| live.record.as_ref().is_some_and(|r| !r.remember)));
}

#[test]
fn a_logout_while_it_is_asked_whether_the_browser_was_closed_is_a_logout() {
    let mut world = signed_in(1, false);
    world.close_browser();
    world.siblings_are_unknown = true;
    let tab = world.open_tab();
    assert!(world.run_until(Span(500), |world| looks(world, tab) == 1));
    world.act(tab, Input::LogoutWanted { everywhere: false });
    world.run(Span::seconds(2));
    let end = Event::End { reason: EndReason::Logout, by: By::ThisTab };
    assert_eq!(world.events(tab, |event| *event == end), 1);
    assert_eq!(world.events(tab, |event| matches!(event, Event::End { .. })), 1);
    assert!(world.row_is_ended());
}

#[test]
fn only_what_is_stored_for_this_browser_alone_is_marked_and_unmarked() {
    for (storage, remember, marks) in [
        (Storage::Shared, false, 1),
        (Storage::Shared, true, 0),
        (Storage::Memory, false, 0),
        (Storage::PerTab, false, 0),
    ] {
        let mut world = World::with_tabs_and(1, Config { storage, ..Config::default() });
        world.remember = remember;
        world.log_in(0, "ann");
        world.log_out(0);
        let case = format!("{storage:?}, {remember}");
        assert_eq!(world.count(0, |effect| matches!(effect, Effect::Mark(_))), marks, "{case}");
        assert_eq!(world.count(0, |effect| matches!(effect, Effect::Unmark(_))), marks, "{case}");
    }
}

#[test]
fn a_tab_that_opens_while_a_login_is_written_finds_its_mark() {
    let mut world = World::with_tabs(1);
    world.remember = false;
    world.store.latency = Span(150);
    world.begin_login(0, "ann", GrantKind::Login);
    world.run(Span(200));
    // The row is about to be written; its tab hears of it later still, or never.
    world.run(Span(160));
    let tab = world.open_tab();
    world.crash(0);
    world.run(Span::seconds(2));
    assert!(world.tabs[tab].machine.token().is_some());
    assert_eq!(looks(&world, tab), 0);
}

#[test]
fn the_end_of_one_session_leaves_the_mark_of_the_next() {
    let mut world = signed_in(2, false);
    world.bus.deaf.insert(1);
    world.log_in(0, "bob");
    let mark = world.mark.clone();
    world.bus.deaf.clear();
    world.act(1, Input::Visible);
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    assert_eq!(world.mark, mark);
}

#[test]
fn a_login_that_loses_to_a_logout_leaves_no_mark() {
    let mut world = World::with_tabs(1);
    world.remember = false;
    world.store.latency = Span(150);
    world.begin_login(0, "ann", GrantKind::Login);
    world.run(Span(250));
    assert!(world.mark.is_some());
    world.log_out(0);
    world.run(Span::seconds(2));
    assert_eq!(world.mark, None);
}

#[test]
fn a_session_is_marked_when_it_is_taken_up_and_not_at_every_look() {
    let mut world = signed_in(2, false);
    world.forget_effects();
    for tab in 0..2 {
        world.act(tab, Input::Visible);
        world.run(Span::seconds(1));
        assert_eq!(world.count(tab, |effect| matches!(effect, Effect::Mark(_))), 0, "t{tab}");
    }
}
