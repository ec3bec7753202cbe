use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::support::{EVENT_BOOKING, PASSWORD, Start, TestServer, send};

#[tokio::test]
async fn a_missing_or_mistyped_member_is_named() {
    let server = TestServer::start().await;
    let cases = [
        ("/login", json!({}), "`email` is missing"),
        ("/login", json!({ "email": "ada@example.com" }), "`password` is missing"),
        ("/login", json!({ "email": 7, "password": PASSWORD }), "`email` must be a string"),
        ("/register", json!({ "email": "ada@example.com", "password": null }), "`password` is missing"),
        ("/register", json!({ "email": "a@b.io", "password": PASSWORD, "name": [] }), "`name` must be"),
        ("/refresh", json!({}), "`refresh_token` is missing"),
        ("/verify", json!({ "token": true }), "`token` must be a string"),
        ("/logout", json!({ "everywhere": "yes" }), "`everywhere` must be true or false"),
        ("/login", json!(["ada@example.com"]), "must be a JSON object"),
    ];
    for (path, body, expected) in cases {
        let answer = send(server.post(path).json(&body)).await;
        assert_eq!(answer.refusal(), (400, "invalid_request"), "{path} {body}");
        assert!(answer.text("error_description").contains(expected), "{}", answer.body);
    }
}

#[tokio::test]
async fn no_text_that_is_kept_or_looked_up_holds_the_nul_character() {
    let server = TestServer::start().await;
    let access = server.signed_up().await.access;
    let cases = [
        ("/login", json!({ "email": "a\0@b.io", "password": PASSWORD }), "`email`"),
        ("/register", json!({ "email": "a\0@b.io", "password": PASSWORD }), "`email`"),
        ("/register", json!({ "email": "a@b.io", "password": PASSWORD, "name": "A\0" }), "`name`"),
        ("/my-bookings", json!({ "title": "\0" }), "`title`"),
    ];
    for (path, body, expected) in cases {
        let answer = send(server.post(path).bearer_auth(&access).json(&body)).await;
        assert_eq!(answer.refusal(), (400, "invalid_request"), "{path} {body}");
        assert!(answer.text("error_description").contains(expected), "{}", answer.body);
    }
    let session = server.request("DELETE", "/sessions/%00").bearer_auth(&access);
    assert_eq!(send(session).await.refusal(), (404, "not_found"));
    // A password is hashed, and that is all: it is wrong like any other.
    assert_eq!(server.login("ada@example.com", "nul\0").await.refusal(), (401, "invalid_credentials"));
    let tokens = json!({ "refresh_token": "\0" });
    assert_eq!(send(server.post("/refresh").json(&tokens)).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn broken_json_is_placed_but_not_repeated() {
    let server = TestServer::start().await;
    let body = format!("{{\"email\": \"ada@example.com\",\n \"password\": \"{PASSWORD}\" oops");
    let answer = send(server.post("/login").header(CONTENT_TYPE, "application/json").body(body)).await;
    assert_eq!(answer.refusal(), (400, "invalid_request"));
    assert!(answer.text("error_description").contains("line 2"), "{}", answer.body);
    assert!(!answer.body.to_string().contains(PASSWORD), "{}", answer.body);
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let server = TestServer::start().await;
    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD }).to_string();
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = server.post("/login").header(CONTENT_TYPE, content_type).body(credentials.clone());
        assert_eq!(send(request).await.refusal(), (415, "unsupported_media_type"));
    }
    let declared = server.post("/login").header(CONTENT_TYPE, "Application/JSON; charset=utf-8");
    assert_eq!(send(declared.body(credentials)).await.refusal(), (401, "invalid_credentials"));
}

#[tokio::test]
async fn a_body_has_a_largest_size() {
    let server = TestServer::start().await;
    let member = |bytes: usize| json!({ "refresh_token": "x".repeat(bytes - 20) }).to_string();
    let with_length =
        |bytes| server.post("/refresh").header(CONTENT_TYPE, "application/json").body(member(bytes));
    assert_eq!(member(65536).len(), 65536);
    assert_eq!(send(with_length(65536)).await.refusal(), (401, "invalid_grant"));
    assert_eq!(send(with_length(65537)).await.refusal(), (413, "payload_too_large"));
}

#[tokio::test]
async fn unknown_routes_and_methods_are_answered_in_json() {
    let server = TestServer::start().await;
    for path in ["/", "/nothing", "/login/", "/my-bookings/1"] {
        assert_eq!(send(server.get(path)).await.refusal(), (404, "not_found"), "{path}");
    }
    let answer = send(server.get("/login")).await;
    assert_eq!(answer.refusal(), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), "POST");
    assert_eq!(send(server.request("DELETE", "/my-bookings")).await.refusal(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn health_is_told_to_anybody() {
    let server = TestServer::start().await;
    let answer = send(server.get("/healthz")).await.with_status(StatusCode::OK);
    assert_eq!(answer.body, json!({ "status": "ok" }));
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let hasty = EVENT_BOOKING.replace("\"10s\"", "\"1s\"");
    let server = Start::default().profile(hasty).server().await;

    let address = server.url.trim_start_matches("http://").to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).expect("a connection");
        let head = "POST /login HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
                    content-length: 100\r\n\r\n{";
        connection.write_all(head.as_bytes()).expect("sent");
        let mut answer = [0; 1024];
        let read = connection.read(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer[..read]).into_owned()
    });
    let answer = answer.await.expect("no panic");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("\"error\":\"timeout\""), "{answer}");
}
