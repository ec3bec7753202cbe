//! Logout is final, in every tab, whatever is on its way.

use crate::support::page::{empty, get, pause, until};
use crate::support::server::Reply;
use crate::support::{Asked, World, stored_end};
use session_warden::machine::{By, EndReason, Event, Failure, GrantKind, Span};
use session_warden::shell::{Endpoint, SessionError};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const SIGNED_OUT: SessionError = SessionError::Failed { failure: Failure::SignedOut, retry_at: None };
const SUPERSEDED: SessionError = SessionError::Failed { failure: Failure::Superseded, retry_at: None };

#[wasm_bindgen_test]
async fn a_logout_reaches_the_other_tabs_and_a_new_one_stays_out() {
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    first.logout(false).await;

    second.signs_out(EndReason::Logout).await;
    assert_eq!(second.view().end, Some((EndReason::Logout, By::OtherTab)));
    assert_eq!(first.view().end, Some((EndReason::Logout, By::ThisTab)));
    let third = world.tab().await;
    assert!(third.is_signed_out());
    for tab in [&first, &second, &third] {
        assert_eq!(tab.peek(), None);
        assert_eq!(tab.token().await, Err(SIGNED_OUT));
        assert_eq!(tab.refresh().await, Err(SIGNED_OUT));
    }
    assert_eq!(world.server.paths(), ["/login", "/logout"]);
}

#[wasm_bindgen_test]
async fn row_and_copy_keep_a_tombstone_without_tokens() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    tab.logout(false).await;
    let second = world.tab().await;
    assert!(second.is_signed_out());

    for stored in [world.row().await, world.copy()] {
        assert_eq!(stored_end(&stored).as_deref(), Some("logout"));
        assert!(get(&stored, "record").is_undefined());
    }
}

#[wasm_bindgen_test]
async fn the_tab_is_signed_out_before_the_call_returns() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let told = tab.logout(false);
    assert!(tab.is_signed_out());
    assert_eq!(tab.peek(), None);
    assert_eq!(stored_end(&world.copy()).as_deref(), Some("logout"), "should the page be closed right now");
    told.await;
}

#[wasm_bindgen_test]
async fn the_server_is_told_with_what_it_needs_to_know_the_session() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    tab.logout(false).await;
    let request = world.server.last("/logout");
    assert_eq!(request.bearer().as_deref(), Some("Bearer access-1"));
    assert_eq!(request.field("refresh_token").as_deref(), Some("refresh-1"));
    assert!(get(&request.body, "everywhere").is_undefined());
    assert!(request.option("keepalive").is_truthy(), "the page may be closed by then");
}

#[wasm_bindgen_test]
async fn a_logout_everywhere_says_so_or_has_its_own_endpoint() {
    let mut world = World::new();
    let tab = world.signed_in_tab().await;
    tab.logout(true).await;
    assert!(get(&world.server.last("/logout").body, "everywhere").is_truthy());

    world.settings.endpoints.logout_all = Some(Endpoint::post("/logout-all"));
    let tab = world.signed_in_tab().await;
    tab.logout(true).await;
    assert_eq!(world.server.count("/logout"), 1);
    let request = world.server.last("/logout-all");
    assert_eq!(request.field("refresh_token").as_deref(), Some("refresh-2"));
    assert!(get(&request.body, "everywhere").is_undefined());
}

#[wasm_bindgen_test]
async fn a_server_out_of_reach_does_not_keep_anybody_signed_in() {
    let mut world = World::new();
    world.config.refresh_timeout = Span(150);
    for reply in [Reply::Unreachable, Reply::Throws, Reply::Status(500, ""), Reply::Silence] {
        world.server.reply("/logout", reply);
        let tab = world.signed_in_tab().await;
        let asked = Asked::of(&tab, async |shell| shell.logout(false).await);
        asked.answer().await;
        assert!(tab.is_signed_out());
        assert!(world.tab().await.is_signed_out());
    }
}

#[wasm_bindgen_test]
async fn a_refresh_answered_after_the_logout_changes_nothing_and_is_revoked() {
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    let gate = world.server.hold("/refresh");
    let refresh = Asked::of(&first, async |shell| shell.refresh().await);
    until("the refresh is sent", || world.server.count("/refresh") == 1).await;
    first.logout(false).await;
    assert_eq!(refresh.answer().await, Err(SIGNED_OUT));
    second.signs_out(EndReason::Logout).await;
    gate.open();

    until("the late tokens are revoked", || world.server.count("/logout") == 2).await;
    let revoked = world.server.last("/logout");
    assert_eq!(revoked.bearer().as_deref(), Some("Bearer access-2"));
    assert_eq!(revoked.field("refresh_token").as_deref(), Some("refresh-2"));
    pause(50).await;
    for tab in [&first, &second, &world.tab().await] {
        assert!(tab.is_signed_out());
        assert_eq!(tab.peek(), None);
    }
    assert_eq!(stored_end(&world.row().await).as_deref(), Some("logout"));
    assert_eq!(stored_end(&world.copy()).as_deref(), Some("logout"));
}

