use reqwest::StatusCode;
use serde_json::json;

use crate::support::{PASSWORD, TestServer, send};

#[tokio::test]
async fn a_logout_ends_the_session_for_both_its_tokens() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    let answer = server.logout(&tokens.access).await.with_status(StatusCode::NO_CONTENT);
    assert_eq!(answer.header("cache-control"), "no-store");

    let verdict = server.verify(&tokens.access).await;
    assert_eq!(verdict.refusal(), (401, "invalid_token"));
    assert_eq!(verdict.body["valid"], false);
    assert!(verdict.text("error_description").contains("ended"), "{}", verdict.body);
    let resource = send(server.get("/my-bookings").bearer_auth(&tokens.access)).await;
    assert_eq!(resource.refusal(), (401, "invalid_token"));
    assert_eq!(server.refresh(&tokens.refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn a_refresh_token_logs_out_too() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    let request = server.post("/logout").json(&json!({ "refresh_token": tokens.refresh }));
    send(request).await.with_status(StatusCode::NO_CONTENT);
    assert!(!server.is_valid(&tokens.access).await);
}

#[tokio::test]
async fn an_expired_access_token_still_logs_its_session_out() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    server.clock.advance(60 * 60);
    server.logout(&tokens.access).await.with_status(StatusCode::NO_CONTENT);
    assert_eq!(server.refresh(&tokens.refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn logging_out_again_changes_nothing() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    let other = server.signed_in().await;
    for _ in 0..3 {
        server.logout(&tokens.access).await.with_status(StatusCode::NO_CONTENT);
    }
    server.logout("nonsense").await.with_status(StatusCode::NO_CONTENT);
    assert!(server.is_valid(&other.access).await);
}

#[tokio::test]
async fn a_logout_of_nobody_is_a_mistake() {
    let server = TestServer::start().await;
    let answer = send(server.post("/logout")).await;
    assert_eq!(answer.refusal(), (400, "invalid_request"));
    assert!(answer.text("error_description").contains("`refresh_token`"), "{}", answer.body);
}

#[tokio::test]
async fn everywhere_ends_every_session_of_the_user_and_of_nobody_else() {
    let server = TestServer::start().await;
    let one = server.signed_up().await;
    let two = server.signed_in().await;
    let stranger = server.register("grace@example.com", PASSWORD).await.tokens();
    let everywhere = || server.post("/logout").bearer_auth(&one.access).json(&json!({ "everywhere": true }));
    send(everywhere()).await.with_status(StatusCode::NO_CONTENT);
    assert!(!server.is_valid(&one.access).await);
    assert!(!server.is_valid(&two.access).await);
    assert_eq!(server.refresh(&two.refresh).await.refusal(), (401, "invalid_grant"));
    assert!(server.is_valid(&stranger.access).await);
    send(everywhere()).await.with_status(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_dead_session_cannot_end_the_living() {
    let server = TestServer::start().await;
    let dead = server.signed_up().await;
    let living = server.signed_in().await;
    server.logout(&dead.access).await.with_status(StatusCode::NO_CONTENT);
    let everywhere = server.post("/logout").bearer_auth(&dead.access).json(&json!({ "everywhere": true }));
    assert_eq!(send(everywhere).await.refusal(), (401, "invalid_token"));
    assert!(server.is_valid(&living.access).await);
}
