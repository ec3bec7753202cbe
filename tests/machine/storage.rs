//! Storage that is cleared, evicted or broken.

use super::world::{Reply, StoreMode, World};
use session_warden::machine::{
    Config, Effect, EndReason, Event, Failure, GrantKind, Input, Settlement, Span, Status, Storage,
};

#[test]
fn clearing_the_storage_signs_every_tab_out() {
    for row_too in [false, true] {
        let mut world = World::signed_in(2);
        world.run(Span::minutes(2));
        world.clear_storage(row_too);
        world.run(Span::minutes(1));
        assert!(world.all_signed_out(), "row cleared as well: {row_too}");
        assert!(world.row_is_ended());
        let cleared = |e: &Event| matches!(e, Event::End { reason: EndReason::StorageCleared, .. });
        assert_eq!(world.events_everywhere(cleared), 2);
    }
}

#[test]
fn storage_cleared_right_after_the_login_signs_every_tab_out() {
    let mut world = World::signed_in(3);
    world.clear_storage(true);
    let newcomer = world.open_tab();
    world.run(Span::seconds(31));
    assert_eq!(
        world.events_everywhere(|e| matches!(e, Event::End { reason: EndReason::StorageCleared, .. })),
        3
    );
    assert!(world.all_signed_out());
    assert_eq!(world.status(newcomer), Status::Unauthenticated);
}

#[test]
fn a_tombstone_written_after_the_row_was_cleared_reaches_a_tab_that_knows_a_later_version() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    // Tab 1 has missed the refresh, and it is the one that finds the storage cleared.
    world.bus.deaf.insert(0);
    world.clear_storage(true);
    world.act(1, Input::Visible);
    world.run(Span::seconds(1));
    assert!(world.row_is_ended());
    assert_eq!(world.row().version, 2);
    world.run(Span::seconds(31));
    assert!(world.all_signed_out());
}

#[test]
fn a_refresh_under_way_does_not_bring_a_cleared_session_back() {
    let mut world = World::signed_in(2);
    world.run(Span::minutes(2));
    world.server.delay = Span::seconds(6);
    world.want_refresh(0);
    world.run(Span::seconds(1));
    world.clear_storage(false);
    world.act(1, Input::Visible);
    world.run(Span::minutes(1));
    assert!(world.all_signed_out());
    assert!(world.row_is_ended());
}

#[test]
fn an_evicted_row_is_rebuilt() {
    let mut world = World::signed_in(2);
    world.run(Span::minutes(2));
    let version = world.row().version;
    world.store.row = None;
    world.act(0, Input::Visible);
    world.run(Span::seconds(1));
    assert_eq!(world.row().version, version);
    world.store.row = None;
    world.want_refresh(0);
    world.run(Span::seconds(5));
    assert_eq!(world.row().generation, 2);
    assert!(world.all_signed_in());
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_store_that_fails_after_the_answer_keeps_the_new_tokens() {
    for mode in [StoreMode::Fails, StoreMode::Hangs] {
        let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
        world.server.delay = Span::seconds(1);
        let waiter = world.want_refresh(0);
        world.run(Span(500));
        world.store.mode = mode;
        world.run(Span::seconds(4));
        assert!(world.settlement(0, waiter).is_some());
        assert_eq!(world.tabs[0].machine.view().generation, 2, "{mode:?}");
        assert_eq!(world.events(0, |event| *event == Event::NotStored), 1, "{mode:?}");
        world.store.mode = StoreMode::Works;
        world.run(Span::minutes(1));
        assert!(world.all_signed_in(), "the tokens are put into the row as soon as it can be written");
        assert_eq!(world.row().generation, 2);
        world.run(Span::minutes(56));
        assert!(world.all_signed_in());
        assert_eq!(world.row().generation, 3);
        assert_eq!(world.sends(), 2);
    }
}

#[test]
fn the_lock_is_held_until_the_row_has_been_tried_again() {
    let mut world = World::signed_in(2);
    world.store.latency = Span(100);
    world.server.delay = Span::seconds(1);
    world.want_refresh(0);
    world.want_refresh(1);
    world.run_until(Span::seconds(2), |world| world.sends() == 1);
    world.tabs[0].store = Some(StoreMode::Fails);
    world.run_until(Span::seconds(2), |world| world.events(0, |event| *event == Event::NotStored) == 1);
    world.tabs[0].store = None;
    // Whoever gets the lock now finds the dead token in the row, and sends it.
    assert!(world.locks.holder.is_some_and(|(tab, _)| tab == 0));
    world.run(Span::seconds(1));
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.server.presented(1), 1);
    assert!(world.locks.holder.is_none());
    assert!(world.all_signed_in());
}

