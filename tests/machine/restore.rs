//! The start of a page: what the row and its copy say, in every combination.

use super::world::{EPOCH, StoreMode, World};
use session_warden::machine::{
    Config, Content, Effect, EndReason, Ended, Event, GrantKind, Input, Live, Record, Row, Secret, Sid, Span,
    Status, Wall,
};

/// A session of generation `generation`, changed `age` ago.
fn row(version: u64, generation: u64, age: Span) -> Row {
    let at = Wall(EPOCH) - age;
    let record = Record {
        access_token: Secret::new(format!("access/f1/{generation}")),
        refresh_token: Some(Secret::new(format!("refresh/f1/{generation}"))),
        expires_at: Some(at + Span::minutes(60)),
        received_at: at,
        subject: Some("ann".to_owned()),
        user: None,
        after_unauthorized: false,
        remember: true,
    };
    let live = Live {
        record: Some(record),
        sending: None,
        cooldown: None,
        refused: false,
        started_at: at,
        activity: at,
    };
    Row { version, sid: Sid("s1".to_owned()), generation, at, content: Content::Live(Box::new(live)) }
}

fn tombstone(version: u64) -> Row {
    let ended = Ended { reason: EndReason::Logout, at: Wall(EPOCH) };
    Row { content: Content::Ended(ended), ..row(version, 1, Span::minutes(1)) }
}

fn start(row: Option<Row>, copy: Option<Row>) -> World {
    start_with(row, copy, |_| {})
}

fn start_with(row: Option<Row>, copy: Option<Row>, prepare: impl FnOnce(&mut World)) -> World {
    let mut world = World::new(3, Config::default());
    world.store.row = row;
    if copy.is_some() {
        world.copy.write(0, usize::MAX, copy);
    }
    prepare(&mut world);
    world.open_tab();
    world.run(Span::seconds(4));
    assert_eq!(world.events(0, |event| *event == Event::Ready), 1);
    assert_eq!(world.events(0, |event| *event == Event::Login), 0, "a restored session is no login");
    world
}

fn minute() -> Span {
    Span::minutes(1)
}

#[test]
fn row_and_copy_agree() {
    let world = start(Some(row(4, 2, minute())), Some(row(4, 2, minute())));
    assert_eq!(world.status(0), Status::Authenticated);
    assert_eq!(world.tabs[0].machine.view().generation, 2);
    assert_eq!(world.row().version, 4);
}

#[test]
fn the_row_is_newer() {
    let world = start(Some(row(5, 3, minute())), Some(row(4, 2, minute())));
    assert_eq!(world.tabs[0].machine.view().generation, 3);
}

#[test]
fn the_row_is_newer_and_ended() {
    let world = start(Some(tombstone(5)), Some(row(4, 2, minute())));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert!(world.row_is_ended());
}

#[test]
fn the_copy_is_newer_and_is_put_into_the_row() {
    let world = start(Some(row(4, 2, minute())), Some(row(5, 3, minute())));
    assert_eq!(world.tabs[0].machine.view().generation, 3);
    assert_eq!((world.row().version, world.row().generation), (5, 3));
}

#[test]
fn the_copy_is_newer_and_ended() {
    let world = start(Some(row(4, 2, minute())), Some(tombstone(5)));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert!(world.row_is_ended());
}

#[test]
fn a_living_copy_never_replaces_the_tombstone_of_its_own_session() {
    let world = start(Some(tombstone(4)), Some(row(6, 3, minute())));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert!(world.row_is_ended());
}

#[test]
fn the_copy_is_missing_and_the_row_is_fresh() {
    let mut world = start(Some(row(4, 2, Span::seconds(2))), None);
    assert_eq!(world.status(0), Status::Authenticated);
    world.run(Span::minutes(2));
    assert_eq!(world.status(0), Status::Authenticated, "a copy that was never seen is not missed");
}

#[test]
fn the_copy_may_be_five_seconds_behind_the_row() {
    // The row is read after 2 ms.
    for (age, status) in [(4_998, Status::Authenticated), (4_999, Status::Unauthenticated)] {
        let world = start_with(Some(row(4, 2, Span(age))), None, |world| world.clear_storage(false));
        assert_eq!(world.status(0), status, "{age} ms");
    }
}

#[test]
fn the_copy_is_missing_and_the_row_is_old() {
    let world = start_with(Some(row(4, 2, minute())), None, |world| world.clear_storage(false));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert!(world.row_is_ended());
    assert_eq!(world.tabs[0].machine.view().end.map(|(reason, _)| reason), Some(EndReason::StorageCleared));
}

