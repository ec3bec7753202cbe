//! Tokens in memory: nothing stored holds one, and tabs hand them to each other.

use crate::support::page::{deny_indexed_db, dispatch, get, local, until};
use crate::support::{World, stored_end};
use js_sys::JSON;
use session_warden::machine::{EndReason, Storage};
use session_warden::shell::Degraded;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn world() -> World {
    let mut world = World::new();
    world.config.storage = Storage::Memory;
    world
}

fn holds_no_token(stored: &JsValue) -> bool {
    let text = JSON::stringify(stored).ok().and_then(|text| text.as_string()).unwrap_or_default();
    !text.contains("access-") && !text.contains("refresh-")
}

#[wasm_bindgen_test]
async fn no_token_is_stored() {
    let world = world();
    let tab = world.signed_in_tab().await;
    tab.refresh().await.expect("the refresh succeeds");

    assert_eq!(tab.access_token().as_deref(), Some("access-2"));
    assert_eq!(tab.storage(), Storage::Memory);
    let row = world.row().await;
    assert_eq!(get(&row, "generation"), 2.0, "the row tells of the session");
    assert!(holds_no_token(&row), "the row");
    assert!(!world.copy().is_undefined(), "so does its copy");
    assert!(holds_no_token(&world.copy()), "the copy");
    assert_eq!(tab.degradations(), [], "as it was asked for");
}

#[wasm_bindgen_test]
async fn a_new_tab_is_handed_the_tokens() {
    let world = world();
    let first = world.signed_in_tab().await;
    let second = world.tab().await;
    second.has("access-1").await;

    second.refresh().await.expect("the refresh succeeds");
    first.has("access-2").await;
    assert_eq!(world.server.count("/refresh"), 1);

    first.logout(false).await;
    second.signs_out(EndReason::Logout).await;
}

#[wasm_bindgen_test]
async fn the_last_tab_takes_the_session_along() {
    let world = world();
    drop(world.signed_in_tab().await);
    let tab = world.tab().await;
    assert!(tab.is_signed_out());
    assert_eq!(tab.end_reason(), None, "nobody ended it");
    assert_eq!(world.server.count("/refresh"), 0, "there is nothing to present");
}

#[wasm_bindgen_test]
async fn a_login_in_one_tab_is_a_login_in_all() {
    let world = world();
    let (first, second) = (world.tab().await, world.tab().await);
    first.login().await.expect("the login succeeds");
    second.has("access-1").await;
    second.logout(false).await;
    first.signs_out(EndReason::Logout).await;
    until("the tombstone is stored", || stored_end(&world.copy()).is_some()).await;
}

#[wasm_bindgen_test]
async fn without_indexed_db_the_copy_is_the_fence_and_holds_no_token_either() {
    let _denied = deny_indexed_db().await;
    let world = world();
    let tab = world.signed_in_tab().await;
    assert_eq!(tab.degradations(), [Degraded::NoFence]);
    tab.refresh().await.expect("the refresh succeeds");
    assert!(local::read(&world.key()).is_some());
    assert!(holds_no_token(&world.copy()));
    world.tab().await.has("access-2").await;
}

#[wasm_bindgen_test]
async fn tabs_that_do_not_talk_have_one_session_and_only_one_of_them_its_tokens() {
    let mut world = world();
    world.settings.cross_tab = false;
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    assert!(second.is_signed_out());

    second.login().await.expect("the login succeeds");
    assert!(first.is_signed_in(), "it has not been told");
    dispatch("window", "focus");
    first.signs_out(EndReason::UserChanged).await;
    assert!(second.is_signed_in());
}