#[test]
fn a_tab_that_is_suspended_before_the_row_has_been_tried_again_keeps_the_lock() {
    let mut world = World::signed_in(2);
    world.store.latency = Span(100);
    world.want_refresh(0);
    world.run_until(Span::seconds(2), |world| world.sends() == 1);
    world.tabs[0].store = Some(StoreMode::Fails);
    world.run_until(Span::seconds(2), |world| world.events(0, |event| *event == Event::NotStored) == 1);
    world.tabs[0].store = None;
    world.act(0, Input::Suspending);
    assert!(world.locks.holder.is_some_and(|(tab, _)| tab == 0));
    world.want_refresh(1);
    world.run(Span::seconds(1));
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.server.presented(1), 1);
    assert_eq!(world.locks.holder, None);
}

#[test]
fn a_login_works_without_a_store() {
    for mode in [StoreMode::Fails, StoreMode::Hangs] {
        let mut world = World::with_tabs(1);
        world.store.mode = mode;
        let waiter = world.log_in(0, "ann");
        world.run(Span::seconds(5));
        assert_eq!(world.status(0), Status::Authenticated, "{mode:?}");
        assert!(world.settlement(0, waiter).is_some(), "{mode:?}");
        world.log_out(0);
        assert_eq!(world.status(0), Status::Unauthenticated);
    }
}

#[test]
fn a_store_that_never_answers_neither_loops_nor_ends_the_session() {
    for mode in [StoreMode::Fails, StoreMode::Hangs] {
        let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
        world.store.mode = mode;
        world.forget_effects();
        world.run(Span::minutes(70));
        assert_eq!(world.status(0), Status::Authenticated);
        let commits = world.count(0, |effect| matches!(effect, Effect::Commit { .. }));
        assert!(commits < 200, "{commits} commits");
        world.store.mode = StoreMode::Works;
        world.run(Span::minutes(6));
        assert_eq!(world.row().generation, 2);
        assert!(world.all_signed_in());
    }
}

#[test]
fn an_idle_session_ends_though_the_store_is_gone() {
    for mode in [StoreMode::Fails, StoreMode::Hangs] {
        let mut world = World::signed_in(2);
        world.store.mode = mode;
        world.run(Span::minutes(31));
        assert!(world.all_signed_out(), "{mode:?}");
    }
}

#[test]
fn a_slow_store_still_lets_a_refresh_through() {
    let mut world = World::signed_in_with(3, Config { idle_timeout: None, ..Config::default() });
    world.store.latency = Span(700);
    world.run(Span::minutes(57));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
}

#[test]
fn a_login_that_could_not_be_written_outranks_the_tombstone_it_meets() {
    let mut world = World::signed_in(2);
    // The same number as the guess of the tab that could not write.
    world.bus.deaf.insert(1);
    world.tabs[1].store = Some(StoreMode::Fails);
    world.log_out(0);
    world.log_in(1, "bob");
    assert_eq!(world.row().version, 2);
    world.tabs[1].store = None;
    world.run(Span::seconds(40));
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    assert_eq!(world.row().sid.0, "s2");
    assert!(!world.row_is_ended());
}

#[test]
fn the_names_of_ends_are_as_they_were_when_they_were_stored() {
    assert_eq!(
        EndReason::ALL.map(EndReason::name),
        [
            "logout",
            "idle",
            "expired",
            "refresh-rejected",
            "token-invalid",
            "max-age",
            "storage-cleared",
            "user-changed",
            "browser-closed",
        ]
    );
}

#[test]
fn unwritten_renewals_give_way_to_another_tabs_login() {
    let cases =
        [Storage::Shared, Storage::Memory].into_iter().flat_map(|kept| (1..=3).map(move |n| (kept, n)));
    for (storage, renewals) in cases {
        let mut world = World::signed_in_with(2, Config { storage, ..Config::default() });
        world.tabs[0].store = Some(StoreMode::Fails);
        for _ in 0..renewals {
            world.begin_login(0, "ann", GrantKind::Refresh);
            world.run(Span::seconds(1));
        }
        world.bus.deaf.insert(1);
        world.log_in(1, "bob");
        world.bus.deaf.clear();
        world.tabs[0].store = None;
        world.run(Span::minutes(2));
        for tab in 0..2 {
            assert_eq!(world.tabs[tab].machine.subject(), Some("bob"), "t{tab}, {storage:?}, {renewals}");
        }
        assert!(world.all_signed_in());
        world.forget_effects();
        world.run(Span::minutes(5));
        let commits = world.count_everywhere(|effect| matches!(effect, Effect::Commit { .. }));
        assert_eq!(commits, 0, "nobody goes on about it");
    }
}

