//! Lifetimes of every length: failures 16, 18, 19.

use super::world::{Reply, World};
use session_warden::machine::{
    Config, EndReason, Event, Failure, Grant, GrantKind, Input, Live, Secret, Sid, Span, WhenRejected,
};

fn with_ttl(ttl: Span) -> World {
    let mut world = World::with_tabs_and(2, Config { idle_timeout: None, ..Config::default() });
    world.server.access_ttl = Some(ttl);
    world.log_in(0, "ann");
    world
}

#[test]
fn the_lead_is_at_most_half_the_lifetime() {
    for ttl in [300, 120, 30, 5] {
        let mut world = with_ttl(Span::seconds(ttl));
        let lifetimes = 10;
        for _ in 0..ttl * lifetimes {
            let waiter = world.want_token(1);
            assert!(
                world.token_given(1, waiter).is_some(),
                "a valid token was waited for (lifetime {ttl} s)"
            );
            world.run(Span::seconds(1));
        }
        let sends = world.sends() as u64;
        assert!(sends >= lifetimes, "{sends} refreshes in {lifetimes} lifetimes of {ttl} s");
        assert!(sends <= 2 * lifetimes + 2, "{sends} refreshes in {lifetimes} lifetimes of {ttl} s");
    }
}

#[test]
fn a_token_of_thirty_days_or_of_2_to_the_31_ms_is_neither_expired_nor_renewed() {
    for ttl in [Span::minutes(30 * 24 * 60), Span(1 << 31), Span((1 << 32) - 5_000), Span((1 << 32) + 5_000)]
    {
        let mut world = with_ttl(ttl);
        world.run(Span::seconds(10));
        assert_eq!(world.sends(), 0);
        assert!(world.all_signed_in());
        let due = world.tabs[0].machine.view().refresh_at.expect("a refresh to come");
        assert!(due > world.wall(0) + Span(ttl.0 - Span::minutes(6).0));
    }
}

#[test]
fn a_lifetime_beyond_all_measure_is_cut_to_four_hundred_days() {
    let world = with_ttl(Span(u64::MAX));
    assert!(world.expires_at(0) <= world.wall(0) + Span::minutes(400 * 24 * 60));
}

#[test]
fn an_answer_that_does_not_move_the_deadline_backs_off() {
    let mut world = World::signed_in(2);
    world.server.usual = Reply::SameToken;
    world.run_to_refresh(0, Span(0));
    let before = world.sends();
    world.run(Span::minutes(4));
    let sends = world.sends() - before;
    assert!(sends >= 1, "{sends}");
    assert!(sends <= 9, "{sends} requests in four minutes");
    assert!(world.all_signed_in());
}

#[test]
fn a_pause_is_shorter_than_what_is_left_of_a_short_lived_token() {
    let mut world = with_ttl(Span::seconds(20));
    world.server.script.push_back(Reply::SameToken);
    let mut was_dead = false;
    for _ in 0..60 {
        world.run(Span::seconds(1));
        was_dead |= world.expires_at(0) <= world.wall(0);
    }
    assert!(!was_dead, "it was renewed in time");
    assert!(world.sends() <= 8, "{}", world.sends());
}

#[test]
fn a_401_in_the_pause_after_a_refresh_that_did_not_help_is_told_so() {
    let mut world = World::signed_in(1);
    world.server.access_ttl = Some(Span(500));
    world.want_refresh(0);
    world.run(Span::seconds(1));
    let waiter = world.answered_401(0);
    world.run(Span::seconds(1));
    assert_eq!(world.failure_given(0, waiter), Some(Failure::NotProlonged));
    assert_eq!(world.sends(), 1);
}

#[test]
fn an_answer_with_no_lifetime_left_backs_off() {
    for ttl in [0, 1, 500] {
        let mut world = with_ttl(Span::minutes(60));
        world.server.access_ttl = Some(Span(ttl));
        world.want_refresh(0);
        world.run(Span::minutes(5));
        assert!(world.sends() <= 12, "{} requests in five minutes (lifetime {ttl} ms)", world.sends());
        assert!(world.sends() >= 2);
    }
}

