//! The server rotated and the answer was lost: failure 27.

use super::world::{Reply, World};
use session_warden::machine::{Config, EndReason, Event, Span};

fn world() -> World {
    let mut world = World::signed_in_with(3, Config { idle_timeout: None, ..Config::default() });
    world.server.script.push_back(Reply::RotateAndLose);
    world
}

#[test]
fn a_grace_window_recovers_it() {
    let mut world = world();
    world.server.grace = Some(Span::seconds(60));
    world.run(Span::minutes(57));
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.server.presented(1), 2);
}

#[test]
fn strict_rotation_is_one_clean_sign_out_in_all_tabs() {
    let mut world = world();
    world.run(Span::minutes(65));
    assert!(world.all_signed_out());
    assert!(world.row_is_ended());
    for tab in 0..3 {
        let ended = |event: &Event| matches!(event, Event::End { reason: EndReason::RefreshRejected, .. });
        assert_eq!(world.events(tab, ended), 1, "tab {tab}");
    }
    assert_eq!(world.server.presented(1), 2);
}

#[test]
fn a_tab_that_dies_while_it_refreshes_is_taken_over_by_one_other() {
    for grace in [None, Some(Span::seconds(60))] {
        let mut world = World::signed_in_with(4, Config { idle_timeout: None, ..Config::default() });
        world.server.grace = grace;
        world.run_until(Span::minutes(60), |world| world.sends() == 1);
        let holder = world.attempts[0].tab;
        world.crash(holder);
        world.run(Span::minutes(7));
        assert_eq!(world.server.presented(1), 2);
        if grace.is_some() {
            assert!(world.all_signed_in());
        } else {
            assert!(world.all_signed_out());
        }
    }
}

#[test]
fn a_tab_that_dies_before_it_sends_costs_nothing() {
    let mut world = World::signed_in_with(4, Config { idle_timeout: None, ..Config::default() });
    world.store.latency = Span(50);
    world.run_until(Span::minutes(60), |world| world.locks.holder.is_some());
    let holder = world.locks.holder.expect("a holder").0;
    world.run(Span(60));
    assert_eq!(world.sends(), 0);
    world.crash(holder);
    world.run(Span::seconds(30));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}
