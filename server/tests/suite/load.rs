//! What the load generator of benches/load does with answers and figures; how fast they come is no test's business.

#[path = "../../benches/load/clients.rs"]
mod clients;
#[path = "../../benches/load/table.rs"]
mod table;

use std::time::Duration;

use axum::{Json, Router};
use hdrhistogram::Histogram;
use reqwest::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{EVENT_BOOKING, Start, TestServer, client};
use clients::{LoadError, Session, Work, drive};
use table::{Figures, Row, table};

async fn sessions(server: &TestServer, count: usize) -> Vec<Session> {
    let mut sessions = Vec::new();
    for index in 0..count {
        sessions.push(Session::register(client(), server.url.clone(), index).await.expect("an account"));
    }
    sessions
}

#[tokio::test]
async fn every_answer_in_time_is_counted() {
    let unlimited = EVENT_BOOKING.replace("600/1m", "1000000000/1s").replace("30/1m", "1000000000/1s");
    let server = Start::default().profile(unlimited).server().await;
    let mut sessions = sessions(&server, 2).await;
    let counts = async || -> (i64, i64) {
        let query = "SELECT (SELECT count(*) FROM refresh_tokens WHERE used_at IS NOT NULL), (SELECT count(*) FROM sessions)";
        server.row(query).await
    };
    let mut before = counts().await;
    for work in [Work::Refresh, Work::Login, Work::Refresh] {
        let measured = drive(&mut sessions, work, Duration::ZERO, Duration::from_millis(500)).await;
        let counted = i64::try_from(measured.expect("no refusal").len()).expect("few");
        let after = counts().await;
        let (refreshes, logins) = (after.0 - before.0, after.1 - before.1);
        let (answers, others) = match work {
            Work::Refresh => (refreshes, logins),
            Work::Login => (logins, refreshes),
        };
        // Of each client, the answer that ended it came too late.
        assert!((answers - 2..=answers).contains(&counted), "{work:?}: {counted} of {answers}");
        assert_eq!(others, 0);
        before = after;
    }
}

#[tokio::test]
async fn one_refusal_voids_the_measurement() {
    let strict = EVENT_BOOKING.replace("per_address = \"600/1m\"", "per_address = \"3/1m\"");
    let server = Start::default().profile(strict).server().await;
    let mut sessions = sessions(&server, 1).await;
    let error = drive(&mut sessions, Work::Refresh, Duration::ZERO, Duration::from_secs(60)).await;
    let error = error.expect_err("the third refresh is one too many");
    assert!(matches!(error, LoadError::Refused { status: StatusCode::TOO_MANY_REQUESTS, .. }), "{error}");
}

#[tokio::test]
async fn tokens_that_come_again_void_it_too() {
    let pair = json!({ "access_token": "a.b.c", "refresh_token": "d.e.f" });
    let stuck = Router::new().fallback(async move || Json(pair));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, stuck).into_future());
    let mut session = Session::register(client(), url, 0).await.expect("the first pair");
    let error = session.run(Work::Refresh).await.expect_err("the same pair");
    assert!(matches!(error, LoadError::NothingNew { path: "/refresh" }), "{error}");
}

#[test]
fn rows_are_set_beside_the_first_of_their_database() {
    let row = |request: &str, milliseconds: &[u64]| {
        let mut latencies = Histogram::new(5).expect("digits");
        for latency in milliseconds {
            latencies.record(latency * 1000).expect("it fits");
        }
        Row { request: request.to_owned(), clients: 2, latencies, measured: Duration::from_secs(2) }
    };
    let refreshes: Vec<_> = (1..=100).collect();
    let figures = [
        Figures { database: "SQLite", rows: vec![row("refresh", &refreshes), row("login", &[250; 4])] },
        Figures { database: "PostgreSQL", rows: vec![row("refresh", &[5; 10]), row("login", &[500; 2])] },
    ];
    assert_eq!(
        table(&figures),
        "| database | request | clients | per second | p50 | p99 | costs |\n\
         |---|---|---:|---:|---:|---:|---:|\n\
         | SQLite | refresh | 2 | 50 | 50.0 ms | 99.0 ms | 1.0 |\n\
         | SQLite | login | 2 | 2 | 250.0 ms | 250.0 ms | 25.0 |\n\
         | PostgreSQL | refresh | 2 | 5 | 5.0 ms | 5.0 ms | 1.0 |\n\
         | PostgreSQL | login | 2 | 1 | 500.0 ms | 500.0 ms | 5.0 |\n"
    );
}
