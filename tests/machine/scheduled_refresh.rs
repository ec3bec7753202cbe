//! The refresh that the clock asks for.

use super::world::World;
use session_warden::machine::{By, Config, Effect, Event, Span};

#[test]
fn a_token_is_renewed_five_minutes_early_less_the_jitter() {
    let mut world = World::signed_in(1);
    let expires_at = world.instant(world.expires_at(0));
    world.run_to_refresh(0, Span(0));
    world.run(Span(10));
    assert_eq!(world.sends(), 1);
    let early = Span(expires_at - world.attempts[0].sent_at);
    assert!(early <= Span::minutes(5), "sent {early:?} early");
    assert!(early >= Span::seconds(269), "sent {early:?} early");
    world.run(Span::seconds(2));
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.events(0, |event| *event == Event::Refresh { generation: 2, by: By::ThisTab }), 1);
    assert_eq!(world.locks.holder, None);
}

#[test]
fn ten_tabs_due_at_the_same_moment_send_one_request() {
    let mut world = World::signed_in(10);
    for round in 1..=20 {
        let due = world.tabs[0].machine.view().refresh_at;
        for tab in 0..10 {
            assert_eq!(world.tabs[tab].machine.view().refresh_at, due, "the jitter is the same in every tab");
        }
        world.forget_effects();
        world.run_to_refresh(3, Span(0));
        world.run(Span::seconds(30));
        assert_eq!(world.sends(), round);
        assert_eq!(world.server.presented(round as u64), 1);
        assert!(world.all_signed_in(), "round {round}");
        for tab in 0..10 {
            assert_eq!(world.events(tab, |event| matches!(event, Event::Refresh { .. })), 1, "tab {tab}");
        }
    }
    assert!(world.server.revocations.is_empty());
}

#[test]
fn ten_tabs_send_one_request_though_the_bus_loses_and_reorders() {
    let mut world = World::signed_in(10);
    world.bus.loss_percent = 60;
    world.bus.jitter = Span(400);
    world.store.jitter = Span(20);
    for round in 1..=5 {
        world.run_to_refresh(0, Span(0));
        world.run(Span::minutes(1));
        assert_eq!(world.sends(), round);
        assert!(world.all_signed_in());
    }
}

#[test]
fn a_refresh_can_be_asked_for_at_fixed_intervals() {
    let config = Config { refresh_every: Some(Span::minutes(13)), idle_timeout: None, ..Config::default() };
    let mut world = World::signed_in_with(2, config);
    world.run(Span::minutes(60));
    assert_eq!(world.sends(), 4);
}

#[test]
fn a_token_with_no_expiry_is_left_alone() {
    let mut world = World::with_tabs(2);
    world.server.access_ttl = None;
    world.log_in(0, "ann");
    world.run_active(0, Span::minutes(600));
    assert_eq!(world.sends(), 0);
    assert!(world.all_signed_in());
    let waiter = world.answered_401(0);
    world.run(Span::seconds(2));
    assert_eq!(world.sends(), 1);
    assert_eq!(world.token_given(0, waiter), Some("access/f1/2"));
}

#[test]
fn a_sliding_token_renews_itself() {
    let config = Config { sliding: true, idle_timeout: None, ..Config::default() };
    let mut world = World::signed_in_with(1, config);
    world.run(Span::minutes(56));
    assert_eq!(world.sends(), 1);
    assert!(world.count(0, |effect| matches!(effect, Effect::SendRefresh { generation: 1, .. })) == 1);
}

#[test]
fn the_jitter_spreads_users_over_a_tenth_of_the_lead() {
    let mut world = World::with_tabs(1);
    let jitters: Vec<u64> = (0..60)
        .map(|_| {
            world.log_in(0, "ann");
            let due = world.tabs[0].machine.view().refresh_at.expect("a refresh to come");
            due.0 - (world.expires_at(0) - Span::minutes(5)).0
        })
        .collect();
    for tenth in 0..3 {
        let seconds = tenth * 10_000..(tenth + 1) * 10_000;
        assert!(jitters.iter().any(|jitter| seconds.contains(jitter)), "none in {seconds:?} ms: {jitters:?}");
    }
    assert!(jitters.iter().all(|jitter| *jitter < 30_000), "{jitters:?}");
}
