//! One tab renews, the others take it up: failures 1 to 4.

use super::world::{Reply, StoreMode, World};
use session_warden::machine::{By, EndReason, Event, Input, Sid, Span};

#[test]
fn the_other_tabs_take_up_a_refresh_and_rearm_their_timers() {
    let mut world = World::signed_in(3);
    world.run_active(0, Span::minutes(20));
    let was_due = world.tabs[1].machine.view().refresh_at;
    world.want_refresh(0);
    world.run(Span::seconds(2));
    assert!(world.all_signed_in());
    for tab in 1..3 {
        assert_eq!(
            world.events(tab, |event| *event == Event::Refresh { generation: 2, by: By::OtherTab }),
            1
        );
        assert!(world.tabs[tab].machine.view().refresh_at > was_due);
    }
    // Over the moment at which the others would have renewed the old token.
    world.run_active(0, Span::minutes(40));
    assert_eq!(world.sends(), 1);
    world.run_active(0, Span::minutes(20));
    assert_eq!(world.sends(), 2);
    assert_eq!(world.server.presented(2), 1);
}

#[test]
fn a_tab_that_missed_the_refresh_adopts_it_instead_of_sending() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    world.tabs[1].copy_lag = Span::minutes(600);
    world.want_refresh(0);
    world.run(Span::seconds(2));
    assert_eq!(world.tabs[1].machine.view().generation, 1);
    world.want_refresh(1);
    world.run(Span::seconds(2));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    assert_eq!(world.events(1, |event| matches!(event, Event::End { .. })), 0);
}

#[test]
fn a_refusal_of_an_old_token_ends_nothing() {
    let mut world = World::signed_in(2);
    world.tabs[1].copy_lag = Span::minutes(600);
    world.bus.deaf.insert(1);
    // Tab 1's request is refused after tab 0 has put another generation into the row: its tokens were set by
    // the application meanwhile.
    world.server.delay = Span::seconds(2);
    world.server.script.push_back(Reply::Refuse);
    world.want_refresh(1);
    world.run(Span(500));
    world.server.delay = Span(200);
    world.begin_login(0, "ann", session_warden::machine::GrantKind::Refresh);
    world.run(Span::seconds(10));
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.events_everywhere(|event| matches!(event, Event::End { .. })), 0);
    assert_eq!(world.events_everywhere(|event| matches!(event, Event::RefreshRejected { .. })), 0);
}

#[test]
fn a_word_against_an_old_token_ends_nothing_when_the_new_one_comes_in_first() {
    for store in [StoreMode::Works, StoreMode::Fails] {
        let mut world = World::signed_in(2);
        world.bus.deaf.insert(1);
        world.want_refresh(0);
        world.run(Span::seconds(5));
        // The row is read, and the word heard, before the tombstone of the old token is refused.
        world.act(1, Input::Visible);
        world.run(Span(1));
        world.tabs[1].store = Some(store);
        world.verify_refused(1);
        world.run(Span::seconds(5));
        world.tabs[1].store = None;
        assert!(world.all_signed_in(), "the store {store:?}");
        assert_eq!(world.row().generation, 2);
        assert_eq!(world.events_everywhere(|event| matches!(event, Event::End { .. })), 0);
    }
}

#[test]
fn a_verdict_on_another_token_ends_nothing() {
    let mut world = World::signed_in(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    let sid = world.row().sid.clone();
    for (sid, generation) in [(sid.clone(), 1), (Sid("another".to_owned()), 2)] {
        world.act(0, Input::VerifyRefused { sid, generation });
        world.run(Span::seconds(5));
        assert!(world.all_signed_in());
        assert_eq!(world.events(0, |event| matches!(event, Event::End { .. })), 0);
    }
    world.act(0, Input::VerifyRefused { sid, generation: 2 });
    world.run(Span::seconds(1));
    assert!(world.row_is_ended());
    let invalid = Event::End { reason: EndReason::TokenInvalid, by: By::ThisTab };
    assert_eq!(world.events(0, |event| *event == invalid), 1);
}

#[test]
fn of_two_renewals_of_one_generation_the_one_in_the_row_counts() {
    let mut world = World::signed_in(2);
    world.server.grace = Some(Span::minutes(1));
    world.server.delay = Span::seconds(1);
    world.want_refresh(0);
    world.run(Span(500));
    world.tabs[0].store = Some(StoreMode::Fails);
    world.run(Span::seconds(2));
    assert_eq!(world.events(0, |event| *event == Event::NotStored), 1);
    world.want_refresh(1);
    world.run(Span::seconds(3));
    assert_eq!((world.sends(), world.row().generation), (2, 2));
    assert_ne!(world.expires_at(0), world.expires_at(1));
    world.tabs[0].store = None;
    world.run(Span::minutes(1));
    assert_eq!(world.expires_at(0), world.expires_at(1));
    assert!(world.all_signed_in());
}

#[test]
fn a_pause_that_is_over_is_not_taken_up() {
    let mut world = World::signed_in(2);
    world.freeze(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.server.usual = Reply::Status(503, None);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    assert!(world.row().live().is_some_and(|live| live.cooldown.is_some()));
    world.crash(0);
    world.server.usual = Reply::Rotate;
    let sends = world.sends();
    world.run(Span::minutes(10));
    world.tabs[1].inbox.clear();
    world.resume(1);
    world.run(Span::seconds(5));
    assert!(world.is_signed_in(1));
    assert_eq!(world.tabs[1].machine.view().generation, 2);
    assert_eq!(world.sends(), sends, "nothing is due");
}
