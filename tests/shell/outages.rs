//! Ending needs proof: what an HTTP answer to a refresh makes of the session.

use crate::support::page::{now, until};
use crate::support::server::Reply;
use crate::support::{Tab, World, stored_end};
use session_warden::machine::{EndReason, Event, Failure, Span, WhenRejected};
use session_warden::shell::SessionError;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Asks for a refresh; the failure that the page is told of.
async fn refused(tab: &Tab) -> Failure {
    let answer = tab.refresh().await;
    let failures: Vec<_> = tab
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::RefreshFailed { failure, .. } | Event::RefreshRejected { failure, .. } => Some(failure),
            _ => None,
        })
        .collect();
    assert!(matches!(answer, Err(SessionError::Failed { .. })), "{answer:?}");
    assert_eq!(failures.len(), 1, "told once: {failures:?}");
    failures[0]
}

#[wasm_bindgen_test]
async fn nothing_but_an_authoritative_refusal_ends_a_session() {
    let replies = [
        (Reply::Unreachable, Failure::Network),
        (Reply::Status(500, r#"{ "error": "invalid_grant" }"#), Failure::Server { status: 500 }),
        (Reply::Status(503, ""), Failure::Server { status: 503 }),
        (Reply::Status(429, "{}"), Failure::Server { status: 429 }),
        (Reply::Status(408, ""), Failure::Server { status: 408 }),
        (
            Reply::Status(403, "<html>Log in to the hotel's network</html>"),
            Failure::NotTheServer { status: 403 },
        ),
        (Reply::Status(400, "<html>Bad Request</html>"), Failure::NotTheServer { status: 400 }),
        (Reply::Status(400, r#"{ "error": "invalid_request" }"#), Failure::NotTheServer { status: 400 }),
        (Reply::Status(404, "{}"), Failure::NotTheServer { status: 404 }),
        (
            Reply::Status(200, "<html>Log in to the hotel's network</html>"),
            Failure::NotTheServer { status: 200 },
        ),
        (Reply::Status(200, "[]"), Failure::NotTheServer { status: 200 }),
        (Reply::Status(200, "{}"), Failure::NotTheServer { status: 200 }),
        (Reply::Status(200, r#"{ "access_token": 7 }"#), Failure::NotTheServer { status: 200 }),
        (Reply::Status(204, ""), Failure::NotTheServer { status: 204 }),
    ];
    for (reply, failure) in replies {
        let mut world = World::new();
        world.config.when_rejected = WhenRejected::AtOnce;
        let tab = world.signed_in_tab().await;
        world.server.reply("/refresh", reply.clone());
        assert_eq!(refused(&tab).await, failure, "{reply:?}");
        assert!(tab.is_signed_in(), "{reply:?}");
        assert!(tab.view().offline, "{reply:?}");
        assert_eq!(tab.token().await.expect("the token is still good").access_token.expose(), "access-1");
        assert_eq!(stored_end(&world.row().await), None, "{reply:?}");
    }
}

#[wasm_bindgen_test]
async fn an_authoritative_refusal_ends_the_session_in_every_tab() {
    let replies = [
        (Reply::Status(401, ""), 401),
        (Reply::Status(401, "<html>Unauthorized</html>"), 401),
        (Reply::Status(400, r#"{ "error": "invalid_grant" }"#), 400),
        (Reply::Status(403, r#"{ "error": "account_disabled" }"#), 403),
    ];
    for (reply, status) in replies {
        let mut world = World::new();
        world.config.when_rejected = WhenRejected::AtOnce;
        let (tab, other) = (world.signed_in_tab().await, world.tab().await);
        world.server.reply("/refresh", reply.clone());
        tab.refresh().await.expect_err("the refresh is refused");
        tab.signs_out(EndReason::RefreshRejected).await;
        other.signs_out(EndReason::RefreshRejected).await;
        assert_eq!(stored_end(&world.row().await).as_deref(), Some("refresh-rejected"), "{reply:?} {status}");
        assert_eq!(world.server.count("/refresh"), 1);
    }
}

#[wasm_bindgen_test]
async fn a_refused_session_lives_on_until_its_token_expires() {
    let world = World::new();
    let (tab, other) = (world.tab().await, world.tab().await);
    world.server.lifetime(3.0);
    tab.login().await.expect("the login succeeds");
    world.server.reply("/refresh", Reply::Status(401, "{}"));
    assert_eq!(refused(&tab).await, Failure::Refused { status: 401 });
    assert!(tab.view().ending);
    assert_eq!(tab.token().await.expect("the token is still good").access_token.expose(), "access-1");
    until("the other tab knows", || other.view().ending).await;

    tab.signs_out(EndReason::RefreshRejected).await;
    other.signs_out(EndReason::RefreshRejected).await;
    assert_eq!(world.server.count("/refresh"), 1, "what was refused is not asked again");
}

#[wasm_bindgen_test]
async fn a_pause_that_the_server_asks_for_is_kept_by_every_tab() {
    let date = String::from(js_sys::Date::new(&(now() + 120_000.0).into()).to_utc_string());
    let date: &'static str = Box::leak(date.into_boxed_str());
    for (status, retry_after) in [(429, "120"), (503, date)] {
        let world = World::new();
        let (tab, other) = (world.signed_in_tab().await, world.tab().await);
        world.server.reply("/refresh", Reply::Pause(status, retry_after));
        assert_eq!(refused(&tab).await, Failure::Server { status });
        let Some(Event::RefreshFailed { retry_at, .. }) = tab.events().pop() else {
            panic!("the last event is the failure")
        };
        let pause = retry_at.0 as f64 - now();
        assert!((110_000.0..=120_000.0).contains(&pause), "{retry_after}: {pause} ms");

        let again = tab.refresh().await;
        let failure = Failure::Server { status };
        assert_eq!(again, Err(SessionError::Failed { failure, retry_at: Some(retry_at.0) }));
        other.refresh().await.expect_err("the pause holds here too");
        assert_eq!(world.server.count("/refresh"), 1, "asked once");
        assert!(tab.is_signed_in() && other.is_signed_in());
    }
}

#[wasm_bindgen_test]
async fn a_pause_of_nothing_is_none() {
    for retry_after in ["0", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"] {
        let world = World::new();
        let tab = world.signed_in_tab().await;
        world.server.reply("/refresh", Reply::Pause(503, retry_after));
        refused(&tab).await;
        crate::support::page::pause(100).await;
        assert_eq!(world.server.count("/refresh"), 1, "{retry_after}: no loop");
    }
}

#[wasm_bindgen_test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let mut world = World::new();
    world.config.refresh_timeout = Span(200);
    let tab = world.signed_in_tab().await;
    world.server.reply("/refresh", Reply::Silence);
    let start = now();
    assert_eq!(refused(&tab).await, Failure::Timeout);
    let waited = now() - start;
    assert!((150.0..1_000.0).contains(&waited), "{waited} ms");
    assert!(world.server.last("/refresh").is_aborted(), "the connection is not left open");
    assert!(tab.is_signed_in());
}

#[wasm_bindgen_test]
async fn the_longest_timeout_is_no_timeout_of_nothing() {
    for milliseconds in [1_u64 << 31, 3_000_000_000, u64::MAX] {
        let mut world = World::new();
        world.config.refresh_timeout = Span(milliseconds);
        world.signed_in_tab().await.refresh().await.expect("the answer is waited for");
    }
}

#[wasm_bindgen_test]
async fn what_fetch_does_wrong_is_a_failure_of_the_network() {
    let odd = [
        Reply::Throws,
        Reply::Returns(JsValue::UNDEFINED),
        Reply::Returns(JsValue::NULL),
        Reply::Returns(42.into()),
        Reply::Returns("timeout".into()),
        Reply::Returns(crate::support::page::empty()),
        Reply::Returns(js_sys::Promise::resolve(&JsValue::UNDEFINED).into()),
    ];
    for reply in odd {
        let world = World::new();
        let tab = world.signed_in_tab().await;
        world.server.reply("/refresh", reply.clone());
        assert_eq!(refused(&tab).await, Failure::Network, "{reply:?}");
        assert!(tab.is_signed_in());
        world.server.reply("/login", reply.clone());
        let failed = SessionError::Failed { failure: Failure::Network, retry_at: None };
        assert_eq!(tab.login().await, Err(failed), "{reply:?}");
        assert_eq!(tab.access_token().as_deref(), Some("access-1"), "the old session is untouched");
    }
}

#[wasm_bindgen_test]
async fn coming_back_online_ends_a_pause_of_our_own() {
    let world = World::new();
    world.server.lifetime(1.0);
    world.server.reply("/refresh", Reply::Unreachable);
    let tab = world.signed_in_tab().await;
    until("the refresh that was due has failed", || tab.view().offline).await;
    world.server.reply("/refresh", Reply::Tokens);
    crate::support::page::dispatch("window", "online");
    tab.has("access-2").await;
    assert!(!tab.view().offline);
}

#[wasm_bindgen_test]
async fn an_expired_token_and_no_server_is_an_error_and_no_logout() {
    let world = World::new();
    let tab = world.tab().await;
    world.server.lifetime(0.3);
    world.server.reply("/refresh", Reply::Status(503, ""));
    tab.login().await.expect("the login succeeds");
    until("the token is dead", || tab.view().expires_at.is_some_and(|at| (at.0 as f64) < now())).await;
    let error = tab.token().await.expect_err("there is no token that is good");
    assert!(matches!(error, SessionError::Failed { retry_at: Some(_), .. }), "{error:?}");
    assert!(tab.is_signed_in());
}
