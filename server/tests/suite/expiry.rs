use reqwest::StatusCode;

use crate::support::{Start, TestServer, send};

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
