use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Answer, EMAIL, PASSWORD, TestServer, send};

const NEW_PASSWORD: &str = "a quite different horse";

async fn change(server: &TestServer, access_token: &str, current: &str, new: &str) -> Answer {
    let passwords = json!({ "current_password": current, "new_password": new });
    send(server.post("/change-password").bearer_auth(access_token).json(&passwords)).await
}

#[tokio::test]
async fn it_keeps_this_session_and_ends_the_others() {
    let server = TestServer::start().await;
    let here = server.signed_up().await;
    let elsewhere = server.signed_in().await;

    let changed = change(&server, &here.access, PASSWORD, NEW_PASSWORD).await.with_status(StatusCode::OK);
    assert_eq!(changed.body["user"]["email"], EMAIL);
    let fresh = changed.tokens();
    assert!(server.is_valid(&fresh.access).await);
    assert!(!server.is_valid(&here.access).await);
    assert!(!server.is_valid(&elsewhere.access).await);
    assert_eq!(server.refresh(&elsewhere.refresh).await.refusal(), (401, "invalid_grant"));
    server.refresh(&fresh.refresh).await.with_status(StatusCode::OK);

    assert_eq!(server.login(EMAIL, PASSWORD).await.refusal(), (401, "invalid_credentials"));
    server.login(EMAIL, NEW_PASSWORD).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn the_refresh_token_from_before_counts_as_used() {
    let server = TestServer::start().await;
    let before = server.signed_up().await;
    let fresh = change(&server, &before.access, PASSWORD, NEW_PASSWORD).await.tokens();
    assert_eq!(server.refresh(&before.refresh).await.refusal(), (401, "invalid_grant"));
    assert!(!server.is_valid(&fresh.access).await);
}

#[tokio::test]
async fn a_wrong_current_or_a_weak_new_password_changes_nothing() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    let other = server.signed_in().await;
    let wrong = change(&server, &tokens.access, "not the password", NEW_PASSWORD).await;
    assert_eq!(wrong.refusal(), (403, "invalid_credentials"));
    let weak = change(&server, &tokens.access, PASSWORD, "short").await;
    assert_eq!(weak.refusal(), (422, "weak_password"));
    assert!(server.is_valid(&other.access).await);
    server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins() {
    let server = TestServer::start().await;
    let one = server.signed_up().await;
    let two = server.signed_in().await;
    let (first, second) = tokio::join!(
        change(&server, &one.access, PASSWORD, "the first new password"),
        change(&server, &two.access, PASSWORD, "the second new password"),
    );
    let changed = [&first, &second].into_iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(changed, 1, "{first:?} {second:?}");
    let logins = [
        server.login(EMAIL, "the first new password").await.status == first.status,
        server.login(EMAIL, "the second new password").await.status == second.status,
    ];
    assert!(logins.contains(&true), "{first:?} {second:?}");
}