#[test]
fn storage_cleared_right_after_a_start_signs_the_tab_out() {
    let mut world = World::signed_in(1);
    world.crash(0);
    let tab = world.open_tab();
    world.run(Span::seconds(1));
    assert!(world.all_signed_in());
    world.clear_storage(false);
    world.run(Span::seconds(31));
    assert!(world.all_signed_out());
    let cleared = |event: &Event| matches!(event, Event::End { reason: EndReason::StorageCleared, .. });
    assert_eq!(world.events(tab, cleared), 1);
}

#[test]
fn an_evicted_row_of_a_session_that_was_refused_is_rebuilt_as_it_was() {
    let mut world = World::signed_in(1);
    world.server.usual = Reply::Refuse;
    world.want_refresh(0);
    world.run(Span::seconds(1));
    assert!(world.tabs[0].machine.view().ending);
    world.store.row = None;
    world.act(0, Input::Visible);
    world.run(Span::seconds(1));
    assert!(world.row().live().is_some_and(|live| live.refused));
}

#[test]
fn tokens_from_the_application_are_used_though_they_cannot_be_written() {
    for mode in [StoreMode::Fails, StoreMode::Hangs] {
        let mut world = World::signed_in(1);
        world.store.mode = mode;
        let waiter = world.begin_login(0, "ann", GrantKind::Refresh);
        world.run(Span::seconds(3));
        assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done), "{mode:?}");
        assert_eq!(world.events(0, |event| *event == Event::NotStored), 1, "{mode:?}");
        assert!(world.server.revocations.is_empty(), "{mode:?}");
        world.store.mode = StoreMode::Works;
        world.run(Span::minutes(1));
        let waiter = world.want_token(0);
        assert_eq!(world.token_given(0, waiter), Some("access/f2/1"), "{mode:?}");
        assert!(world.all_signed_in());
    }
}

#[test]
fn a_login_that_is_written_outranks_an_earlier_one_that_is_not() {
    let mut world = World::with_tabs(1);
    world.store.mode = StoreMode::Hangs;
    world.begin_login(0, "ann", GrantKind::Login);
    world.run(Span::seconds(1));
    world.store.mode = StoreMode::Works;
    world.store.latency = Span(700);
    let waiter = world.begin_login(0, "bob", GrantKind::Login);
    world.run_until(Span::seconds(2), |world| world.tabs[0].machine.subject() == Some("ann"));
    world.run(Span::seconds(10));
    assert_eq!(world.settlement(0, waiter), Some(&Settlement::Done));
    assert_eq!(world.tabs[0].machine.subject(), Some("bob"));
    assert!(world.all_signed_in());
}

#[test]
fn an_unwritten_login_that_was_renewed_gives_way_to_another_tabs_later_login() {
    let mut world = World::with_tabs(2);
    world.tabs[0].store = Some(StoreMode::Fails);
    world.bus.deaf.insert(1);
    world.log_in(0, "ann");
    world.begin_login(0, "ann", GrantKind::Refresh);
    world.run(Span::seconds(1));
    world.log_in(1, "bob");
    world.bus.deaf.clear();
    world.tabs[0].store = None;
    world.run(Span::minutes(2));
    for tab in 0..2 {
        assert_eq!(world.tabs[tab].machine.subject(), Some("bob"), "t{tab}");
    }
    assert!(world.all_signed_in());
}

#[test]
fn a_store_that_keeps_nothing_is_not_asked_without_end() {
    let mut world = World::signed_in(1);
    world.store.mode = StoreMode::Forgets;
    world.store.row = None;
    world.forget_effects();
    let waiter = world.want_refresh(0);
    world.run(Span::seconds(5));
    assert_eq!(world.failure_given(0, waiter), Some(Failure::Store));
    assert_eq!(world.sends(), 0);
    assert!(world.tabs[0].machine.token().is_some());
    let commits = world.count(0, |effect| matches!(effect, Effect::Commit { .. }));
    assert!(commits < 10, "{commits} commits");
}
