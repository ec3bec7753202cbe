//! Several shells of one name: one session, one refresh.

use crate::support::page::{deny_channels, get, hold_lock, local, locks, pause, until};
use crate::support::server::Reply;
use crate::support::{Asked, Tab, World, live_row, stored_token};
use js_sys::{Function, JSON};
use session_warden::machine::{By, EndReason, Event, Span};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

async fn tabs(world: &World, count: usize) -> Vec<Tab> {
    let mut tabs = Vec::new();
    for _ in 0..count {
        tabs.push(world.tab().await);
    }
    tabs
}

/// What another tab's change of the copy looks like here: the page that writes gets no storage event.
fn storage_event(key: Option<&str>, value: Option<&str>) {
    let event = "dispatchEvent(new StorageEvent('storage', { key, newValue: value }))";
    Function::new_with_args("key, value", event)
        .call2(&JsValue::UNDEFINED, &js_value(key), &js_value(value))
        .expect("dispatching does not throw");
}

fn js_value(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from)
}

#[wasm_bindgen_test]
async fn ten_tabs_due_at_once_make_one_refresh_and_all_get_its_token() {
    let world = World::new();
    let tabs = tabs(&world, 10).await;
    world.server.lifetime(2.0);
    tabs[0].login().await.expect("the login succeeds");
    world.server.lifetime(3_600.0);
    for tab in &tabs {
        tab.has("access-1").await;
    }
    let gate = world.server.hold("/refresh");
    until("a refresh is sent", || world.server.count("/refresh") > 0).await;
    until("every tab wants to refresh", || tabs.iter().all(|tab| tab.view().refreshing)).await;
    gate.open();

    for tab in &tabs {
        tab.has("access-2").await;
        assert_eq!(tab.view().generation, 2);
    }
    let by_this = Event::Refresh { generation: 2, by: By::ThisTab };
    let by_other = Event::Refresh { generation: 2, by: By::OtherTab };
    assert_eq!(tabs.iter().filter(|tab| tab.events().contains(&by_this)).count(), 1);
    assert_eq!(tabs.iter().filter(|tab| tab.events().contains(&by_other)).count(), 9);
    pause(100).await;
    assert_eq!(world.server.count("/refresh"), 1);
    assert_eq!(locks(&world.key()).await, 0, "everybody has let the lock go");
}

#[wasm_bindgen_test]
async fn ten_refreshes_asked_for_at_once_are_one() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let gate = world.server.hold("/refresh");
    let asked: Vec<_> = (0..10).map(|_| Asked::of(&tab, async |shell| shell.refresh().await)).collect();
    until("the refresh is sent", || world.server.count("/refresh") > 0).await;
    gate.open();
    for asked in asked {
        asked.answer().await.expect("the refresh succeeds");
    }
    assert_eq!(world.server.count("/refresh"), 1);
    assert_eq!(tab.access_token().as_deref(), Some("access-2"));
}

#[wasm_bindgen_test]
async fn an_adopted_refresh_arms_the_tab_anew() {
    let world = World::new();
    let (first, second) = (world.tab().await, world.tab().await);
    world.server.lifetime(2.0);
    first.login().await.expect("the login succeeds");
    second.has("access-1").await;
    world.server.lifetime(3.0);
    first.refresh().await.expect("the refresh succeeds");
    second.has("access-2").await;
    let due = second.view().refresh_at.expect("a refresh is due");
    assert_eq!(Some(due), first.view().refresh_at, "both tabs at the same instant");

    drop(first);
    world.server.lifetime(3_600.0);
    second.has("access-3").await;
    assert_eq!(world.server.count("/refresh"), 2);
}

#[wasm_bindgen_test]
async fn a_lock_that_is_held_for_ever_does_not_keep_a_tab_from_refreshing() {
    let mut world = World::new();
    world.config.lock_timeout = Span(200);
    let tab = world.signed_in_tab().await;
    let lock = hold_lock(&world.key()).await;
    tab.refresh().await.expect("the claim alone is enough");
    drop(lock);
    assert_eq!(tab.access_token().as_deref(), Some("access-2"));
    until_locks_are_free(&world).await;
}

async fn until_locks_are_free(world: &World) {
    for _ in 0..100 {
        if locks(&world.key()).await == 0 {
            return;
        }
        pause(5).await;
    }
    panic!("a lock was left behind");
}

#[wasm_bindgen_test]
async fn the_channel_alone_keeps_tabs_in_step() {
    // There is no storage event within a page, so this is what all the other tests show as well.
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    first.refresh().await.expect("the refresh succeeds");
    second.has("access-2").await;
    first.logout(false).await;
    second.signs_out(EndReason::Logout).await;
    assert_eq!(second.view().end, Some((EndReason::Logout, By::OtherTab)));
}

