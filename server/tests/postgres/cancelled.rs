//! Requests that are given up while the database is about to answer.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

use crate::database::database_in;
use crate::support::{EVENT_BOOKING, HandClock, Start};

/// Where PostgreSQL listens in its directory.
const SOCKET: &str = ".s.PGSQL.5432";

/// Stands between a server and its database, and keeps back what BEGIN is answered while it is shut.
struct Gate(watch::Sender<bool>);

impl Gate {
    /// Makes the server of `directory` go through the gate.
    async fn before_the_database_of(directory: &Path) -> Self {
        let url = database_in(directory).await;
        let (address, cluster) = url.split_once("?host=").expect("a directory");
        let through = directory.display();
        std::fs::write(directory.join("database-url"), format!("{address}?host={through}")).expect("written");

        let listener = UnixListener::bind(directory.join(SOCKET)).expect("a socket");
        let (shut, is_shut) = watch::channel(false);
        let cluster = Path::new(cluster).join(SOCKET);
        tokio::spawn(async move {
            while let Ok((server, _)) = listener.accept().await {
                let database = UnixStream::connect(&cluster).await.expect("the database");
                let (from_server, to_server) = server.into_split();
                let (from_database, to_database) = database.into_split();
                let has_begun = Arc::new(AtomicBool::new(false));
                tokio::spawn(ask(from_server, to_database, Arc::clone(&has_begun)));
                tokio::spawn(answer(from_database, to_server, has_begun, is_shut.clone()));
            }
        });
        Self(shut)
    }
}

async fn ask(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, has_begun: Arc<AtomicBool>) {
    let mut buffer = Vec::new();
    while let Ok(1..) = from.read_buf(&mut buffer).await {
        let begins = buffer.windows(5).any(|window| window == b"BEGIN");
        has_begun.fetch_or(begins, Ordering::SeqCst);
        if to.write_all(&buffer).await.is_err() {
            break;
        }
        buffer.clear();
    }
}

async fn answer(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    has_begun: Arc<AtomicBool>,
    mut is_shut: watch::Receiver<bool>,
) {
    let mut buffer = Vec::new();
    while let Ok(1..) = from.read_buf(&mut buffer).await {
        if has_begun.swap(false, Ordering::SeqCst) {
            is_shut.wait_for(|shut| !shut).await.expect("the gate is there");
        }
        if to.write_all(&buffer).await.is_err() {
            break;
        }
        buffer.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_nobody_waits_for_any_more_is_rolled_back() {
    let hasty = EVENT_BOOKING.replace("request_timeout = \"10s\"", "request_timeout = \"3s\"");
    let directory = TempDir::new().expect("a directory");
    let gate = Gate::before_the_database_of(directory.path()).await;
    let clock = Arc::new(HandClock::new());
    let server = Start::default().profile(hasty).server_in(directory, clock).await;
    let tokens = server.signed_up().await;
    let open_transactions = async || {
        let (count,): (i64,) = server
            .row(
                "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND state = 'idle in transaction'",
            )
            .await;
        count
    };

    gate.0.send(true).expect("connections");
    assert_eq!(server.refresh(&tokens.refresh).await.refusal(), (503, "timeout"));
    assert_eq!(open_transactions().await, 1, "it has begun, and its server does not know yet");
    gate.0.send(false).expect("connections");
    let closed = async {
        while open_transactions().await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed).await.expect("a transaction was left open");
    server.refresh(&tokens.refresh).await.with_status(StatusCode::OK);
}
