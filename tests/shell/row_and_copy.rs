//! The row is the truth, its copy a help; each may be gone or behind.

use crate::support::page::{
    block_rows, delete_row, dispatch, get, local, pause, set, silence_indexed_db, until, write_row,
};
use crate::support::{Asked, World, ended_row, live_row, stored_end, stored_token, until_row_is};
use js_sys::JSON;
use session_warden::machine::{EndReason, Event, Span};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn write_copy(world: &World, row: &JsValue) {
    let text = JSON::stringify(row).expect("a row is plain");
    local::write(&world.key(), &String::from(text));
}

/// So that the copy has had the time to be written.
fn settled(row: JsValue) -> JsValue {
    let at = get(&row, "at").as_f64().expect("a row says when");
    set(&row, "at", at - 60_000.0);
    row
}

#[wasm_bindgen_test]
async fn a_row_newer_than_its_copy_counts() {
    let world = World::new();
    write_row(&world.key(), &live_row(7, "sid", "newer")).await;
    write_copy(&world, &live_row(6, "sid", "older"));
    assert_eq!(world.tab().await.access_token().as_deref(), Some("newer"));
}

#[wasm_bindgen_test]
async fn a_tombstone_newer_than_the_copy_signs_out() {
    let world = World::new();
    write_row(&world.key(), &ended_row(7, "sid")).await;
    write_copy(&world, &live_row(6, "sid", "older"));
    let tab = world.tab().await;
    assert!(tab.is_signed_out());
    assert_eq!(tab.end_reason(), Some(EndReason::Logout));
    assert_eq!(stored_end(&world.row().await).as_deref(), Some("logout"));
}

#[wasm_bindgen_test]
async fn a_copy_newer_than_its_row_counts_and_mends_the_row() {
    let world = World::new();
    write_row(&world.key(), &live_row(6, "sid", "older")).await;
    write_copy(&world, &live_row(7, "sid", "newer"));
    let tab = world.tab().await;
    assert_eq!(tab.access_token().as_deref(), Some("newer"));
    until_row_is(&world, |row| stored_token(row).as_deref() == Some("newer")).await;
}

#[wasm_bindgen_test]
async fn a_tombstone_in_the_copy_counts_where_the_row_could_not_be_written() {
    let world = World::new();
    write_row(&world.key(), &live_row(6, "sid", "older")).await;
    write_copy(&world, &ended_row(7, "sid"));
    assert!(world.tab().await.is_signed_out());
    until_row_is(&world, |row| stored_end(row).as_deref() == Some("logout")).await;
}

#[wasm_bindgen_test]
async fn no_copy_brings_an_ended_session_back() {
    let world = World::new();
    write_row(&world.key(), &ended_row(6, "sid")).await;
    write_copy(&world, &live_row(99, "sid", "undead"));
    assert!(world.tab().await.is_signed_out());
    pause(50).await;
    assert_eq!(stored_end(&world.row().await).as_deref(), Some("logout"));
}

#[wasm_bindgen_test]
async fn a_row_that_is_gone_is_rebuilt_from_its_copy() {
    let world = World::new();
    write_copy(&world, &live_row(6, "sid", "copied"));
    assert_eq!(world.tab().await.access_token().as_deref(), Some("copied"));
    until_row_is(&world, |row| stored_token(row).as_deref() == Some("copied")).await;
}

#[wasm_bindgen_test]
async fn a_row_evicted_under_a_living_session_is_rebuilt() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    delete_row(&world.key()).await;
    dispatch("window", "focus");
    until_row_is(&world, |row| stored_token(row).as_deref() == Some("access-1")).await;
    tab.refresh().await.expect("the refresh succeeds");
    assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-2"));
}

#[wasm_bindgen_test]
async fn a_row_without_a_copy_is_a_storage_that_was_cleared() {
    let world = World::new();
    write_row(&world.key(), &settled(live_row(6, "sid", "left"))).await;
    let tab = world.tab().await;
    assert!(tab.is_signed_out());
    assert_eq!(tab.end_reason(), Some(EndReason::StorageCleared));
    assert_eq!(stored_end(&world.row().await).as_deref(), Some("storage-cleared"));
}

#[wasm_bindgen_test]
async fn a_row_that_has_just_been_written_may_be_ahead_of_its_copy() {
    let world = World::new();
    write_row(&world.key(), &live_row(6, "sid", "fresh")).await;
    assert_eq!(world.tab().await.access_token().as_deref(), Some("fresh"));
}

#[wasm_bindgen_test]
async fn a_copy_removed_by_hand_signs_out_at_the_next_look() {
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    local::remove(&world.key());
    dispatch("window", "focus");
    second.signs_out(EndReason::StorageCleared).await;
    first.signs_out(EndReason::StorageCleared).await;
    assert!(world.tab().await.is_signed_out());
    assert_eq!(world.server.count("/logout"), 0, "the server's session is not ours to end");
}

#[wasm_bindgen_test]
async fn a_copy_removed_by_hand_is_missed_without_any_event() {
    let mut world = World::new();
    world.config.check_every = Span::seconds(1);
    drop(world.signed_in_tab().await);
    let tab = world.tab().await;
    local::remove(&world.key());
    tab.signs_out(EndReason::StorageCleared).await;
}

