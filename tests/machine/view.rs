//! What the page is shown.

use super::world::World;
use session_warden::machine::{By, Config, EndReason, Event, Input, Machine, Span, Status, Storage, TabId};

#[test]
fn being_offline_is_shown_whoever_is_signed_in() {
    let shows = |world: &World, tab: usize, status: Status, offline: bool| {
        let view = world.tabs[tab].machine.view();
        (view.status, view.offline) == (status, offline)
    };
    let mut world = World::signed_in(1);
    world.act(0, Input::Offline);
    assert!(shows(&world, 0, Status::Authenticated, true));
    world.log_out(0);
    assert!(shows(&world, 0, Status::Unauthenticated, true));
    world.act(0, Input::Online);
    assert!(shows(&world, 0, Status::Unauthenticated, false));

    // The row, and then the tokens, have yet to come.
    let mut world = World::signed_in_with(1, Config { storage: Storage::Memory, ..Config::default() });
    world.freeze(0);
    let tab = world.open_tab();
    for _ in 0..2 {
        world.act(tab, Input::Offline);
        assert!(shows(&world, tab, Status::Loading, true));
        world.act(tab, Input::Online);
        assert!(shows(&world, tab, Status::Loading, false));
        world.run(Span(500));
    }

    // The end of what was found is being written.
    let mut world = World::signed_in(1);
    world.crash(0);
    world.run(Span::minutes(40));
    world.store.latency = Span(200);
    let tab = world.open_tab();
    world.run(Span(450));
    world.act(tab, Input::Offline);
    assert!(shows(&world, tab, Status::Loading, true));
    world.run(Span::seconds(1));
    assert!(shows(&world, tab, Status::Unauthenticated, true));
}

#[test]
fn why_the_last_session_ended_is_shown_until_the_next_one_begins() {
    let mut world = World::signed_in(2);
    world.log_out(0);
    world.run(Span::seconds(1));
    let end = |world: &World, tab: usize| world.tabs[tab].machine.view().end;
    assert_eq!(end(&world, 0), Some((EndReason::Logout, By::ThisTab)));
    assert_eq!(end(&world, 1), Some((EndReason::Logout, By::OtherTab)));
    let tab = world.open_tab();
    world.run(Span::seconds(1));
    assert_eq!(end(&world, tab), Some((EndReason::Logout, By::OtherTab)));
    world.log_in(0, "ann");
    for tab in 0..3 {
        assert_eq!(end(&world, tab), None);
    }
}

#[test]
fn the_page_is_told_of_changes_only() {
    let mut world = World::signed_in(1);
    world.log_out(0);
    world.run(Span::seconds(1));
    world.forget_effects();
    world.log_out(0);
    world.act(0, Input::Hidden);
    world.act(0, Input::Online);
    world.run(Span::seconds(1));
    assert_eq!(world.events(0, |event| *event == Event::Changed), 0);
}

#[test]
fn every_login_is_a_change() {
    let mut world = World::signed_in(1);
    let before = world.tabs[0].machine.view();
    world.log_out(0);
    world.log_in(0, "ann");
    let after = world.tabs[0].machine.view();
    assert_eq!(before.generation, after.generation);
    assert_ne!(before.epoch, after.epoch);
}

#[test]
fn the_rules_are_those_that_the_machine_was_given() {
    let config = Config { max_age: Some(Span::minutes(600)), sliding: true, ..Config::default() };
    let machine = Machine::new(config.clone(), TabId("t0".to_owned()), 7);
    assert_eq!(*machine.config(), config);
}
