//! The window in which a lost answer can be asked for again.

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{EVENT_BOOKING, PASSWORD, Start, TestServer, send};

async fn patient() -> TestServer {
    let patient = EVENT_BOOKING
        .replace("access_check = \"session\"", "access_check = \"session\"\nreuse_grace = \"10s\"");
    Start::default().profile(patient).server().await
}

#[tokio::test]
async fn the_same_answer_is_given_again() {
    let server = patient().await;
    let first = server.signed_up().await;
    let answer = server.refresh(&first.refresh).await.with_status(StatusCode::OK);
    server.clock.advance(9);
    let again = server.refresh(&first.refresh).await.with_status(StatusCode::OK);
    assert_eq!(again.tokens(), answer.tokens());
    // What is left of it, and not a lifetime anew.
    assert_eq!((&answer.body["expires_in"], &again.body["expires_in"]), (&json!(1800), &json!(1791)));
}

#[tokio::test]
async fn past_the_window_it_is_reuse() {
    let server = patient().await;
    let first = server.signed_up().await;
    let second = server.refresh(&first.refresh).await.tokens();
    server.clock.advance(10);
    let reused = server.refresh(&first.refresh).await;
    assert_eq!(reused.refusal(), (401, "invalid_grant"));
    assert!(reused.text("error_description").contains("used before"), "{}", reused.body);
    assert!(!server.is_valid(&second.access).await);
}

#[tokio::test]
async fn once_the_successor_has_been_used_it_is_reuse() {
    let server = patient().await;
    let first = server.signed_up().await;
    let second = server.refresh(&first.refresh).await.tokens();
    let third = server.refresh(&second.refresh).await.with_status(StatusCode::OK).tokens();
    assert_eq!(server.refresh(&first.refresh).await.refusal(), (401, "invalid_grant"));
    assert!(!server.is_valid(&third.access).await);
}

#[tokio::test]
async fn a_token_from_before_a_password_change_has_no_grace() {
    let server = patient().await;
    let before = server.signed_up().await;
    let passwords = json!({ "current_password": PASSWORD, "new_password": "a quite different horse" });
    let change = server.post("/change-password").bearer_auth(&before.access).json(&passwords);
    send(change).await.with_status(StatusCode::OK);
    assert_eq!(server.refresh(&before.refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_presentations_at_once_bring_one_pair_a_hundred_times() {
    let server = Arc::new(patient().await);
    let presented = server.signed_up().await.refresh;
    let start = Arc::new(Barrier::new(100));
    let mut presentations = JoinSet::new();
    for _ in 0..100 {
        let (server, presented, start) = (Arc::clone(&server), presented.clone(), Arc::clone(&start));
        presentations.spawn(async move {
            start.wait().await;
            server.refresh(&presented).await
        });
    }
    let answers = presentations.join_all().await;
    let pair = answers[0].tokens();
    for answer in answers {
        assert_eq!(answer.with_status(StatusCode::OK).tokens(), pair);
    }
    assert!(server.is_valid(&pair.access).await);
    server.refresh(&pair.refresh).await.with_status(StatusCode::OK);
}