#[wasm_bindgen_test]
async fn a_copy_never_seen_is_not_missed() {
    let world = World::new();
    write_row(&world.key(), &live_row(6, "sid", "fresh")).await;
    let tab = world.tab().await;
    let news = tab.news_count();
    dispatch("window", "focus");
    pause(50).await;
    assert!(tab.is_signed_in());
    assert_eq!(tab.news_count(), news);
}

#[wasm_bindgen_test]
async fn a_look_that_finds_nothing_new_tells_nothing() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let (news, row) = (tab.news_count(), world.row().await);
    dispatch("window", "focus");
    dispatch("document", "visibilitychange");
    pause(50).await;
    assert_eq!(tab.news_count(), news);
    assert_eq!(JSON::stringify(&world.row().await), JSON::stringify(&row));
    assert_eq!(tab.events(), [Event::Ready, Event::Login]);
}

#[wasm_bindgen_test]
async fn a_page_from_the_back_forward_cache_reads_the_row_before_it_hands_out_a_token() {
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    dispatch("window", "pagehide");
    // The channel is closed by now: nobody hears of this.
    first.refresh().await.expect_err("a page that is going away begins no refresh");
    write_row(&world.key(), &ended_row(9, &sid(&world).await)).await;
    assert!(second.is_signed_in());
    restored_from_cache();
    assert_eq!(second.peek(), None, "in doubt until the row is read");
    second.signs_out(EndReason::Logout).await;
    until("the first one reads it as well", || first.is_signed_out()).await;
}

#[wasm_bindgen_test]
async fn a_page_that_is_seen_before_it_is_shown_again_reads_the_row_first_as_well() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let ended = ended_row(9, &sid(&world).await);
    dispatch("window", "pagehide");
    write_row(&world.key(), &ended).await;
    dispatch("document", "visibilitychange");
    assert_eq!(tab.peek(), None, "in doubt until the row is read");
    tab.signs_out(EndReason::Logout).await;
    restored_from_cache();
    tab.login().await.expect("the login succeeds");
    let other = world.tab().await;
    other.refresh().await.expect("the refresh succeeds");
    tab.has("access-3").await;
}

#[wasm_bindgen_test]
async fn a_frozen_page_leaves_the_database_to_the_others() {
    leaves_the_database(|| dispatch("document", "freeze"), || dispatch("document", "resume")).await;
}

#[wasm_bindgen_test]
async fn a_page_in_the_back_forward_cache_leaves_the_database_to_the_others() {
    leaves_the_database(|| dispatch("window", "pagehide"), restored_from_cache).await;
}

async fn leaves_the_database(stop: impl FnOnce(), go_on: impl FnOnce()) {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let gate = world.server.hold("/refresh");
    let refresh = Asked::of(&tab, async |shell| shell.refresh().await);
    until("the refresh is sent", || world.server.count("/refresh") == 1).await;

    // What the tab would say of its claim would be under way for as long as the page stands still.
    stop();
    pause(50).await;
    let row = world.row().await;
    go_on();
    assert_eq!(get(&get(&row, "sending"), "locked"), JsValue::TRUE);

    gate.open();
    refresh.answer().await.expect("the refresh succeeds");
    assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-2"));
}

#[wasm_bindgen_test]
async fn a_freeze_in_the_middle_of_the_first_look_says_nothing_of_the_store() {
    let world = World::new();
    drop(world.signed_in_tab().await);
    let blocked = block_rows().await;
    let tab = world.closed_tab();
    tab.start();
    pause(50).await;
    dispatch("document", "freeze");
    pause(50).await;
    dispatch("document", "resume");
    drop(blocked);
    until("the tab is ready", || tab.access_token().is_some()).await;
    tab.refresh().await.expect("the refresh succeeds");
    assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-2"));
    assert_eq!(tab.degradations(), []);
}

#[wasm_bindgen_test]
async fn a_database_that_was_too_late_for_a_frozen_page_is_asked_again() {
    let silenced = silence_indexed_db().await;
    let world = World::new();
    let tab = world.closed_tab();
    tab.start();
    dispatch("document", "freeze");
    // Longer than a database may take.
    pause(2_600).await;
    drop(silenced);
    dispatch("document", "resume");
    tab.login().await.expect("the login succeeds");
    assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-1"));
    assert_eq!(tab.degraded(), None);
}

#[wasm_bindgen_test]
async fn a_session_left_with_its_page_does_not_keep_the_next_one_from_the_database() {
    let world = World::new();
    let tab = world.tab().await;
    dispatch("window", "pagehide");
    drop(tab);
    let tab = world.signed_in_tab().await;
    assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-1"));
    assert_eq!(tab.degraded(), None);
}

async fn sid(world: &World) -> String {
    get(&world.row().await, "sid").as_string().expect("a row has a session")
}

fn restored_from_cache() {
    js_sys::Function::new_no_args("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        .call0(&JsValue::UNDEFINED)
        .expect("dispatching does not throw");
}
