//! Tokens that a server puts beside its answers to ordinary requests.

use super::world::{Reply, StoreMode, World};
use session_warden::machine::{
    By, Config, Event, Failure, Grant, Input, Secret, Settlement, Sid, Span, Storage, WaiterId,
};

/// A request of `tab` with its present token; what the server says of that arrives later.
fn request(world: &World, tab: usize) -> (Sid, u64) {
    let (_, sid, generation) = world.tabs[tab].machine.token().expect("a token to send");
    (sid.clone(), generation)
}

/// The answer to that request brings new tokens, called `name`.
fn answer(world: &mut World, tab: usize, (sid, generation): (Sid, u64), name: &str) -> WaiterId {
    let waiter = world.new_waiter(tab);
    let grant = Grant { refresh_token: Some(Secret::new(format!("refresh/{name}/1"))), ..bare(name) };
    world.act(tab, Input::Rotated { waiter, sid, generation, grant: Box::new(grant) });
    waiter
}

fn bare(name: &str) -> Grant {
    Grant {
        access_token: Secret::new(format!("access/{name}/1")),
        refresh_token: None,
        lifetime: Some(Span::minutes(60)),
        subject: None,
        user: None,
    }
}

fn access(world: &World, tab: usize) -> &str {
    world.tabs[tab].machine.token().expect("a token").0.expose()
}

const SUPERSEDED: Settlement = Settlement::Failed { failure: Failure::Superseded, retry_at: None };

#[test]
fn tokens_beside_an_answer_are_taken_up_in_every_tab() {
    let mut world = World::signed_in(2);
    let sent = request(&world, 0);
    let waiter = answer(&mut world, 0, sent, "next");
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    assert_eq!(world.row().generation, 2);
    for tab in 0..2 {
        assert_eq!(access(&world, tab), "access/next/1", "tab {tab}");
    }
    assert_eq!(world.events(1, |event| *event == Event::Refresh { generation: 2, by: By::OtherTab }), 1);
    assert_eq!(world.tabs[0].machine.subject(), Some("ann"), "an absent subject changes nobody");
    assert_eq!(world.sends(), 0);
}

#[test]
fn of_several_answers_in_a_burst_the_first_one_wins() {
    let mut world = World::signed_in(1);
    let sent = request(&world, 0);
    let first = answer(&mut world, 0, sent.clone(), "first");
    let second = answer(&mut world, 0, sent, "second");
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(0, first), Some(&Settlement::Done));
    assert_eq!(world.settlement(0, second), Some(&SUPERSEDED));
    assert_eq!(access(&world, 0), "access/first/1");
}

#[test]
fn an_older_answer_never_overwrites_a_newer_token() {
    let mut world = World::signed_in(1);
    let sent = request(&world, 0);
    world.want_refresh(0);
    world.run(Span::seconds(2));
    let newer = access(&world, 0).to_owned();
    let late = answer(&mut world, 0, sent, "late");
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(0, late), Some(&SUPERSEDED));
    assert_eq!(access(&world, 0), newer);
    assert_eq!(world.row().generation, 2);
    assert!(world.server.revocations.is_empty(), "the server would take that for the session's end");
}

#[test]
fn of_two_tabs_answers_for_one_generation_the_first_to_be_written_wins() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    world.tabs[1].copy_lag = Span::minutes(600);
    let sent = request(&world, 1);
    let others = request(&world, 0);
    answer(&mut world, 0, others, "first");
    world.run(Span::seconds(1));
    let late = answer(&mut world, 1, sent, "second");
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(1, late), Some(&SUPERSEDED));
    for tab in 0..2 {
        assert_eq!(access(&world, tab), "access/first/1", "tab {tab}");
    }
}

#[test]
fn nothing_is_taken_up_after_a_logout_or_for_another_session() {
    let mut world = World::signed_in(1);
    let sent = request(&world, 0);
    world.log_out(0);
    world.run(Span::seconds(1));
    let after_logout = answer(&mut world, 0, sent.clone(), "late");
    assert_eq!(world.settlement(0, after_logout), Some(&SUPERSEDED));
    world.log_in(0, "bob");
    let revoked = world.server.revocations.len();
    // Else the row would be what refuses them.
    world.store.mode = StoreMode::Fails;
    let for_the_former = answer(&mut world, 0, sent, "late");
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(0, for_the_former), Some(&SUPERSEDED));
    assert_eq!(world.tabs[0].machine.subject(), Some("bob"));
    assert_eq!(world.row().generation, 1);
    assert_eq!(world.server.revocations.len(), revoked);
}

#[test]
fn what_the_answer_does_not_say_stays_as_it_was() {
    let mut world = World::signed_in(1);
    world.run_active(0, Span::minutes(10));
    let (sid, generation) = request(&world, 0);
    let grant = Box::new(Grant { lifetime: None, ..bare("bare") });
    let waiter = world.new_waiter(0);
    world.act(0, Input::Rotated { waiter, sid, generation, grant });
    let received = world.wall(0);
    world.run(Span::seconds(1));
    assert_eq!(world.expires_at(0).since(received), Span::minutes(60), "the last known lifetime");
    let old = world.row().live().and_then(|live| live.record.as_ref()).expect("a record");
    assert_eq!(old.refresh_token.as_ref().map(Secret::expose), Some("refresh/f1/1"));
    assert!(old.user.is_some());
}

