use reqwest::StatusCode;
use serde_json::json;

use crate::support::{EMAIL, EVENT_BOOKING, PASSWORD, Start, TestServer, send};

const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn an_access_token_dies_in_the_second_that_it_names() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    server.clock.advance(30 * 60 - 1);
    assert!(server.is_valid(&tokens.access).await);
    server.clock.advance(1);
    for request in [server.get("/me"), server.get("/my-bookings"), server.post("/verify")] {
        let answer = send(request.bearer_auth(&tokens.access)).await;
        assert_eq!(answer.refusal(), (401, "invalid_token"));
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
        assert!(answer.text("error_description").contains("expired"), "{}", answer.body);
    }
    server.refresh(&tokens.refresh).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn a_refresh_token_dies_after_its_days_and_a_refresh_starts_them_anew() {
    let server = TestServer::start().await;
    let first = server.signed_up().await;
    server.clock.advance(7 * DAY - 1);
    let second = server.refresh(&first.refresh).await.with_status(StatusCode::OK).tokens();
    server.clock.advance(7 * DAY - 1);
    let third = server.refresh(&second.refresh).await.with_status(StatusCode::OK).tokens();
    server.clock.advance(7 * DAY);
    let answer = server.refresh(&third.refresh).await;
    assert_eq!(answer.refusal(), (401, "invalid_grant"));
    assert!(answer.text("error_description").contains("expired"), "{}", answer.body);
}

#[tokio::test]
async fn flags_set_the_lifetimes() {
    let server = Start::default().flags(["--access-ttl", "60s", "--refresh-ttl", "2m"]).server().await;
    let registered = server.register("ada@example.com", "correct horse").await;
    assert_eq!(registered.body["expires_in"], 60);
    let tokens = registered.tokens();
    server.clock.advance(60);
    assert!(!server.is_valid(&tokens.access).await);
    server.clock.advance(60);
    assert_eq!(server.refresh(&tokens.refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn a_session_becomes_no_older_than_it_may_however_often_it_is_refreshed() {
    let aged = |max_age: &str| {
        let aged =
            EVENT_BOOKING.replace("[fields]", &format!("[sessions]\nmax_age = \"{max_age}\"\n\n[fields]"));
        Start::default().profile(aged).variable("JWT_SECRET", "a secret of more than 32 bytes, for tests")
    };
    let server = aged("10d").server().await;
    let mut token = server.signed_up().await.refresh;
    let other = server.signed_in().await;
    for _ in 0..3 {
        server.clock.advance(3 * DAY);
        token = server.refresh(&token).await.with_status(StatusCode::OK).tokens().refresh;
    }
    server.clock.advance(DAY - 10 * 60);
    let last = server.refresh(&token).await.with_status(StatusCode::OK);
    assert_eq!(last.body["expires_in"], 10 * 60);
    server.clock.advance(10 * 60);
    assert!(!server.is_valid(&last.tokens().access).await);
    assert_eq!(server.refresh(&last.tokens().refresh).await.refusal(), (401, "invalid_grant"));
    assert_eq!(server.refresh(&other.refresh).await.refusal(), (401, "invalid_grant"));

    // A stricter rule holds for sessions that began under another, and a new password makes none younger.
    let young = server.signed_in().await;
    server.clock.advance(2 * DAY);
    let young = server.refresh(&young.refresh).await.with_status(StatusCode::OK).tokens();
    let (directory, clock) = server.shut_down().await;
    let server = aged("1d").server_in(directory, clock).await;
    let passwords = json!({ "current_password": PASSWORD, "new_password": "another horse altogether" });
    let change = send(server.post("/change-password").bearer_auth(&young.access).json(&passwords)).await;
    assert_eq!(change.refusal(), (401, "invalid_token"));
    let refused = server.refresh(&young.refresh).await;
    assert!(refused.text("error_description").contains("the session has ended"), "{}", refused.body);
}

#[tokio::test]
async fn a_token_that_slides_ends_with_its_session_too() {
    let aged = include_str!("../../profiles/session-guide.toml")
        .replace("[fields]", "[sessions]\nmax_age = \"30h\"\n\n[fields]");
    let server = Start::default().profile(aged).server().await;
    let account = json!({ "email": EMAIL, "password": PASSWORD, "remember_me": true });
    let registered = send(server.post("/api/auth/register").json(&account)).await;
    assert_eq!(registered.body["expires_in"], 30 * 60 * 60);
    server.clock.advance(DAY);
    let refresh = |token: &str| send(server.post("/api/auth/refresh").bearer_auth(token));
    let refreshed = refresh(registered.text("token")).await.with_status(StatusCode::OK);
    assert_eq!(refreshed.body["expires_in"], 6 * 60 * 60);
    server.clock.advance(6 * 60 * 60);
    assert_eq!(refresh(refreshed.text("token")).await.refusal(), (401, "invalid_grant"));
}
