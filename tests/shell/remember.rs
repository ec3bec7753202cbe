//! A session that lasts until the browser is closed: cookies without an expiry go with it, which a test does by hand.

use crate::support::page::{clear_cookies, cookies, deny_cookies, own, until};
use crate::support::{Tab, World};
use session_warden::machine::EndReason;
use wasm_bindgen_test::wasm_bindgen_test;

async fn signed_in_until_closed(world: &World) -> Tab {
    let tab = world.tab().await;
    tab.login_until_closed().await;
    tab
}

fn is_marked(tab: &Tab) -> bool {
    let sid = tab.peek().expect("somebody is signed in").sid.0;
    cookies().split("; ").any(|cookie| cookie.ends_with(&format!("={sid}")))
}

#[wasm_bindgen_test]
async fn a_reload_keeps_the_session() {
    let world = World::new();
    let tab = signed_in_until_closed(&world).await;
    assert!(is_marked(&tab));
    drop(tab);
    let reloaded = world.tab().await;
    assert!(reloaded.is_signed_in());
    assert_eq!(world.server.count("/logout"), 0);
}

#[wasm_bindgen_test]
async fn a_browser_that_was_closed_ends_the_session() {
    let world = World::new();
    drop(signed_in_until_closed(&world).await);
    clear_cookies();
    let tab = world.tab().await;
    tab.signs_out(EndReason::BrowserClosed).await;
    assert_eq!(tab.access_token(), None);
    until("the server is told", || world.server.count("/logout") == 1).await;
}

#[wasm_bindgen_test]
async fn cleared_cookies_end_nothing_while_a_tab_lives() {
    let world = World::new();
    let living = signed_in_until_closed(&world).await;
    clear_cookies();
    let tab = world.tab().await;
    until("the living tab is found", || tab.is_signed_in() && tab.access_token().is_some()).await;
    assert!(is_marked(&tab), "marked again");
    assert!(living.is_signed_in());
}

#[wasm_bindgen_test]
async fn a_logout_takes_the_mark_away() {
    let world = World::new();
    let tab = signed_in_until_closed(&world).await;
    assert!(is_marked(&tab));
    let sid = tab.peek().expect("somebody is signed in").sid.0;
    tab.logout(false).await;
    assert!(!cookies().contains(&sid));
}

#[wasm_bindgen_test]
async fn a_remembered_session_needs_no_mark() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    assert!(!is_marked(&tab));
    drop(tab);
    clear_cookies();
    assert!(world.tab().await.is_signed_in());
}

#[wasm_bindgen_test]
async fn where_cookies_are_denied_the_tab_bears_the_mark() {
    let _denied = deny_cookies();
    let world = World::new();
    let tab = signed_in_until_closed(&world).await;
    let mark = own::read(&format!("{}:mark", world.key()));
    assert_eq!(mark, tab.peek().map(|token| token.sid.0));
    drop(tab);
    assert!(world.tab().await.is_signed_in(), "a reload");

    own::remove(&format!("{}:mark", world.key()));
    let tab = world.tab().await;
    tab.signs_out(EndReason::BrowserClosed).await;
}
