//! Two processes on one database behave as one.

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::nodes::{Node, nodes};
use crate::support::{EMAIL, send};

#[tokio::test]
async fn what_one_issued_the_other_honours_refreshes_and_ends() {
    let ([one, two], _directory) = nodes("event-booking").await;
    let first = one.sign("/register").await.with_status(StatusCode::CREATED).tokens();
    assert_eq!(two.verify(&first).await, StatusCode::OK);
    let second = two.refresh(&first).await.with_status(StatusCode::OK).tokens();
    let third = one.refresh(&second).await.with_status(StatusCode::OK).tokens();
    let logout = send(two.post("/logout").bearer_auth(&third.access)).await;
    logout.with_status(StatusCode::NO_CONTENT);
    assert_eq!(one.verify(&third).await, StatusCode::UNAUTHORIZED);
    assert_eq!(one.refresh(&third).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn a_token_used_at_one_is_reuse_at_the_other() {
    let ([one, two], _directory) = nodes("event-booking").await;
    let first = one.sign("/register").await.tokens();
    let second = one.refresh(&first).await.with_status(StatusCode::OK).tokens();
    let reused = two.refresh(&first).await;
    assert_eq!(reused.refusal(), (401, "invalid_grant"));
    assert!(reused.text("error_description").contains("used before"), "{}", reused.body);
    assert_eq!(one.refresh(&second).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_presentations_at_both_make_one_pair() {
    let (nodes, _directory) = nodes("event-booking").await;
    for round in 0..5 {
        let path = if round == 0 { "/register" } else { "/login" };
        let presented = nodes[0].sign(path).await.tokens();
        let start = Arc::new(Barrier::new(100));
        let mut presentations = JoinSet::new();
        for index in 0..100 {
            let (node, presented) = (Arc::clone(&nodes[index % 2]), presented.clone());
            let start = Arc::clone(&start);
            presentations.spawn(async move {
                start.wait().await;
                node.refresh(&presented).await
            });
        }
        let answers = presentations.join_all().await;
        let granted: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
        assert_eq!(granted.len(), 1);
        for answer in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
            assert_eq!(answer.refusal(), (401, "invalid_grant"));
        }
        assert_eq!(nodes[1].verify(&granted[0].tokens()).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_everywhere_at_one_leaves_no_login_of_the_other() {
    let ([one, two], _directory) = nodes("event-booking").await;
    let mut sessions = vec![one.sign("/register").await.tokens()];
    for _ in 0..5 {
        sessions.push(two.sign("/login").await.with_status(StatusCode::OK).tokens());
    }
    let everywhere =
        one.post("/logout").bearer_auth(&sessions[0].access).json(&json!({ "everywhere": true }));
    send(everywhere).await.with_status(StatusCode::NO_CONTENT);
    for tokens in &sessions {
        assert_eq!(two.verify(tokens).await, StatusCode::UNAUTHORIZED);
        assert_eq!(two.refresh(tokens).await.refusal(), (401, "invalid_grant"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_at_both_leave_no_more_sessions_than_a_user_may_have() {
    let (nodes, _directory) = nodes("jwt-auth").await;
    let account = json!({ "email": EMAIL, "password": "Correct horse 1" });
    let registered = send(nodes[0].post("/auth/register").json(&account)).await;
    let start = Arc::new(Barrier::new(16));
    let mut logins = JoinSet::new();
    for index in 0..16 {
        let (node, account, start) = (Arc::clone(&nodes[index % 2]), account.clone(), Arc::clone(&start));
        logins.spawn(async move {
            start.wait().await;
            send(node.post("/auth/login").json(&account)).await
        });
    }
    let logins = logins.join_all().await;
    let logins = logins.into_iter().filter(|answer| answer.status == StatusCode::OK);
    let mut renewed = 0;
    for answer in logins.chain([registered.with_status(StatusCode::CREATED)]) {
        let refresh = json!({ "refresh_token": answer.tokens().refresh });
        renewed +=
            u32::from(send(nodes[1].post("/auth/refresh").json(&refresh)).await.status == StatusCode::OK);
    }
    assert_eq!(renewed, 5);
}

#[tokio::test]
async fn wrong_passwords_at_both_lock_the_account_at_both() {
    let (nodes, _directory) = nodes("jwt-auth").await;
    let login = async |node: &Node| {
        let guess = json!({ "email": EMAIL, "password": "Wrong horse 1" });
        send(node.post("/auth/login").json(&guess)).await
    };
    for guess in 0..5 {
        assert_eq!(login(&nodes[guess % 2]).await.refusal(), (404, "unknown_account"));
    }
    for node in &nodes {
        assert_eq!(login(node).await.refusal(), (403, "account_locked"));
    }
}
