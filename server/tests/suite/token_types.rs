use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestServer, send};

#[tokio::test]
async fn an_access_token_refreshes_nothing() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    let answer = server.refresh(&tokens.access).await;
    assert_eq!(answer.refusal(), (401, "invalid_grant"));
    assert!(answer.text("error_description").contains("`access`"), "{}", answer.body);
    server.refresh(&tokens.refresh).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn a_refresh_token_opens_nothing() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    for request in [
        server.get("/me"),
        server.get("/my-bookings"),
        server.post("/verify"),
        server.post("/logout"),
        server.post("/change-password"),
    ] {
        let answer = send(request.bearer_auth(&tokens.refresh)).await;
        assert_eq!(answer.refusal(), (401, "invalid_token"));
        assert!(answer.text("error_description").contains("`refresh`"), "{}", answer.body);
    }
    assert!(server.is_valid(&tokens.access).await);
}

#[tokio::test]
async fn logging_out_with_the_tokens_mixed_up_is_no_silent_success() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    let mixed = server.post("/logout").json(&json!({ "refresh_token": tokens.access }));
    assert_eq!(send(mixed).await.refusal(), (401, "invalid_grant"));
    assert!(server.is_valid(&tokens.access).await);
}
