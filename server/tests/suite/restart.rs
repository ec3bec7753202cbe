use reqwest::StatusCode;
use serde_json::json;

use crate::support::{EMAIL, PASSWORD, Start, send};

const SECRET: &str = "a secret of more than 32 bytes, for tests";

#[tokio::test]
async fn the_same_database_and_secret_keep_accounts_sessions_and_items() {
    let server = Start::default().variable("JWT_SECRET", SECRET).server().await;
    let used = server.signed_up().await;
    let tokens = server.refresh(&used.refresh).await.tokens();
    let ended = server.signed_in().await;
    server.logout(&ended.access).await.with_status(StatusCode::NO_CONTENT);
    let booking = json!({ "title": "Opera" });
    send(server.post("/my-bookings").bearer_auth(&tokens.access).json(&booking)).await;
    let (directory, clock) = server.shut_down().await;

    let server = Start::default().variable("JWT_SECRET", SECRET).server_in(directory, clock).await;
    assert!(server.is_valid(&tokens.access).await);
    assert!(!server.is_valid(&ended.access).await);
    let list = send(server.get("/my-bookings").bearer_auth(&tokens.access)).await;
    assert_eq!(list.body["items"][0]["title"], "Opera");
    server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
    server.refresh(&tokens.refresh).await.with_status(StatusCode::OK);
    assert_eq!(server.refresh(&used.refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn without_a_secret_each_start_makes_its_own() {
    let server = Start::default().variable("JWT_SECRET", "").server().await;
    let tokens = server.signed_up().await;
    let (directory, clock) = server.shut_down().await;

    let server = Start::default().server_in(directory, clock).await;
    assert_eq!(server.verify(&tokens.access).await.refusal(), (401, "invalid_token"));
    assert_eq!(server.refresh(&tokens.refresh).await.refusal(), (401, "invalid_grant"));
    server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
}
