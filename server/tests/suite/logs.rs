use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{EMAIL, PASSWORD, Start, send};

const SECRET: &str = "the very secret of more than 32 bytes";

/// All that is logged in this process, by any crate, at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic while writing")).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_whole_life_leaves_no_secret_in_the_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("no other test sets it");

    let server = Start::default().variable("JWT_SECRET", SECRET).server().await;
    let new_password = "another horse altogether";
    let wrong_password = "surely not the password";
    let first = server.signed_up().await;
    let second = server.signed_in().await;
    server.login(EMAIL, wrong_password).await.with_status(StatusCode::UNAUTHORIZED);
    let third = server.refresh(&first.refresh).await.tokens();
    send(server.post("/verify").json(&json!({ "token": third.access }))).await;
    let session = server.verify(&third.access).await.body["claims"]["sid"].as_str().expect("sid").to_owned();
    let passwords = json!({ "current_password": PASSWORD, "new_password": new_password });
    let changed = send(server.post("/change-password").bearer_auth(&third.access).json(&passwords)).await;
    let fourth = changed.with_status(StatusCode::OK).tokens();
    server.refresh(&first.refresh).await.with_status(StatusCode::UNAUTHORIZED);
    send(server.get("/my-bookings?token=in-a-query").bearer_auth(&fourth.access)).await;
    send(server.post("/login").header("content-type", "application/json").body(PASSWORD)).await;
    let last = server.login(EMAIL, new_password).await.tokens();
    let wrong = json!({ "current_password": wrong_password, "new_password": "one horse more" });
    send(server.post("/change-password").bearer_auth(&last.access).json(&wrong)).await;
    server.clock.advance(7 * 24 * 60 * 60);
    server.verify(&last.access).await.with_status(StatusCode::UNAUTHORIZED);
    server.refresh(&last.refresh).await.with_status(StatusCode::UNAUTHORIZED);
    server.refresh("nonsense").await.with_status(StatusCode::UNAUTHORIZED);
    server.logout(&last.access).await.with_status(StatusCode::NO_CONTENT);
    server.shut_down().await;

    let own: String = log.text().lines().filter(|line| line.contains("session_warden_server")).collect();
    for expected in ["account created", "session started", "login refused", "refreshed", "password changed"] {
        assert!(own.contains(expected), "`{expected}` was not logged");
    }
    let reuse =
        log.text().lines().find(|line| line.contains("a used refresh token came again")).map(str::to_owned);
    let reuse = reuse.expect("reuse is logged");
    assert!(reuse.contains("WARN") && reuse.contains(&format!("session=\"{session}\"")), "{reuse}");

    // Every event says from where and, as far as a genuine token tells, of whom.
    let text = log.text();
    let by_somebody =
        |line: &&str| line.contains("session_warden_server::audit") && !line.contains("by the operator");
    let events: Vec<_> = text.lines().filter(by_somebody).collect();
    for event in &events {
        assert!(event.contains(" address=\""), "{event}");
    }
    for (message, known) in [
        ("access token refused", true),
        ("refresh refused", true),
        ("refresh refused", false),
        ("password change refused", true),
        ("logged out", true),
    ] {
        let is_it = |event: &&&str| event.contains(message) && event.contains("user=") == known;
        assert!(events.iter().any(|event| is_it(&event)), "{message}, known: {known}");
    }

    let log = log.text();
    let tokens = [first, second, third, fourth];
    let parts = tokens
        .iter()
        .flat_map(|pair| [&pair.access, &pair.refresh])
        .flat_map(|token| token.split('.').skip(1));
    let secrets = [SECRET, PASSWORD, new_password, wrong_password, "in-a-query"];
    for secret in parts.chain(secrets) {
        assert!(!log.contains(secret), "the log holds `{secret}`");
    }
}
