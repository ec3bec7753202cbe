//! A browser that refuses storage, or never answers.

use crate::support::page::{
    Undo, block_rows, deny_indexed_db, deny_local_storage, dispatch, empty, fill_local_storage,
    forget_abort_timeouts, hold_lock, json, local, now, pause, refuse_locks, silence_indexed_db, slow_timers,
    until,
};
use crate::support::server::Reply;
use crate::support::{Asked, Tab, World, stored_end, stored_token, until_row_is};
use session_warden::machine::{EndReason, Failure, GrantKind, Storage};
use session_warden::shell::{Degraded, SessionError};
use wasm_bindgen_test::wasm_bindgen_test;

/// Signs in, refreshes and signs out, as anybody would.
async fn lives(tab: &Tab) {
    tab.login().await.expect("the login succeeds");
    assert!(tab.is_signed_in());
    tab.refresh().await.expect("the refresh succeeds");
    assert_eq!(tab.access_token().as_deref(), Some("access-2"));
    tab.logout(false).await;
    assert!(tab.is_signed_out());
}

#[wasm_bindgen_test]
async fn without_indexed_db_the_copy_is_the_store() {
    let _denied = deny_indexed_db().await;
    let world = World::new();
    let tab = world.tab().await;
    assert_eq!(tab.degradations(), [Degraded::NoFence]);
    assert!(tab.storage() == Storage::Shared);

    tab.login().await.expect("the login succeeds");
    assert_eq!(stored_token(&world.copy()).as_deref(), Some("access-1"));
    let second = world.tab().await;
    assert_eq!(second.access_token().as_deref(), Some("access-1"));
    second.refresh().await.expect("the refresh succeeds");
    tab.has("access-2").await;
    second.logout(false).await;
    tab.signs_out(EndReason::Logout).await;
    assert_eq!(stored_end(&world.copy()).as_deref(), Some("logout"));
    assert_eq!(tab.degradations(), [Degraded::NoFence], "told once");
}

/// Without IndexedDB, and with `trouble` on top of it.
async fn the_copy_is_the_store_in_spite_of(trouble: impl FnOnce(&World) -> Option<Undo>) {
    let _denied = deny_indexed_db().await;
    let world = World::new();
    let _undo = trouble(&world);
    let tab = world.tab().await;
    let start = now();
    lives(&tab).await;
    let took = now() - start;
    assert!(took < 1_000.0, "{took} ms");
    until("the tombstone is stored", || stored_end(&world.copy()).is_some()).await;
    assert_eq!(tab.degradations(), [Degraded::NoFence]);
}

#[wasm_bindgen_test]
async fn where_locks_are_refused_as_well_there_is_no_fence() {
    the_copy_is_the_store_in_spite_of(|_| Some(refuse_locks(""))).await;
}

#[wasm_bindgen_test]
async fn where_a_write_cannot_be_told_by_a_lock_it_is_written_all_the_same() {
    the_copy_is_the_store_in_spite_of(|_| Some(refuse_locks(":write:"))).await;
}

#[wasm_bindgen_test]
async fn the_fence_needs_no_abort_signal_with_a_timeout() {
    let _denied = deny_indexed_db().await;
    let _forgotten = forget_abort_timeouts();
    let world = World::new();
    let tab = world.tab().await;
    let fence = hold_lock(&format!("{}:fence", world.key())).await;
    let login = Asked::of(&tab, async |shell| {
        shell.authenticate(session_warden::shell::Authentication::Login, &empty(), true).await
    });
    until("the login is answered", || world.server.count("/login") == 1).await;
    pause(50).await;
    assert!(world.copy().is_undefined(), "another tab has its turn");
    drop(fence);
    login.answer().await.expect("the login succeeds");
    assert_eq!(stored_token(&world.copy()).as_deref(), Some("access-1"));
    assert_eq!(tab.degradations(), [Degraded::NoFence]);
}

#[wasm_bindgen_test]
async fn a_damaged_number_of_writes_is_none() {
    let _denied = deny_indexed_db().await;
    for damaged in ["NaN", "", "-", "1e999", "0.5", "{}"] {
        let world = World::new();
        let number = format!("{}:write:", world.key());
        local::write(&number, damaged);
        let _tab = world.signed_in_tab().await;
        until("the write is counted", || local::read(&number).as_deref() == Some("1")).await;
    }
}

#[wasm_bindgen_test]
async fn a_write_that_never_shows_is_waited_for_by_the_clock() {
    let _denied = deny_indexed_db().await;
    let world = World::new();
    let tab = world.tab().await;
    let _written = hold_lock(&format!("{}:write:7", world.key())).await;
    let _slow = slow_timers(300);
    let start = now();
    tab.login().await.expect("the login succeeds");
    let waited = now() - start;
    assert!((900.0..2_000.0).contains(&waited), "{waited} ms");
    assert_eq!(stored_token(&world.copy()).as_deref(), Some("access-1"));
}

