use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::TestServer;

#[tokio::test]
async fn a_refresh_brings_a_new_pair() {
    let server = TestServer::start().await;
    let first = server.signed_up().await;
    let answer = server.refresh(&first.refresh).await.with_status(StatusCode::OK);
    let second = answer.tokens();
    let whole = json!({
        "access_token": second.access,
        "refresh_token": second.refresh,
        "token_type": "bearer",
        "expires_in": 1800,
    });
    assert_eq!(answer.body, whole);
    assert_ne!(first.access, second.access);
    assert_ne!(first.refresh, second.refresh);
    assert!(server.is_valid(&second.access).await);
    server.refresh(&second.refresh).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn a_used_token_revokes_its_whole_family_and_no_other() {
    let server = TestServer::start().await;
    let first = server.signed_up().await;
    let other_session = server.signed_in().await;
    let second = server.refresh(&first.refresh).await.with_status(StatusCode::OK).tokens();

    let reused = server.refresh(&first.refresh).await;
    assert_eq!(reused.refusal(), (401, "invalid_grant"));
    assert!(reused.text("error_description").contains("used before"), "{}", reused.body);

    assert_eq!(server.refresh(&second.refresh).await.refusal(), (401, "invalid_grant"));
    assert!(!server.is_valid(&first.access).await);
    assert!(!server.is_valid(&second.access).await);
    assert!(server.is_valid(&other_session.access).await);
    server.refresh(&other_session.refresh).await.with_status(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_presentations_at_once_make_one_pair() {
    let server = Arc::new(TestServer::start().await);
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
    let (granted, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((granted.len(), refused.len()), (1, 99));
    for answer in refused {
        assert_eq!(answer.refusal(), (401, "invalid_grant"));
    }
    // Ninety-nine of them were reuse, so that one pair is dead as well.
    let pair = granted[0].tokens();
    assert!(!server.is_valid(&pair.access).await);
    assert_eq!(server.refresh(&pair.refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused_for_good() {
    let server = TestServer::start().await;
    let genuine = server.signed_up().await.refresh;
    let (unsigned, _) = genuine.rsplit_once('.').expect("three parts");
    let forged = format!("{unsigned}.{}", "A".repeat(43));
    for token in ["", "nonsense", "a.b.c", unsigned, &forged] {
        assert_eq!(server.refresh(token).await.refusal(), (401, "invalid_grant"), "{token}");
    }
    server.refresh(&genuine).await.with_status(StatusCode::OK);
}
