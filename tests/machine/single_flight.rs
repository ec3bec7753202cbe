//! One refresh for every trigger: failures 8 and 38.

use super::world::{LockMode, Reply, World};
use session_warden::machine::{
    Commit, Config, Content, Effect, Event, Failure, GrantKind, Input, Machine, Now, RefreshAnswer,
    Settlement, Sid, Span, TabId, Timer, WaiterId, Wall,
};

fn dead_token() -> World {
    let mut world = World::signed_in_with(1, Config { idle_timeout: None, ..Config::default() });
    world.tabs[0].throttle = Some(Span::minutes(600));
    world.run(Span::minutes(61));
    assert_eq!(world.sends(), 0);
    world.tabs[0].throttle = None;
    world
}

#[test]
fn every_trigger_joins_one_refresh() {
    let mut world = dead_token();
    let wanted: Vec<_> = (0..15).map(|_| world.new_waiter(0)).collect();
    let refused: Vec<_> = (0..10).map(|_| world.new_waiter(0)).collect();
    let sid = world.row().sid.clone();
    for waiter in &wanted {
        world.feed(0, Input::TokenWanted(*waiter));
    }
    for waiter in &refused {
        world.feed(0, Input::Unauthorized { waiter: *waiter, sid: sid.clone(), generation: 1 });
    }
    world.feed(0, Input::Visible);
    world.feed(0, Input::Online);
    let asked = world.want_refresh(0);
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 1);
    for waiter in wanted.iter().chain(&refused) {
        assert_eq!(world.token_given(0, *waiter), Some("access/f1/2"));
    }
    assert!(world.settlement(0, asked).is_some());
    // The second wave finds a fresh token.
    let again = world.want_token(0);
    assert_eq!(world.token_given(0, again), Some("access/f1/2"));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_401_that_is_not_about_the_token_costs_one_refresh() {
    let mut world = World::signed_in(1);
    let first = world.answered_401(0);
    world.run(Span::seconds(2));
    assert_eq!(world.token_given(0, first), Some("access/f1/2"));
    for _ in 0..20 {
        let again = world.answered_401(0);
        world.run(Span(100));
        assert_eq!(world.failure_given(0, again), Some(Failure::StillUnauthorized));
    }
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_401_that_joins_a_refresh_under_way_costs_no_second_one() {
    let mut world = World::signed_in(1);
    world.want_refresh(0);
    let first = world.answered_401(0);
    world.run(Span::seconds(2));
    assert_eq!(world.token_given(0, first), Some("access/f1/2"));
    let again = world.answered_401(0);
    world.run(Span::seconds(2));
    assert_eq!(world.failure_given(0, again), Some(Failure::StillUnauthorized));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_401_for_an_old_generation_is_answered_with_the_new_token() {
    let mut world = World::signed_in(1);
    let sid = world.row().sid.clone();
    world.want_refresh(0);
    world.run(Span::seconds(2));
    let waiter = world.new_waiter(0);
    world.act(0, Input::Unauthorized { waiter, sid, generation: 1 });
    assert_eq!(world.token_given(0, waiter), Some("access/f1/2"));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_401_during_an_outage_keeps_the_pause() {
    let mut world = World::signed_in(1);
    world.server.usual = Reply::Status(503, None);
    for _ in 0..50 {
        let waiter = world.answered_401(0);
        world.run(Span(300));
        assert!(world.failure_given(0, waiter).is_some());
    }
    // Fifteen seconds of doubling pauses.
    assert!(world.sends() <= 12, "{} requests", world.sends());
}

/// Activity that is put into the row right now.
fn touch(world: &mut World) {
    let touches = |world: &World| {
        world.count(0, |effect| {
            matches!(effect, Effect::Commit { commit, .. } if matches!(**commit, Commit::Touch { .. }))
        })
    };
    let before = touches(world);
    world.act(0, Input::Activity);
    assert_eq!(touches(world), before + 1);
}

#[test]
fn the_answer_to_another_commit_is_not_the_turn() {
    let mut world = World::signed_in(2);
    world.run(Span::minutes(4));
    world.locks.mode = LockMode::Refuses;
    world.server.delay = Span::seconds(2);
    world.want_refresh(1);
    assert!(world.run_until(Span::seconds(1), |world| world.sends() == 1));
    world.store.latency = Span(20);
    touch(&mut world);
    world.want_refresh(0);
    world.run(Span::seconds(10));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
}

#[test]
fn the_answer_to_another_commit_does_not_say_what_became_of_the_new_tokens_or_of_a_refusal() {
    for reply in [Reply::Rotate, Reply::Refuse] {
        let mut world = World::signed_in(2);
        world.run(Span::minutes(4));
        world.server.usual = reply;
        let waiter = world.want_refresh(0);
        assert!(world.run_until(Span::seconds(1), |world| world.sends() == 1));
        world.forget_effects();
        world.store.latency = Span(100);
        world.run(Span(150));
        touch(&mut world);
        world.run(Span::seconds(5));
        let announced: Vec<u64> = world.tabs[0]
            .effects
            .iter()
            .filter_map(|(_, effect)| match effect {
                Effect::Announce { version } => Some(*version),
                _ => None,
            })
            .collect();
        assert_eq!(announced, [2], "{reply:?}");
        if reply == Reply::Rotate {
            assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
            assert_eq!(world.events(0, |event| matches!(event, Event::Refresh { .. })), 1);
            assert!(world.all_signed_in());
        } else {
            let refused = Failure::Refused { status: 400 };
            assert!(world.failure_given(0, waiter).is_some());
            let told = |event: &Event| matches!(event, Event::RefreshRejected { failure, .. } if *failure == refused);
            assert_eq!(world.events(0, told), 1);
            let copies = |effect: &Effect| match effect {
                Effect::WriteCopy(row) => matches!(&row.content, Content::Live(live) if live.refused),
                _ => false,
            };
            assert_eq!(world.count(0, copies), 1);
            assert!(world.tabs[1].machine.view().ending);
        }
    }
}

#[test]
fn a_401_long_after_the_one_before_costs_a_refresh_again() {
    let mut world = World::signed_in(1);
    world.answered_401(0);
    world.run(Span::minutes(6));
    let again = world.answered_401(0);
    world.run(Span::seconds(2));
    assert_eq!(world.token_given(0, again), Some("access/f1/3"));
    assert_eq!(world.sends(), 2);
}

#[test]
fn who_has_gone_is_not_answered_and_the_others_are() {
    let mut world = World::signed_in(1);
    let (gone, waits) = (world.want_refresh(0), world.want_refresh(0));
    world.act(0, Input::WaiterGone(gone));
    world.run(Span::seconds(2));
    assert_eq!(world.settlement(0, gone), None);
    assert_eq!(world.settlement(0, waits), Some(&Settlement::Done));
}

#[test]
fn who_asks_before_the_page_has_started_is_answered_in_the_end() {
    let at = |seconds| Now {
        wall: Wall(1_700_000_000_000) + Span::seconds(seconds),
        monotonic: Span::seconds(seconds),
    };
    let mut machine = Machine::new(Config::default(), TabId("t0".to_owned()), 1);
    let waiter = WaiterId(1);
    machine.handle(at(0), Input::TokenWanted(waiter));
    assert_eq!(machine.poll_effect(), None);
    assert_eq!(machine.poll_timeout(), Some((at(20).wall, Timer::Waiter)));
    machine.handle_timeout(at(20));
    let settlement = Settlement::Failed { failure: Failure::Timeout, retry_at: None };
    assert_eq!(machine.poll_effect(), Some(Effect::Settle { waiter, settlement }));
}

#[test]
fn a_session_at_its_end_does_nothing_more() {
    let mut world = World::signed_in(1);
    world.store.latency = Span::seconds(1);
    let refused = Input::VerifyRefused { sid: Sid("s1".to_owned()), generation: 1 };
    world.act(0, refused.clone());
    world.forget_effects();
    assert_eq!(world.tabs[0].machine.subject(), None, "it is nobody's any more");
    world.act(0, Input::Activity);
    world.act(0, refused);
    world.want_refresh(0);
    world.want_token(0);
    assert_eq!(world.count(0, |_| true), 0);
    world.run(Span::seconds(5));
    assert_eq!(world.events(0, |event| matches!(event, Event::End { .. })), 1);
    assert_eq!(world.sends(), 0);
}

#[test]
fn an_answer_about_earlier_tokens_says_nothing_of_those_on_their_way() {
    let earlier = [
        RefreshAnswer::Refused(Failure::Refused { status: 400 }),
        RefreshAnswer::Failed { failure: Failure::Network, retry_after: None },
    ];
    for answer in earlier {
        let mut world = World::signed_in(2);
        world.want_refresh(0);
        world.run(Span::seconds(1));
        world.server.delay = Span::seconds(3);
        let waiter = world.want_refresh(0);
        world.run(Span::seconds(1));
        let sid = world.row().sid.clone();
        world.act(0, Input::RefreshAnswered { sid, generation: 1, answer });
        let other = world.want_refresh(1);
        world.run(Span(1_900));
        assert_eq!(world.attempts.len(), 2, "the turn is still taken");
        world.run(Span::seconds(1));
        for (tab, waiter) in [(0, waiter), (1, other)] {
            assert_eq!(world.settlement(tab, waiter), Some(&Settlement::Done));
        }
        assert!(world.all_signed_in());
        assert_eq!(world.events_everywhere(|event| matches!(event, Event::RefreshFailed { .. })), 0);
    }
}

#[test]
fn tokens_granted_after_others_have_come_in_do_not_take_their_place() {
    let mut world = World::signed_in(2);
    world.server.delay = Span::seconds(3);
    world.want_refresh(0);
    world.run(Span(100));
    world.server.delay = Span(0);
    world.begin_login(1, "ann", GrantKind::Refresh);
    assert!(world.run_until(Span::seconds(1), |world| world.row().generation == 2));
    world.run(Span::seconds(6));
    assert_eq!(world.server.requests.len(), 1);
    assert!(world.all_signed_in());
    let (token, _, generation) = world.tabs[0].machine.token().expect("a token");
    assert_eq!((token.expose(), generation), ("access/f2/1", 2));
}
