//! Tokens that a server puts beside its answers to ordinary requests.

use super::world::{StoreMode, World};
use session_warden::machine::{By, Event, Failure, Grant, Input, Secret, Settlement, Sid, Span, WaiterId};

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