#[wasm_bindgen_test]
async fn the_request_under_way_is_aborted() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    world.server.reply("/refresh", Reply::Silence);
    let refresh = Asked::of(&tab, async |shell| shell.refresh().await);
    until("the refresh is sent", || world.server.count("/refresh") == 1).await;
    assert!(!world.server.last("/refresh").is_aborted());
    tab.logout(false).await;
    assert!(world.server.last("/refresh").is_aborted());
    assert_eq!(refresh.answer().await, Err(SIGNED_OUT));
}

#[wasm_bindgen_test]
async fn a_logout_elsewhere_overtakes_the_refresh_under_way() {
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    let gate = world.server.hold("/refresh");
    let refresh = Asked::of(&first, async |shell| shell.refresh().await);
    until("the refresh is sent", || world.server.count("/refresh") == 1).await;
    second.logout(false).await;
    first.signs_out(EndReason::Logout).await;
    gate.open();

    assert_eq!(refresh.answer().await, Err(SIGNED_OUT));
    until("the late tokens are revoked", || world.server.count("/logout") == 2).await;
    assert_eq!(world.server.last("/logout").bearer().as_deref(), Some("Bearer access-2"));
    assert_eq!(stored_end(&world.row().await).as_deref(), Some("logout"));
}

#[wasm_bindgen_test]
async fn a_login_answered_after_the_logout_is_not_taken_up() {
    let world = World::new();
    let tab = world.tab().await;
    let gate = world.server.hold("/login");
    let login = Asked::of(&tab, async |shell| {
        shell.authenticate(session_warden::shell::Authentication::Login, &empty(), true).await
    });
    until("the login is sent", || world.server.count("/login") == 1).await;
    tab.logout(false).await;
    gate.open();

    assert_eq!(login.answer().await, Err(SUPERSEDED));
    until("the late tokens are revoked", || world.server.count("/logout") == 1).await;
    assert_eq!(world.server.last("/logout").bearer().as_deref(), Some("Bearer access-1"));
    assert!(tab.is_signed_out());
    assert!(world.row().await.is_undefined(), "no login was ever stored");
}

#[wasm_bindgen_test]
async fn a_logout_before_the_session_is_found_is_kept() {
    let world = World::new();
    drop(world.signed_in_tab().await);
    let tab = world.closed_tab();
    tab.start();
    let told = tab.logout(false);
    tab.signs_out(EndReason::Logout).await;
    told.await;
    until("the server is told", || world.server.count("/logout") == 1).await;
    assert!(world.tab().await.is_signed_out());
    assert!(!tab.events().contains(&Event::Login));
}

#[wasm_bindgen_test]
async fn a_login_after_a_logout_is_a_new_session_with_a_higher_version() {
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    let before = world.row().await;
    first.logout(false).await;
    second.signs_out(EndReason::Logout).await;
    second.login().await.expect("the login succeeds");
    first.has("access-2").await;

    let after = world.row().await;
    assert_ne!(get(&after, "sid"), get(&before, "sid"));
    assert!(get(&after, "version").as_f64() >= get(&before, "version").as_f64().map(|version| version + 2.0));
    assert_eq!(get(&after, "generation"), JsValue::from(1));
}

#[wasm_bindgen_test]
async fn tokens_of_the_application_cannot_continue_a_session_that_is_over() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    tab.logout(false).await;
    let tokens = crate::support::page::json(r#"{ "access_token": "late" }"#);
    assert_eq!(tab.set_tokens(&tokens, GrantKind::Refresh, true).await, Err(SIGNED_OUT));
    assert!(tab.is_signed_out());
}

#[wasm_bindgen_test]
async fn an_authoritative_no_of_the_server_ends_the_session_everywhere() {
    let world = World::new();
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    assert_eq!(first.verify().await, Ok(Some(true)));
    assert_eq!(world.server.last("/verify").bearer().as_deref(), Some("Bearer access-1"));

    for reply in [Reply::Unreachable, Reply::Status(503, ""), Reply::Status(403, "<html>Log in</html>")] {
        world.server.reply("/verify", reply.clone());
        assert_eq!(first.verify().await, Ok(None), "{reply:?}");
        assert!(first.is_signed_in());
    }

    world.server.reply("/verify", Reply::Status(401, "{}"));
    assert_eq!(first.verify().await, Ok(Some(false)));
    first.signs_out(EndReason::TokenInvalid).await;
    second.signs_out(EndReason::TokenInvalid).await;
    assert_eq!(first.verify().await, Err(SIGNED_OUT));
}