#[test]
fn tokens_that_cannot_be_stored_are_used_all_the_same() {
    let mut world = World::signed_in(1);
    world.store.mode = StoreMode::Fails;
    let sent = request(&world, 0);
    let waiter = answer(&mut world, 0, sent, "next");
    world.run(Span::seconds(5));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    assert_eq!(access(&world, 0), "access/next/1");
}

/// The answer to that request brings a new access token, called `name`, and nothing else.
fn answer_bare(world: &mut World, tab: usize, (sid, generation): (Sid, u64), name: &str) -> WaiterId {
    let waiter = world.new_waiter(tab);
    world.act(tab, Input::Rotated { waiter, sid, generation, grant: Box::new(bare(name)) });
    waiter
}

#[test]
fn an_access_token_alone_gives_way_to_a_refresh_under_way_in_any_tab() {
    for refreshing in 0..2 {
        let mut world = World::signed_in(2);
        let sent = request(&world, 0);
        world.want_refresh(refreshing);
        assert!(world.run_until(Span::seconds(1), |world| world.sends() == 1));
        let waiter = answer_bare(&mut world, 0, sent, "bare");
        world.run(Span::seconds(2));
        assert_eq!(world.settlement(0, waiter), Some(&SUPERSEDED));
        assert_eq!(world.row().generation, 2);
        // Its refresh token has replaced the one that was sent.
        let waiter = world.want_refresh(1 - refreshing);
        world.run(Span::seconds(2));
        assert_eq!(world.settlement(1 - refreshing, waiter), Some(&Settlement::Done), "{refreshing}");
        assert_eq!(world.server.presented(1), 1, "{refreshing}");
    }
}

#[test]
fn an_access_token_alone_is_taken_up_once_a_dead_tabs_claim_has_run_out() {
    let mut world = World::signed_in(2);
    world.want_refresh(1);
    assert!(world.run_until(Span::seconds(1), |world| world.sends() == 1));
    world.crash(1);
    let sent = request(&world, 0);
    world.run(Span::seconds(13));
    let waiter = answer_bare(&mut world, 0, sent, "bare");
    world.run(Span::seconds(1));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    assert_eq!(access(&world, 0), "access/bare/1");
}

#[test]
fn an_access_token_alone_that_cannot_be_stored_is_given_up() {
    let mut world = World::signed_in(2);
    let sent = request(&world, 0);
    world.want_refresh(1);
    assert!(world.run_until(Span::seconds(1), |world| world.sends() == 1));
    world.tabs[0].store = Some(StoreMode::Fails);
    let waiter = answer_bare(&mut world, 0, sent, "bare");
    world.run(Span(20));
    assert_eq!(access(&world, 0), "access/f1/1");
    world.tabs[0].store = None;
    world.run(Span::seconds(2));
    let failed = Settlement::Failed { failure: Failure::Store, retry_at: None };
    assert_eq!(world.settlement(0, waiter), Some(&failed));
    let record = world.row().live().and_then(|live| live.record.as_ref()).expect("a record");
    assert_eq!(record.refresh_token.as_ref().map(Secret::expose), Some("refresh/f1/2"));
}

#[test]
fn a_tab_that_is_left_behind_takes_nothing_up_for_its_earlier_tokens() {
    let config = Config { storage: Storage::Memory, ..Config::default() };
    let mut world = World::signed_in_with(3, config);
    let sent = request(&world, 1);
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.freeze(0);
    world.freeze(2);
    // It finds that there are later tokens, and nobody gives them to it.
    world.act(1, Input::Visible);
    world.run(Span::seconds(2));
    assert_eq!((access(&world, 1), world.row().generation), ("access/f1/1", 2));
    for name in ["whole", "bare"] {
        let waiter = if name == "whole" {
            answer(&mut world, 1, sent.clone(), name)
        } else {
            answer_bare(&mut world, 1, sent.clone(), name)
        };
        world.run(Span::seconds(2));
        assert_eq!(world.settlement(1, waiter), Some(&SUPERSEDED), "{name}");
        assert_eq!(world.row().generation, 2, "{name}");
    }
}

#[test]
fn an_access_token_alone_prolongs_a_session_whose_refresh_token_was_refused_and_renews_it_no_more() {
    let mut world = World::signed_in(2);
    world.request(0, false, Span::minutes(20));
    world.run(Span::seconds(1));
    world.server.script.push_back(Reply::Refuse);
    world.want_refresh(1);
    world.run_active(0, Span::minutes(75));
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
    world.run_active(0, Span::minutes(6));
    assert!(world.all_signed_out());
    assert_eq!(world.sends(), 1);
}
