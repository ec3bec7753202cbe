//! Signing in, in one tab and in all of them.

use super::world::{StoreMode, World};
use session_warden::machine::{Effect, Event, GrantKind, Settlement, Span, Status};

#[test]
fn a_login_is_settled_once_it_is_in_the_row() {
    let mut world = World::with_tabs(1);
    assert_eq!(world.status(0), Status::Unauthenticated);
    let waiter = world.log_in(0, "ann");
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    assert_eq!(world.status(0), Status::Authenticated);
    assert_eq!(world.row().generation, 1);
    assert_eq!(world.row().version, 1);
    assert_eq!(world.events(0, |event| *event == Event::Login), 1);
    assert_eq!(world.count(0, |effect| matches!(effect, Effect::WriteCopy(_))), 1);
}

#[test]
fn a_login_reaches_every_tab_and_tells_each_once() {
    let world = World::signed_in(10);
    assert!(world.all_signed_in());
    for tab in 0..10 {
        assert_eq!(world.events(tab, |event| *event == Event::Login), 1, "tab {tab}");
        assert_eq!(world.tabs[tab].machine.subject(), Some("ann"), "tab {tab}");
        assert_eq!(world.tabs[tab].machine.user(), Some(r#"{"mail":"ann@example.org"}"#), "tab {tab}");
    }
}

#[test]
fn of_several_logins_that_cannot_be_stored_the_last_one_holds() {
    let mut world = World::with_tabs(1);
    world.store.latency = Span(100);
    world.begin_login(0, "ann", GrantKind::Login);
    world.run(Span(50));
    for user in ["bob", "carl", "dora"] {
        world.begin_login(0, user, GrantKind::Login);
    }
    // Ann's row is written; those of the others, which are under way by then, are not.
    world.run(Span(270));
    world.store.mode = StoreMode::Hangs;
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[0].machine.subject(), Some("ann"));
    world.run(Span::seconds(3));
    assert_eq!(world.tabs[0].machine.subject(), Some("dora"));
}