#[test]
fn an_empty_refresh_token_or_subject_changes_nothing() {
    let mut world = World::signed_in(1);
    let waiter = world.new_waiter(0);
    let epoch = world.tabs[0].machine.epoch();
    let grant = Grant {
        access_token: Secret::new("access/f1/2"),
        refresh_token: Some(Secret::new("")),
        lifetime: Some(Span::minutes(60)),
        subject: Some(String::new()),
        user: None,
    };
    let sid = Sid("never".to_owned());
    world.act(
        0,
        Input::Granted { waiter, sid, epoch, kind: GrantKind::Auto, remember: true, grant: Box::new(grant) },
    );
    world.run(Span::seconds(1));
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.tabs[0].machine.subject(), Some("ann"));
    world.want_refresh(0);
    world.run(Span::seconds(1));
    assert_eq!(world.server.presented(1), 1);
}

#[test]
fn a_token_is_handed_out_while_a_request_with_it_can_still_arrive() {
    for (ttl, margin) in [(Span::minutes(60), 2_000), (Span::seconds(10), 1_000)] {
        let mut world = with_ttl(ttl);
        world.server.usual = Reply::Network;
        let last = world.instant(world.expires_at(0)) - margin;
        world.run(Span(last - 1 - world.time));
        let waiter = world.want_token(0);
        assert!(world.token_given(0, waiter).is_some(), "{ttl:?}");
        world.run(Span(1));
        let waiter = world.want_token(0);
        assert!(world.token_given(0, waiter).is_none(), "{ttl:?}");
    }
}

/// The auth server issues no refresh tokens.
fn without_refresh_tokens(config: Config) -> World {
    let mut world = World::with_tabs_and(1, Config { idle_timeout: None, ..config });
    world.server.sliding = true;
    world.log_in(0, "ann");
    world
}

fn ends(world: &World, wanted: EndReason) -> usize {
    world.events(0, |event| matches!(event, Event::End { reason, .. } if *reason == wanted))
}

#[test]
fn a_session_without_a_refresh_token_lives_until_its_token_expires() {
    let mut world = without_refresh_tokens(Config::default());
    assert_eq!(world.tabs[0].machine.view().refresh_at, None);
    let asked = world.want_refresh(0);
    assert_eq!(world.failure_given(0, asked), Some(Failure::NotRenewable));
    world.run(Span::minutes(59));
    assert!(world.all_signed_in());
    world.run(Span::minutes(2));
    assert_eq!(ends(&world, EndReason::Expired), 1);
    assert_eq!(world.sends(), 0);
}

#[test]
fn an_access_token_that_is_not_renewed_any_more_expires() {
    let mut world = without_refresh_tokens(Config { sliding: true, ..Config::default() });
    world.server.usual = Reply::Refuse;
    world.run(Span::minutes(61));
    assert_eq!(world.sends(), 1);
    assert_eq!(ends(&world, EndReason::Expired), 1);
}

#[test]
fn an_expired_access_token_that_is_refused_has_expired() {
    let mut world = without_refresh_tokens(Config { sliding: true, ..Config::default() });
    world.server.usual = Reply::Network;
    world.run(Span::minutes(61));
    world.server.usual = Reply::Refuse;
    world.act(0, Input::Online);
    world.run(Span::seconds(2));
    assert_eq!(ends(&world, EndReason::Expired), 1);
}

#[test]
fn a_refusal_that_ends_the_session_at_once_is_no_expiry() {
    let config = Config { sliding: true, when_rejected: WhenRejected::AtOnce, ..Config::default() };
    let mut world = without_refresh_tokens(config);
    world.server.usual = Reply::Refuse;
    world.want_refresh(0);
    world.run(Span::seconds(2));
    assert_eq!(ends(&world, EndReason::RefreshRejected), 1);
}

#[test]
fn only_an_answer_that_does_not_move_a_near_deadline_is_followed_by_a_pause() {
    let pauses = |before, after| {
        let mut world = with_ttl(before);
        world.server.access_ttl = Some(after);
        world.want_refresh(0);
        world.run(Span::seconds(1));
        assert_eq!(world.row().generation, 2);
        let cooldown = |live: &Live| live.cooldown.is_some();
        world.row().live().is_some_and(cooldown)
    };
    let (short, long) = (Span::seconds(20), Span::minutes(60));
    assert!(!pauses(short, short));
    assert!(!pauses(short, long));
    assert!(pauses(long, short));
    assert!(!pauses(long, Span::minutes(50)), "it is not due for a long time");
}
