//! Clocks that are wrong, set and stopped: failure 17.

use super::world::{Reply, StoreMode, World};
use session_warden::machine::{Config, EndReason, Event, GrantKind, Input, Settlement, Span};

#[test]
fn a_clock_that_is_off_makes_no_token_look_expired() {
    for offset in [60, 55, -60] {
        let mut world = World::with_tabs(2);
        world.set_clocks(offset * 60_000);
        world.log_in(0, "ann");
        world.run_active(0, Span::minutes(50));
        assert_eq!(world.sends(), 0, "clock off by {offset} min");
        world.run_active(0, Span::minutes(7));
        assert_eq!(world.sends(), 1, "clock off by {offset} min");
        assert!(world.all_signed_in());
    }
}

#[test]
fn a_clock_set_back_does_not_lengthen_the_idle_timeout() {
    let mut world = World::signed_in(2);
    world.run(Span::minutes(10));
    world.set_clocks(-3_600_000);
    world.run(Span::minutes(19));
    assert!(world.all_signed_in());
    world.run(Span::minutes(2));
    assert!(world.all_signed_out());
    assert_eq!(world.events(0, |e| matches!(e, Event::End { reason: EndReason::Idle, .. })), 1);
}

#[test]
fn a_clock_set_back_does_not_hide_activity_from_the_other_tabs() {
    let mut world = World::signed_in(2);
    world.run(Span::minutes(10));
    world.set_clocks(-3_600_000);
    world.run_active(0, Span::minutes(50));
    assert!(world.all_signed_in());
    world.run(Span::minutes(31));
    assert!(world.all_signed_out());
}

#[test]
fn a_clock_set_back_by_a_little_again_and_again_adds_up() {
    let mut world = World::signed_in(1);
    for _ in 0..29 {
        world.run(Span::minutes(1));
        world.set_clocks(-50_000);
    }
    world.run(Span::minutes(2));
    assert!(world.all_signed_out());
}

#[test]
fn a_clock_set_back_does_not_lengthen_a_wait() {
    let mut world = World::signed_in_with(1, Config { idle_timeout: None, ..Config::default() });
    world.server.usual = Reply::Never;
    let waiter = world.want_refresh(0);
    world.run(Span::seconds(1));
    world.set_clocks(-3_600_000);
    world.act(0, Input::Visible);
    world.run(Span::seconds(21));
    assert!(world.failure_given(0, waiter).is_some());
}

#[test]
fn a_clock_set_forward_costs_one_refresh() {
    let mut world = World::signed_in_with(3, Config { idle_timeout: None, ..Config::default() });
    world.run(Span::minutes(1));
    world.set_clocks(2 * 3_600_000);
    world.run(Span::minutes(30));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_clock_set_back_renews_the_token_in_time_all_the_same() {
    let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
    world.run(Span::minutes(10));
    world.set_clocks(-3_600_000);
    world.run(Span::minutes(46));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_stamp_from_before_the_clock_was_set_back_is_no_new_activity_when_its_time_comes() {
    let mut world = World::signed_in(2);
    world.run(Span::minutes(10));
    world.act(0, Input::Activity);
    world.run(Span::seconds(1));
    world.set_clocks(-600_000);
    world.run(Span::minutes(29));
    assert!(world.all_signed_in());
    world.run(Span::minutes(2));
    assert!(world.all_signed_out());
}

#[test]
fn a_clock_set_back_by_a_little_leaves_no_row_behind_that_nobody_can_end() {
    let mut world = World::signed_in(2);
    world.set_clocks(-4_000);
    world.want_refresh(0);
    world.run(Span::minutes(31));
    assert!(world.all_signed_out());
    assert!(world.row_is_ended());
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn activity_from_before_the_clock_was_set_back_is_not_lost_on_a_tab_that_hears_of_it_afterwards() {
    let mut world = World::signed_in(3);
    world.run(Span::minutes(10));
    world.freeze(0);
    world.act(1, Input::Activity);
    world.run(Span::minutes(20) - Span::seconds(1));
    world.set_clocks(-1_803_000);
    world.run(Span::seconds(2));
    world.resume(0);
    world.run(Span::seconds(5));
    assert_eq!(world.events_everywhere(|event| matches!(event, Event::End { .. })), 0);
    assert!(world.all_signed_in());
}

#[test]
fn an_unwritten_login_is_not_taken_for_the_earlier_because_the_clock_was_set_back() {
    let mut world = World::signed_in(1);
    world.set_clocks(-3_600_000);
    world.store.mode = StoreMode::Fails;
    world.log_in(0, "bob");
    world.store.mode = StoreMode::Works;
    world.run(Span::minutes(1));
    assert_eq!(world.tabs[0].machine.subject(), Some("bob"));
    assert!(world.all_signed_in());
}

#[test]
fn unwritten_renewals_give_way_to_a_login_though_the_clock_was_set_back() {
    let mut world = World::signed_in(2);
    world.tabs[0].store = Some(StoreMode::Fails);
    for _ in 0..2 {
        world.begin_login(0, "ann", GrantKind::Refresh);
        world.run(Span::seconds(1));
    }
    world.set_clocks(-3_600_000);
    world.bus.deaf.insert(1);
    world.log_in(1, "bob");
    world.bus.deaf.clear();
    world.tabs[0].store = None;
    world.want_refresh(0);
    world.run(Span::minutes(2));
    for tab in 0..2 {
        assert_eq!(world.tabs[tab].machine.subject(), Some("bob"), "t{tab}");
    }
    assert!(world.all_signed_in());
}

#[test]
fn a_pause_from_before_the_clock_was_set_back_is_not_taken_up_with_the_tokens() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.server.script.push_back(Reply::Status(429, Some(Span::minutes(50))));
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.set_clocks(-3_600_000);
    world.act(1, Input::Visible);
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[1].machine.view().generation, 2);
    let waiter = world.want_refresh(1);
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(1, waiter), Some(&Settlement::Done));
}