#[wasm_bindgen_test]
async fn storage_events_alone_keep_tabs_in_step() {
    let world = World::new();
    let _denied = deny_channels();
    let (first, second) = (world.tab().await, world.tab().await);
    first.login().await.expect("the login succeeds");
    pause(50).await;
    assert!(second.is_signed_out(), "nobody has told it");
    storage_event(Some(&world.key()), local::read(&world.key()).as_deref());
    second.has("access-1").await;

    first.refresh().await.expect("the refresh succeeds");
    storage_event(Some(&world.key()), local::read(&world.key()).as_deref());
    second.has("access-2").await;

    first.logout(false).await;
    storage_event(Some(&world.key()), local::read(&world.key()).as_deref());
    second.signs_out(EndReason::Logout).await;
}

#[wasm_bindgen_test]
async fn storage_that_is_cleared_elsewhere_signs_out() {
    let world = World::new();
    // In both forms of the event: one key removed, and `localStorage.clear()`.
    for key in [Some(world.key()), None] {
        let _first = world.signed_in_tab().await;
        let second = world.tab().await;
        local::remove(&world.key());
        storage_event(key.as_deref(), None);
        second.signs_out(EndReason::StorageCleared).await;
    }
}

#[wasm_bindgen_test]
async fn storage_events_of_others_change_nothing() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let news = tab.news_count();
    let row = JSON::stringify(&live_row(99, "intruder", "decoy")).expect("a row is plain");
    storage_event(Some("session-warden:somebody-else"), row.as_string().as_deref());
    storage_event(Some("unrelated"), None);
    pause(50).await;
    assert_eq!(tab.news_count(), news);
    assert_eq!(tab.access_token().as_deref(), Some("access-1"));
}

#[wasm_bindgen_test]
async fn the_channel_carries_no_secret_and_takes_no_nonsense() {
    let world = World::new();
    let tab = world.tab().await;
    let heard = Function::new_with_args(
        "name",
        "const heard = []; heard.channel = new BroadcastChannel(name);
         heard.channel.onmessage = event => heard.push(event.data); return heard",
    )
    .call1(&JsValue::UNDEFINED, &world.key().into())
    .expect("a channel is opened");
    tab.login().await.expect("the login succeeds");
    until("the login is announced", || get(&heard, "length").as_f64() > Some(0.0)).await;
    let message = JSON::stringify(&get(&heard, "0")).expect("it is plain").as_string();
    let version = get(&world.row().await, "version").as_f64().expect("a version");
    assert_eq!(
        message,
        Some(format!("[0,null,{version}]")),
        "the kind, no session of its own, and the version"
    );

    let news = tab.news_count();
    Function::new_with_args(
        "heard",
        "const payloads = [null, undefined, 'x', NaN, Infinity, -1, 1e300, {}, [], { version: 9 }]
         for (const payload of payloads) heard.channel.postMessage(payload)
         for (const kind of [...payloads, 0, 2, 3, 4, 5, 6])
           for (const sid of [null, 'x', {}])
             for (const payload of payloads) heard.channel.postMessage([kind, sid, payload])",
    )
    .call1(&JsValue::UNDEFINED, &heard)
    .expect("anything can be posted");
    pause(50).await;
    assert!(tab.is_signed_in());
    assert_eq!(tab.news_count(), news, "the row says that nothing changed");
    Function::new_with_args("heard", "heard.channel.close()")
        .call1(&JsValue::UNDEFINED, &heard)
        .expect("closing does not throw");
}

#[wasm_bindgen_test]
async fn names_keep_sessions_apart() {
    let (one, other) = (World::new(), World::new());
    let first = one.signed_in_tab().await;
    let second = other.tab().await;
    pause(50).await;
    assert!(second.is_signed_out());
    second.login().await.expect("the login succeeds");
    first.logout(false).await;
    pause(50).await;
    assert!(second.is_signed_in());
    assert_eq!(stored_token(&other.row().await).as_deref(), Some("access-1"));
}

#[wasm_bindgen_test]
async fn a_login_as_somebody_else_is_a_hard_boundary_in_every_tab() {
    let world = World::new();
    let reply = |token: &str, user: &str| {
        let answer = format!(r#"{{ "access_token": "{token}", "user_id": "{user}", "expires_in": 3600 }}"#);
        Reply::Body(crate::support::page::json(&answer))
    };
    world.server.reply("/login", reply("of-ada", "ada"));
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    world.server.reply("/login", reply("of-bob", "bob"));
    first.login().await.expect("the login succeeds");

    second.has("of-bob").await;
    let changed = Event::UserChanged { from: Some("ada".to_owned()), to: Some("bob".to_owned()) };
    assert!(first.events().contains(&changed));
    assert!(second.events().contains(&changed));
}

#[wasm_bindgen_test]
async fn tabs_that_do_not_talk_still_share_the_row() {
    let mut world = World::new();
    world.settings.cross_tab = false;
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    first.refresh().await.expect("the refresh succeeds");
    pause(50).await;
    assert_eq!(second.access_token().as_deref(), Some("access-1"), "nobody told it");
    second.refresh().await.expect("the newer generation is found");
    assert_eq!(second.access_token().as_deref(), Some("access-2"));
    assert_eq!(world.server.count("/refresh"), 1, "the row had it already");
}