#[test]
fn the_row_is_missing_and_is_rebuilt_from_the_copy() {
    let world = start(None, Some(row(4, 2, minute())));
    assert_eq!(world.status(0), Status::Authenticated);
    assert_eq!((world.row().version, world.row().generation), (4, 2));
}

#[test]
fn nothing_is_there() {
    let world = start(None, None);
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert_eq!(world.tabs[0].machine.view().end, None);
}

#[test]
fn both_are_tombstones() {
    let world = start(Some(tombstone(5)), Some(tombstone(5)));
    assert_eq!(world.status(0), Status::Unauthenticated);
    assert_eq!(world.events(0, |event| matches!(event, Event::End { .. })), 0);
}

#[test]
fn the_store_hangs_and_the_copy_is_believed() {
    let world = start_with(Some(row(5, 3, minute())), Some(row(4, 2, minute())), |world| {
        world.store.mode = StoreMode::Hangs;
    });
    assert_eq!(world.tabs[0].machine.view().generation, 2);
}

#[test]
fn an_expired_token_is_renewed_before_it_is_handed_out() {
    let mut world = World::signed_in_with(1, Config { idle_timeout: None, ..Config::default() });
    world.crash(0);
    world.run(Span::minutes(70));
    let tab = world.open_tab();
    let waiter = world.want_token(tab);
    world.run(Span::seconds(2));
    assert_eq!(world.status(tab), Status::Authenticated);
    assert_eq!(world.token_given(tab, waiter), Some("access/f1/2"));
}

#[test]
fn a_request_that_comes_before_the_row_waits_for_it() {
    let mut world = World::signed_in(1);
    world.store.latency = Span(300);
    let tab = world.open_tab();
    let waiter = world.want_token(tab);
    assert_eq!(world.settlement(tab, waiter), None);
    world.run(Span::seconds(1));
    assert_eq!(world.token_given(tab, waiter), Some("access/f1/1"));
}

#[test]
fn a_login_that_overtakes_the_first_look_is_kept() {
    let mut world = World::new(3, Config::default());
    world.store.latency = Span(400);
    world.open_tab();
    let waiter = world.begin_login(0, "ann", GrantKind::Login);
    world.run(Span::seconds(5));
    assert!(world.settlement(0, waiter).is_some());
    assert!(world.all_signed_in());
}

#[test]
fn a_login_is_taken_up_though_the_first_look_never_ends() {
    let mut world = World::new(3, Config::default());
    world.store.mode = StoreMode::Hangs;
    world.open_tab();
    world.run(Span(100));
    world.store.mode = StoreMode::Works;
    let waiter = world.begin_login(0, "ann", GrantKind::Login);
    world.run(Span::seconds(1));
    assert!(world.settlement(0, waiter).is_some());
    assert!(world.all_signed_in());
    assert_eq!(world.events(0, |event| *event == Event::Login), 1);
    assert_eq!(world.events(0, |event| *event == Event::Ready), 1);
    world.run(Span::seconds(10));
    assert!(world.all_signed_in());
}

#[test]
fn a_login_taken_back_before_the_first_look_ends_brings_no_other_in() {
    let mut world = World::signed_in(1);
    world.store.mode = StoreMode::Hangs;
    let tab = world.open_tab();
    world.run(Span(10));
    world.store.mode = StoreMode::Works;
    world.store.latency = Span(100);
    world.server.delay = Span(0);
    world.begin_login(tab, "bob", GrantKind::Login);
    world.run(Span(140));
    world.begin_login(0, "carl", GrantKind::Login);
    world.run(Span(10));
    world.log_out(tab);
    world.run(Span::seconds(10));
    assert!(world.all_signed_out());
    assert!(world.row_is_ended());
    assert_eq!(world.row().sid.0, "s3");
    assert_eq!(world.events(tab, |event| *event == Event::Login), 0);
}

#[test]
fn a_page_that_comes_into_view_before_its_row_is_read_writes_nothing() {
    let mut world = World::signed_in(1);
    world.store.latency = Span(300);
    let tab = world.open_tab();
    world.act(tab, Input::Visible);
    world.run(Span::seconds(2));
    assert!(world.all_signed_in());
    assert_eq!(world.count(tab, |effect| matches!(effect, Effect::Commit { .. })), 0);
}
