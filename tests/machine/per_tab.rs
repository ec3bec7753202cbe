//! Tokens that each tab keeps for itself: a login is one tab's, and its duplicates share it.

use super::world::{Reply, World};
use session_warden::machine::{Config, Effect, EndReason, Event, Span, Status, Storage};

fn world(tabs: usize) -> World {
    World::with_tabs_and(tabs, Config { storage: Storage::PerTab, ..Config::default() })
}

fn signed_in() -> World {
    let mut world = world(1);
    world.log_in(0, "ann");
    world
}

#[test]
fn another_tabs_login_is_not_ours() {
    let mut world = world(3);
    world.log_in(0, "ann");
    world.log_in(1, "bob");
    assert_eq!(world.tabs[0].machine.subject(), Some("ann"));
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    assert_eq!(world.status(2), Status::Unauthenticated);
    world.log_out(0);
    world.run(Span::minutes(1));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    assert_eq!(world.events(1, |event| matches!(event, Event::End { .. } | Event::UserChanged { .. })), 0);
}

#[test]
fn a_tab_without_a_copy_is_signed_out_at_once() {
    let mut world = signed_in();
    world.forget_effects();
    let tab = world.open_tab();
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(world.count(tab, |effect| !matches!(effect, Effect::Notify(_))), 0, "there is nothing to ask");
}

#[test]
fn a_reloaded_tab_finds_its_session() {
    let mut world = signed_in();
    let reloaded = world.duplicate(0);
    world.crash(0);
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[reloaded].machine.subject(), Some("ann"));
    assert_eq!(world.events(reloaded, |event| *event == Event::Login), 0);
}

#[test]
fn the_row_holds_no_token_and_the_tabs_copy_does() {
    let mut world = signed_in();
    world.want_refresh(0);
    world.run(Span::seconds(1));
    assert!(world.row().live().is_some_and(|live| live.record.is_none()));
    let copy = world.tabs[0].own_copy.as_ref().expect("a copy");
    assert_eq!(copy.generation, 2);
    assert!(copy.live().is_some_and(|live| live.record.is_some()));
}

#[test]
fn a_refusal_leaves_the_tokens_in_the_tabs_copy() {
    let mut world = signed_in();
    world.server.usual = Reply::Refuse;
    world.want_refresh(0);
    world.run(Span::seconds(1));
    assert!(world.row().live().is_some_and(|live| live.refused && live.record.is_none()));
    let reloaded = world.duplicate(0);
    world.crash(0);
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[reloaded].machine.subject(), Some("ann"), "until its access token expires");
}

#[test]
fn a_duplicated_tab_shares_the_refresh() {
    let mut world = signed_in();
    let twin = world.duplicate(0);
    world.run_to_refresh(0, Span(0));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    for tab in [0, twin] {
        assert_eq!(world.tabs[tab].own_copy.as_ref().map(|copy| copy.generation), Some(2), "t{tab}");
    }
    world.run_to_refresh(twin, Span(0));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 2);
    assert!(world.all_signed_in());
}

#[test]
fn a_duplicate_that_starts_behind_asks_for_the_tokens() {
    let mut world = signed_in();
    let old_copy = world.tabs[0].own_copy.clone();
    world.want_refresh(0);
    world.run(Span::seconds(1));
    let new_copy = std::mem::replace(&mut world.tabs[0].own_copy, old_copy);
    let twin = world.duplicate(0);
    world.tabs[0].own_copy = new_copy;
    world.run(Span::seconds(1));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[twin].own_copy.as_ref().map(|copy| copy.generation), Some(2));
}

#[test]
fn a_duplicate_that_nobody_answers_sends_its_own_token_once_and_ends_alone() {
    let mut world = signed_in();
    let twin = world.duplicate(0);
    world.run(Span::seconds(1));
    world.bus.deaf.insert(twin);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.freeze(0);
    world.bus.deaf.clear();
    world.run_to_refresh(twin, Span(0));
    world.run_active(twin, Span::minutes(10));
    assert_eq!(world.sends(), 2);
    assert_eq!(world.status(twin), Status::Unauthenticated);
    assert_eq!(
        world.events(twin, |event| matches!(event, Event::End { reason: EndReason::RefreshRejected, .. })),
        1
    );
    assert!(!world.row_is_ended(), "the other tab's tokens are another matter");
}

#[test]
fn a_duplicate_that_nobody_answers_is_renewed_where_the_server_has_patience() {
    let mut world = signed_in();
    world.server.grace = Some(Span::minutes(120));
    let twin = world.duplicate(0);
    world.run(Span::seconds(1));
    world.bus.deaf.insert(twin);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.crash(0);
    world.run_to_refresh(twin, Span(0));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 2);
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 3);
}

#[test]
fn a_logout_reaches_the_duplicate() {
    let mut world = signed_in();
    world.duplicate(0);
    world.run(Span::seconds(1));
    world.log_out(0);
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn trouble_while_left_behind_ends_nothing() {
    let mut world = signed_in();
    let twin = world.duplicate(0);
    world.run(Span::seconds(1));
    world.bus.deaf.insert(twin);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.crash(0);
    world.server.usual = Reply::Status(503, None);
    world.run_to_refresh(twin, Span(0));
    world.run_active(twin, Span::minutes(10));
    assert_eq!(world.status(twin), Status::Authenticated);
    assert!(world.sends() <= 20, "{}", world.sends());
}

#[test]
fn a_tab_that_ended_alone_does_not_show_its_session_after_a_reload() {
    let mut world = signed_in();
    let twin = world.duplicate(0);
    world.run(Span::seconds(1));
    world.bus.deaf.insert(twin);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.freeze(0);
    world.bus.deaf.clear();
    world.run_to_refresh(twin, Span(0));
    world.run_active(twin, Span::minutes(10));
    assert_eq!(world.status(twin), Status::Unauthenticated);
    let reloaded = world.duplicate(twin);
    world.crash(twin);
    assert_eq!(world.status(reloaded), Status::Unauthenticated);
    world.run(Span::minutes(1));
    assert_eq!(world.status(reloaded), Status::Unauthenticated);
    let is_shown = |event: &Event| !matches!(event, Event::Ready | Event::Changed);
    assert_eq!(world.events(reloaded, is_shown), 0);
    assert!(world.row_is_live(), "the other tab's tokens are another matter");
}

#[test]
fn a_tab_names_its_session_from_before_the_row_is_read_until_after_its_end() {
    let mut world = signed_in();
    let reloaded = world.duplicate(0);
    world.log_out(0);
    for tab in [0, reloaded] {
        assert_eq!(world.tabs[tab].machine.scope(), Some(&world.row().sid), "t{tab}");
    }
}
