//! What is sent, and where.

use crate::support::World;
use crate::support::page::json;
use crate::support::server::Reply;
use session_warden::machine::Failure;
use session_warden::shell::{Endpoint, SessionError};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

async fn login_url(base_url: Option<&str>, url: &str) -> String {
    let mut world = World::new();
    world.settings.base_url = base_url.map(str::to_owned);
    world.settings.endpoints.login = Endpoint::post(url);
    let tab = world.tab().await;
    tab.login().await.expect_err("nobody answers there");
    world.server.paths().pop().expect("one request")
}

#[wasm_bindgen_test]
async fn a_path_is_put_behind_the_base_with_one_slash() {
    let joined = [
        (None, "/auth/login", "/auth/login"),
        (Some("https://auth.example.org"), "/auth/login", "https://auth.example.org/auth/login"),
        (Some("https://auth.example.org/"), "/auth/login", "https://auth.example.org/auth/login"),
        (Some("https://auth.example.org/v1"), "auth/login", "https://auth.example.org/v1/auth/login"),
        (
            Some("https://auth.example.org/v1/"),
            "auth/login?x=1",
            "https://auth.example.org/v1/auth/login?x=1",
        ),
        (Some("/api"), "/auth/login", "/api/auth/login"),
    ];
    for (base, url, expected) in joined {
        assert_eq!(login_url(base, url).await, expected, "{base:?} and {url}");
    }
}

#[wasm_bindgen_test]
async fn an_absolute_url_stays_as_it_is() {
    for url in ["https://other.example.org/login", "http://localhost:9/login", "//cdn.example.org/login"] {
        assert_eq!(login_url(Some("https://auth.example.org"), url).await, url);
    }
}

#[wasm_bindgen_test]
async fn a_request_is_json_and_goes_past_caches_and_follows_no_redirect() {
    let mut world = World::new();
    world.settings.credentials = "include".to_owned();
    world.signed_in_tab().await.refresh().await.expect("the refresh succeeds");
    let request = world.server.last("/refresh");
    let option = |name| request.option(name).as_string();
    assert_eq!(option("method").as_deref(), Some("POST"));
    assert_eq!(option("credentials").as_deref(), Some("include"));
    assert_eq!(option("cache").as_deref(), Some("no-store"));
    assert_eq!(option("redirect").as_deref(), Some("error"));
    assert_eq!(option("body").as_deref(), Some(r#"{"refresh_token":"refresh-1"}"#));
    let headers = js_sys::JSON::stringify(&request.option("headers")).expect("headers are plain");
    assert_eq!(headers, r#"{"accept":"application/json","content-type":"application/json"}"#);
    assert_eq!(request.bearer(), None, "a dead access token is of no use here");
}

#[wasm_bindgen_test]
async fn a_get_has_no_body() {
    let mut world = World::new();
    world.settings.endpoints.verify = Endpoint { url: "/me".to_owned(), method: Some("GET".to_owned()) };
    world.server.reply("/me", Reply::Status(200, "{}"));
    assert_eq!(world.signed_in_tab().await.verify().await, Ok(Some(true)));
    let request = world.server.last("/me");
    assert_eq!(request.option("method"), JsValue::from("GET"));
    assert!(request.option("body").is_undefined());
    assert_eq!(request.bearer().as_deref(), Some("Bearer access-1"));
}

#[wasm_bindgen_test]
async fn a_sliding_token_is_presented_for_itself() {
    let mut world = World::new();
    world.config.sliding = true;
    world.server.reply("/login", Reply::Body(json(r#"{ "token": "first", "expires_in": 3600 }"#)));
    world.server.reply("/refresh", Reply::Body(json(r#"{ "token": "second", "expires_in": 3600 }"#)));
    let tab = world.signed_in_tab().await;
    tab.refresh().await.expect("the refresh succeeds");
    assert_eq!(tab.access_token().as_deref(), Some("second"));
    let request = world.server.last("/refresh");
    assert_eq!(request.bearer().as_deref(), Some("Bearer first"));
    assert_eq!(request.option("body"), JsValue::from("{}"));
}

#[wasm_bindgen_test]
async fn without_anything_to_present_nothing_is_sent() {
    let world = World::new();
    world.server.reply("/login", Reply::Body(json(r#"{ "token": "only", "expires_in": 3600 }"#)));
    let tab = world.signed_in_tab().await;
    let error = SessionError::Failed { failure: Failure::NotRenewable, retry_at: None };
    assert_eq!(tab.refresh().await, Err(error));
    assert_eq!(world.server.paths(), ["/login"]);
}

#[wasm_bindgen_test]
async fn one_401_is_answered_with_one_new_token() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let old = tab.peek().expect("a token");
    let new = tab.retry_token(old.sid.clone(), old.generation).await.expect("a new token");
    assert_eq!((new.access_token.expose(), new.generation), ("access-2", 2));
    // Another request with the old token: the new one is there already.
    let same = tab.retry_token(old.sid, old.generation).await.expect("the same new token");
    assert_eq!(same, new);
    // The new one refused as well: it is not about the token.
    let still = tab.retry_token(new.sid, new.generation).await;
    let error = SessionError::Failed { failure: Failure::StillUnauthorized, retry_at: None };
    assert_eq!(still, Err(error));
    assert_eq!(world.server.count("/refresh"), 1);
}

#[wasm_bindgen_test]
async fn no_token_and_no_password_is_in_what_can_be_printed() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let token = tab.token().await.expect("a token");
    tab.refresh().await.expect("the refresh succeeds");
    tab.logout(false).await;
    let printed = format!("{token:?} {:?} {:?}", tab.view(), tab.events());
    assert!(!printed.contains("access-") && !printed.contains("refresh-1"), "{printed}");
}