#[wasm_bindgen_test]
async fn an_indexed_db_that_never_answers_is_given_up_once_and_for_all() {
    let _silenced = silence_indexed_db().await;
    let world = World::new();
    let start = now();
    let tab = world.tab().await;
    let waited = now() - start;
    assert!((2_400.0..3_000.0).contains(&waited), "{waited} ms");
    assert_eq!(tab.degradations(), [Degraded::NoFence]);

    let start = now();
    lives(&tab).await;
    assert!(now() - start < 500.0, "asked once, not at every turn");
}

#[wasm_bindgen_test]
async fn without_any_storage_the_session_is_this_tabs_alone() {
    let _database = deny_indexed_db().await;
    let _local = deny_local_storage();
    let world = World::new();
    let tab = world.tab().await;
    assert_eq!(tab.degradations(), [Degraded::NoStorage]);
    assert!(tab.storage() == Storage::Memory);
    lives(&tab).await;
    assert_eq!(tab.degradations(), [Degraded::NoStorage], "told once");
}

#[wasm_bindgen_test]
async fn without_local_storage_the_row_is_enough() {
    let _denied = deny_local_storage();
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let second = world.tab().await;
    assert_eq!(second.access_token().as_deref(), Some("access-1"), "a missing copy says nothing here");
    second.refresh().await.expect("the refresh succeeds");
    tab.has("access-2").await;
    assert_eq!(tab.degraded(), None);
}

#[wasm_bindgen_test]
async fn a_full_local_storage_is_told_once_and_costs_no_session() {
    let world = World::new();
    let tab = world.tab().await;
    let full = fill_local_storage();
    tab.login().await.expect("the login succeeds");
    tab.refresh().await.expect("the refresh succeeds");
    assert_eq!(tab.degradations(), [Degraded::NotStored]);
    assert_eq!(tab.degraded(), Some(Degraded::NotStored), "the copy is behind");
    drop(full);
    assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-2"));
    tab.refresh().await.expect("the refresh succeeds");
    assert_eq!(tab.degraded(), None);
}

#[wasm_bindgen_test]
async fn a_database_that_recovers_serves_the_next_session_of_the_page() {
    for recovering in [true, false] {
        let broken = if recovering { silence_indexed_db().await } else { deny_indexed_db().await };
        let world = World::new();
        let tab = world.tab().await;
        assert_eq!(tab.degraded(), Some(Degraded::NoFence));
        drop((tab, broken));

        let tab = world.signed_in_tab().await;
        assert_eq!(tab.degraded(), None);
        assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-1"));
    }
}

#[wasm_bindgen_test]
async fn without_indexed_db_and_with_a_full_local_storage_the_tab_still_lives() {
    let _denied = deny_indexed_db().await;
    let world = World::new();
    let (tab, other) = (world.signed_in_tab().await, world.tab().await);
    // Longer than the one whose place it is to take.
    let long = "long".repeat(200);
    let answer = json(&format!(r#"{{ "access_token": "{long}", "expires_in": 3600 }}"#));
    world.server.reply("/refresh", Reply::Body(answer));
    let gate = world.server.hold("/refresh");
    let refresh = Asked::of(&tab, async |shell| shell.refresh().await);
    until("the refresh is sent", || world.server.count("/refresh") == 1).await;
    let full = fill_local_storage();
    gate.open();
    refresh.answer().await.expect("the new tokens are not lost with the store");
    dispatch("window", "focus");
    pause(50).await;
    assert_eq!(tab.access_token().as_ref(), Some(&long), "the stale copy is not believed");
    assert_eq!(tab.degradations(), [Degraded::NoFence, Degraded::NotStored]);
    drop(full);

    until("the next look stores them after all", || {
        dispatch("window", "focus");
        other.access_token().as_ref() == Some(&long)
    })
    .await;
    assert_eq!(stored_token(&world.copy()), Some(long));
}

#[wasm_bindgen_test]
async fn without_any_room_a_session_lives_as_long_as_its_token() {
    let _denied = deny_indexed_db().await;
    let world = World::new();
    let tab = world.tab().await;
    let _full = fill_local_storage();
    tab.login().await.expect("the login succeeds");
    let refused = tab.refresh().await.expect_err("without a row nobody has the turn");
    assert!(matches!(refused, SessionError::Failed { failure: Failure::Store, retry_at: Some(_) }));
    assert_eq!(world.server.count("/refresh"), 0);
    assert_eq!(tab.access_token().as_deref(), Some("access-1"));
    assert_eq!(tab.degraded(), Some(Degraded::NotStored));
    tab.logout(false).await;
    assert!(tab.is_signed_out());
}

#[wasm_bindgen_test]
async fn a_database_that_hangs_for_a_while_loses_no_tokens() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let blocked = block_rows().await;
    let tokens = json(r#"{ "access_token": "by-hand", "expires_in": 3600 }"#);
    tab.set_tokens(&tokens, GrantKind::Refresh, true).await.expect("the tokens are taken up");
    assert_eq!(tab.access_token().as_deref(), Some("by-hand"));
    assert_eq!(tab.degradations(), [Degraded::NotStored]);

    drop(blocked);
    dispatch("window", "focus");
    until_row_is(&world, |row| stored_token(row).as_deref() == Some("by-hand")).await;
    until("nothing is amiss any more", || tab.degraded().is_none()).await;
    assert_eq!(tab.degradations(), [Degraded::NotStored]);
}
