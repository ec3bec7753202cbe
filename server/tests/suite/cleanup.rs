use std::time::Duration;

use reqwest::StatusCode;

use crate::database::contents;
use crate::support::{EMAIL, EVENT_BOOKING, PASSWORD, Start, TestServer};

async fn rows(server: &TestServer) -> (i64, i64) {
    server.row("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM refresh_tokens)").await
}

async fn until(condition: impl AsyncFn() -> bool) {
    let holds = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), holds).await.expect("it never came true");
}

#[tokio::test]
async fn expired_rows_go_and_living_ones_stay() {
    let tidy = EVENT_BOOKING.replace("\"10m\"", "\"1s\"");
    let server = Start::default().profile(tidy).server().await;
    server.signed_up().await;
    let old = server.signed_in().await;
    server.clock.advance(6 * 24 * 60 * 60);
    let living = server.refresh(&old.refresh).await.tokens();
    assert_eq!(rows(&server).await, (2, 3));

    // One session goes with its token; the other stays, and of its two tokens the newer one.
    server.clock.advance(24 * 60 * 60);
    until(async || rows(&server).await == (1, 1)).await;
    server.refresh(&living.refresh).await.with_status(StatusCode::OK);
    assert_eq!(rows(&server).await, (1, 2));
    server.shut_down().await;
}

#[tokio::test]
async fn the_database_holds_no_token() {
    let server = TestServer::start().await;
    let tokens = server.signed_up().await;
    let next = server.refresh(&tokens.refresh).await.tokens();
    let (directory, _) = server.shut_down().await;
    let bytes = contents(directory.path()).await;
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(EMAIL), "it is not what it was taken for");
    for secret in [&tokens.access, &tokens.refresh, &next.access, &next.refresh] {
        assert!(!holds(secret.rsplit_once('.').expect("a signature").1));
    }
    assert!(!holds(PASSWORD));
}
