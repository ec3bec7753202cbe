//! What two processes on one database count together. Their limits are of an hour, so that the time a test takes
//! brings nothing back; where time is to pass, it is taken off what the database holds.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::database::database_in;
use crate::nodes::{Node, nodes_of_profile};
use crate::support::{Answer, EMAIL, EVENT_BOOKING, send};

fn per_address(rate: &str) -> String {
    EVENT_BOOKING.replace("per_address = \"600/1m\"", &format!("per_address = \"{rate}\""))
}

/// A request that counts, and is answered 401 where it is not one too many.
async fn ask(node: &Node) -> Answer {
    send(node.post("/refresh").json(&json!({ "refresh_token": "none" }))).await
}

async fn database(directory: &TempDir) -> PgConnection {
    PgConnection::connect(&database_in(directory.path()).await).await.expect("a connection")
}

/// Puts all arrivals so many seconds later, which is what it looks like when the clock is set back as much.
async fn move_arrivals(directory: &TempDir, seconds: i64) {
    let nanoseconds = seconds * 1_000_000_000;
    let update = format!("UPDATE rate_limits SET theoretical_arrival = theoretical_arrival + {nanoseconds}");
    let moved = sqlx::query(AssertSqlSafe(update)).execute(&mut database(directory).await).await;
    assert_eq!(moved.expect("an update").rows_affected(), 1);
}

#[track_caller]
fn assert_refused_for_about(answer: &Answer, seconds: u64) {
    assert_eq!(answer.refusal(), (429, "too_many_requests"));
    let wait: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((seconds - 60..=seconds).contains(&wait), "{wait}");
}

#[tokio::test]
async fn an_address_has_its_rate_at_both_together() {
    let (nodes, directory) = nodes_of_profile(&per_address("6/1h")).await;
    for turn in 0..6 {
        assert_eq!(ask(&nodes[turn % 2]).await.status, StatusCode::UNAUTHORIZED);
    }
    for node in &nodes {
        assert_refused_for_about(&ask(node).await, 600);
    }
    move_arrivals(&directory, -600).await;
    assert_eq!(ask(&nodes[0]).await.status, StatusCode::UNAUTHORIZED);
    assert_refused_for_about(&ask(&nodes[1]).await, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_requests_at_once_no_more_pass_than_may() {
    let (nodes, _directory) = nodes_of_profile(&per_address("20/1h")).await;
    let start = Arc::new(Barrier::new(100));
    let mut requests = JoinSet::new();
    for index in 0..100 {
        let (node, start) = (Arc::clone(&nodes[index % 2]), Arc::clone(&start));
        requests.spawn(async move {
            start.wait().await;
            ask(&node).await
        });
    }
    let (refused, passed): (Vec<_>, Vec<_>) = requests
        .join_all()
        .await
        .into_iter()
        .partition(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((passed.len(), refused.len()), (20, 80));
    assert!(passed.iter().all(|answer| answer.status == StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn an_account_has_its_rate_at_both_together() {
    let strict = EVENT_BOOKING.replace("per_account = \"30/1m\"", "per_account = \"4/1h\"");
    let (nodes, _directory) = nodes_of_profile(&strict).await;
    for turn in 0..4 {
        assert_eq!(nodes[turn % 2].sign("/login").await.refusal(), (401, "invalid_credentials"));
    }
    for node in &nodes {
        assert_refused_for_about(&node.sign("/login").await, 900);
        let other = json!({ "email": format!("not-{EMAIL}"), "password": "correct horse" });
        assert_eq!(send(node.post("/login").json(&other)).await.refusal(), (401, "invalid_credentials"));
    }
}

#[tokio::test]
async fn a_clock_of_the_database_that_is_set_back_shuts_nobody_out() {
    let (nodes, directory) = nodes_of_profile(&per_address("2/1h")).await;
    assert_eq!(ask(&nodes[0]).await.status, StatusCode::UNAUTHORIZED);
    move_arrivals(&directory, 10 * 60 * 60).await;
    for node in &nodes {
        assert_eq!(ask(node).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_refused_for_about(&ask(&nodes[1]).await, 1800);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_their_count_cannot_be_had_each_counts_for_itself() {
    let (nodes, directory) = nodes_of_profile(&per_address("8/1h")).await;
    let mut connection = database(&directory).await;
    let mut blocked = connection.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE rate_limits").execute(&mut *blocked).await.expect("the lock");
    for node in &nodes {
        let mut requests = JoinSet::new();
        for _ in 0..12 {
            let node = Arc::clone(node);
            requests.spawn(async move { ask(&node).await.status.as_u16() });
        }
        let mut statuses = requests.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [[401; 8].as_slice(), &[429; 4]].concat());
    }
    blocked.rollback().await.expect("the lock given back");
}

#[tokio::test]
async fn rates_that_are_whole_again_are_forgotten() {
    let tidy = per_address("6/1h").replace("cleanup_interval = \"10m\"", "cleanup_interval = \"1s\"");
    let (nodes, directory) = nodes_of_profile(&tidy).await;
    assert_eq!(ask(&nodes[0]).await.status, StatusCode::UNAUTHORIZED);
    let mut connection = database(&directory).await;
    let kept = async |connection: &mut PgConnection| {
        let (count,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM rate_limits").fetch_one(connection).await.expect("a row");
        count
    };
    assert_eq!(kept(&mut connection).await, 1);
    move_arrivals(&directory, -600).await;
    let forgotten = async {
        while kept(&mut connection).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("it was never forgotten");
}
