//! Tokens in each tab's own sessionStorage. The shells of one page share that, as a duplicated tab does at first.

use crate::support::page::{
    deny_cookies, deny_indexed_db, dispatch, get, hold_lock, json, local, own, pause, read_row, until,
};
use crate::support::{Tab, World, stored_token};
use session_warden::machine::{EndReason, Event, Storage};
use session_warden::shell::Degraded;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn world() -> World {
    let mut world = World::new();
    world.config.storage = Storage::PerTab;
    world
}

fn copy(world: &World) -> JsValue {
    own::read(&world.key()).map_or(JsValue::UNDEFINED, |text| json(&text))
}

fn sid(tab: &Tab) -> String {
    tab.peek().expect("somebody is signed in").sid.0
}

/// The name of the row and the lock of the session that `tab` is in.
fn scoped(world: &World, tab: &Tab) -> String {
    format!("{}:{}", world.key(), sid(tab))
}

#[wasm_bindgen_test]
async fn the_tokens_are_in_session_storage_and_nowhere_else() {
    let world = world();
    let tab = world.signed_in_tab().await;
    assert_eq!(tab.storage(), Storage::PerTab);
    assert_eq!(stored_token(&copy(&world)).as_deref(), Some("access-1"));

    let row = read_row(&scoped(&world, &tab)).await;
    assert_eq!(get(&row, "generation"), 1.0);
    assert!(stored_token(&row).is_none());
    assert!(world.row().await.is_undefined(), "the row bears the session's name");
    assert_eq!(local::read(&world.key()), None);
    assert_eq!(tab.degradations(), []);
}

#[wasm_bindgen_test]
async fn a_reload_finds_the_session_and_a_new_tab_does_not() {
    let world = world();
    drop(world.signed_in_tab().await);
    let reloaded = world.tab().await;
    assert_eq!(reloaded.access_token().as_deref(), Some("access-1"));
    drop(reloaded);

    own::remove(&world.key());
    assert!(world.tab().await.is_signed_out());
}

#[wasm_bindgen_test]
async fn a_duplicated_tab_shares_the_session() {
    let world = world();
    let tab = world.signed_in_tab().await;
    let duplicate = world.tab().await;
    assert_eq!(sid(&duplicate), sid(&tab));

    duplicate.refresh().await.expect("the refresh succeeds");
    tab.has("access-2").await;
    assert_eq!(world.server.count("/refresh"), 1);

    tab.logout(false).await;
    duplicate.signs_out(EndReason::Logout).await;
}

#[wasm_bindgen_test]
async fn another_tabs_login_is_another_session() {
    let world = world();
    let tab = world.signed_in_tab().await;
    let first = sid(&tab);
    // As a tab that was opened by itself.
    own::remove(&world.key());
    let other = world.tab().await;
    assert!(other.is_signed_out());
    other.login().await.expect("the login succeeds");
    pause(50).await;
    assert_eq!(sid(&tab), first);
    other.logout(false).await;
    pause(50).await;
    assert!(tab.is_signed_in());
}

#[wasm_bindgen_test]
async fn the_lock_bears_the_sessions_name() {
    let mut world = world();
    world.config.lock_timeout = session_warden::machine::Span::minutes(1);
    let tab = world.signed_in_tab().await;
    let held = hold_lock(&scoped(&world, &tab)).await;
    let refresh = crate::support::Asked::of(&tab, async |shell| shell.refresh().await);
    until("the refresh is under way", || tab.view().refreshing).await;
    pause(50).await;
    assert_eq!(world.server.count("/refresh"), 0, "it waits for the lock");
    drop(held);
    refresh.answer().await.expect("the refresh succeeds");
}

#[wasm_bindgen_test]
async fn without_indexed_db_a_reload_still_finds_the_session() {
    let _denied = deny_indexed_db().await;
    let world = world();
    let tab = world.signed_in_tab().await;
    assert_eq!(tab.degradations(), [Degraded::NoFence]);
    tab.refresh().await.expect("the refresh succeeds");
    drop(tab);
    let reloaded = world.tab().await;
    assert_eq!(reloaded.access_token().as_deref(), Some("access-2"));
    assert_eq!(reloaded.storage(), Storage::PerTab);
}

#[wasm_bindgen_test]
async fn a_session_that_other_tabs_share_is_none_of_its_own() {
    let world = world();
    let tab = world.tab().await;
    let mut shared = World::new();
    shared.settings.name.clone_from(&world.settings.name);
    let _other = shared.signed_in_tab().await;
    dispatch("window", "focus");
    pause(50).await;
    assert!(tab.is_signed_out());
    assert_eq!(tab.events(), [Event::Ready]);
}

#[wasm_bindgen_test]
async fn the_mark_of_a_session_that_other_tabs_share_leaves_the_copy_alone() {
    let _denied = deny_cookies();
    let world = world();
    let tab = world.signed_in_tab().await;
    let mut shared = World::new();
    shared.settings.name.clone_from(&world.settings.name);
    shared.tab().await.login_until_closed().await;
    drop(tab);
    assert_eq!(world.tab().await.access_token().as_deref(), Some("access-1"));
}
