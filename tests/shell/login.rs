//! Signing in and up, and what is stored of it.

use crate::support::page::{get, json, pause};
use crate::support::server::Reply;
use crate::support::{World, stored_token};
use js_sys::Function;
use session_warden::machine::{Event, GrantKind};
use session_warden::shell::{Authentication, BadAnswer, SessionError};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_login_writes_row_and_copy_alike() {
    let world = World::new();
    let tab = world.signed_in_tab().await;

    assert!(tab.is_signed_in());
    assert_eq!(tab.events(), [Event::Ready, Event::Login]);
    let (row, copy) = (world.row().await, world.copy());
    assert_eq!(stored_token(&row).as_deref(), Some("access-1"));
    assert_eq!(stored_token(&copy).as_deref(), Some("access-1"));
    for member in ["v", "version", "sid", "generation", "at"] {
        assert!(!get(&row, member).is_undefined(), "the row has {member}");
        assert_eq!(get(&row, member), get(&copy, member), "{member}");
    }
}

#[wasm_bindgen_test]
async fn a_second_tab_finds_the_session_at_its_start() {
    let world = World::new();
    let first = world.signed_in_tab().await;
    let second = world.tab().await;

    assert_eq!(second.peek(), first.peek());
    assert_eq!(second.events(), [Event::Ready], "a restored session is no login");
    assert_eq!(world.server.paths(), ["/login"]);
}

#[wasm_bindgen_test]
async fn a_tab_that_is_open_hears_of_a_login_elsewhere() {
    let world = World::new();
    let (first, second) = (world.tab().await, world.tab().await);
    first.login().await.expect("the login succeeds");

    second.has("access-1").await;
    assert_eq!(second.events(), [Event::Ready, Event::Login]);
}

#[wasm_bindgen_test]
async fn the_credentials_go_to_the_endpoint_and_nowhere_else() {
    let world = World::new();
    let tab = world.tab().await;
    let details = json(r#"{ "email": "ada@example.org", "password": "hunter2" }"#);
    tab.authenticate(Authentication::Register, &details, true).await.expect("the registration succeeds");

    assert_eq!(world.server.paths(), ["/register"]);
    let request = world.server.last("/register");
    assert_eq!(request.field("email").as_deref(), Some("ada@example.org"));
    assert_eq!(request.field("password").as_deref(), Some("hunter2"));
    assert_eq!(request.bearer(), None);
    let stored = js_sys::JSON::stringify(&world.row().await).expect("a row is plain");
    assert!(!stored.includes("hunter2", 0), "no password is stored");
}

#[wasm_bindgen_test]
async fn a_refused_login_says_what_the_server_said() {
    let world = World::new();
    let tab = world.tab().await;
    let body = r#"{ "error": "bad_credentials", "message": "Wrong password" }"#;
    world.server.reply("/login", Reply::Status(401, body));

    let refused = SessionError::Http {
        status: 401,
        code: Some("bad_credentials".to_owned()),
        description: Some("Wrong password".to_owned()),
    };
    assert_eq!(tab.login().await, Err(refused));
    assert!(tab.is_signed_out());
    assert!(world.row().await.is_undefined());
}

#[wasm_bindgen_test]
async fn an_answer_without_tokens_names_what_is_missing() {
    let world = World::new();
    let tab = world.tab().await;
    let replies = [
        (Reply::Status(200, "<html>Welcome</html>"), "body"),
        (Reply::Status(200, "[]"), "body"),
        (Reply::Status(200, "{}"), "access_token"),
        (Reply::Status(200, r#"{ "access_token": "" }"#), "access_token"),
        (Reply::Status(200, r#"{ "access_token": 7 }"#), "access_token"),
        (
            Reply::Status(200, r#"{ "access_token": "a", "refresh_token": { "value": "r" } }"#),
            "refresh_token",
        ),
    ];
    for (reply, field) in replies {
        world.server.reply("/login", reply.clone());
        assert_eq!(tab.login().await, Err(SessionError::BadAnswer(BadAnswer(field))), "{reply:?}");
    }
    assert!(tab.is_signed_out());
}

#[wasm_bindgen_test]
async fn tokens_that_are_no_object_are_named() {
    let world = World::new();
    let tab = world.tab().await;
    for tokens in [JsValue::UNDEFINED, JsValue::NULL, "access".into(), 7.into()] {
        let error = tab.set_tokens(&tokens, GrantKind::Login, true).await;
        assert_eq!(error, Err(SessionError::BadAnswer(BadAnswer("tokens"))), "{tokens:?}");
    }
}

#[wasm_bindgen_test]
async fn tokens_of_a_frame_are_tokens() {
    let world = World::new();
    let tab = world.tab().await;
    let of_a_frame = "const frame = document.body.appendChild(document.createElement('iframe'))
        const tokens = new frame.contentWindow.Object()
        frame.remove()
        return Object.assign(tokens, { accessToken: 'access-of-a-frame' })";
    let tokens = Function::new_no_args(of_a_frame).call0(&JsValue::UNDEFINED).expect("it does not throw");
    tab.set_tokens(&tokens, GrantKind::Login, true).await.expect("they are taken up");
    assert_eq!(tab.access_token().as_deref(), Some("access-of-a-frame"));
}

#[wasm_bindgen_test]
async fn a_changed_password_takes_up_the_tokens_of_the_answer() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    world.server.reply("/change-password", Reply::Tokens);
    let details = json(r#"{ "password": "new" }"#);
    tab.authenticate(Authentication::ChangePassword, &details, true).await.expect("the change succeeds");

    assert_eq!(world.server.last("/change-password").bearer().as_deref(), Some("Bearer access-1"));
    assert_eq!(tab.access_token().as_deref(), Some("access-2"));
    assert_eq!(tab.view().generation, 2, "the session is the same");
    assert_eq!(world.server.count("/refresh"), 0);
}

#[wasm_bindgen_test]
async fn a_changed_password_without_tokens_in_the_answer_refreshes() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    world.server.reply("/change-password", Reply::Status(204, ""));
    let details = json(r#"{ "password": "new" }"#);
    tab.authenticate(Authentication::ChangePassword, &details, true).await.expect("the change succeeds");

    assert_eq!(world.server.paths(), ["/login", "/change-password", "/refresh"]);
    assert_eq!(tab.access_token().as_deref(), Some("access-2"));
}

#[wasm_bindgen_test]
async fn a_session_that_was_not_started_looks_at_nothing() {
    let world = World::new();
    let _elsewhere = world.signed_in_tab().await;
    let tab = world.closed_tab();
    pause(50).await;
    assert_eq!(tab.peek(), None);
    assert_eq!(tab.news_count(), 0);

    tab.start();
    tab.start();
    tab.has("access-1").await;
    assert_eq!(tab.events(), [Event::Ready], "started once, however often it was asked");
}
