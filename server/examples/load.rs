//! How many refreshes a second one server answers, rotation strict and each on disk before it is answered:
//!
//! ```sh
//! cargo run --release -p session-warden-server --example load
//! DATABASE_URL=postgres://… cargo run --release -p session-warden-server --example load
//! ```
//!
//! Prints a JSON object. Clients and server share the machine's processors.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_methods, reason = "the time that passes for a client is measured")]

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use reqwest::Client;
use serde_json::{Value, json};
use session_warden_server::{Cli, Server, Settings, SystemClock};
use tokio::task::JoinSet;

/// Sessions that refresh over and over, each its own.
const SESSIONS: usize = 32;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The client's library asks for one, though nothing here is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let directory = tempfile::TempDir::new()?;
    let profile = directory.path().join("profile.toml");
    let rates = [("\"600/1m\"", "\"1000000000/1s\""), ("\"30/1m\"", "\"1000000000/1s\"")];
    let text = include_str!("../profiles/event-booking.toml").to_owned();
    std::fs::write(&profile, rates.iter().fold(text, |text, (from, to)| text.replace(from, to)))?;
    let database = env::var("DATABASE_URL");
    let database = database.unwrap_or_else(|_| directory.path().join("load.sqlite").display().to_string());
    let flags = ["load", "--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--profile"].map(str::to_owned);
    let flags =
        flags.into_iter().chain([profile.display().to_string(), "--database".to_owned(), database.clone()]);
    let settings = Settings::resolve(Cli::try_parse_from(flags)?, &|_| None)?;
    let server = Server::bind(settings, Arc::new(SystemClock)).await?;
    let url = server.url();
    tokio::spawn(server.run(std::future::pending()));

    let client = Client::builder().no_proxy().build()?;
    let mut sessions = JoinSet::new();
    for index in 0..SESSIONS {
        sessions.spawn(live(client.clone(), url.clone(), index));
    }
    let mut latencies = Vec::new();
    for session in sessions.join_all().await {
        latencies.extend(session?);
    }
    latencies.sort_unstable();
    let at = |share: f64| {
        let index = (latencies.len() as f64 * share) as usize;
        latencies.get(index).map(|latency| latency.as_secs_f64() * 1000.0)
    };
    let figures = json!({
        "refreshes_per_second": latencies.len() as f64 / MEASURED.as_secs_f64(),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "sessions": SESSIONS,
        "database": if database.starts_with("postgres") { "PostgreSQL" } else { "SQLite" },
        "processors": thread::available_parallelism()?.get(),
    });
    println!("{figures}");
    Ok(())
}

/// One session's refreshes: how long each of them took, after the warm-up.
async fn live(client: Client, url: String, index: usize) -> Result<Vec<Duration>, reqwest::Error> {
    let email = format!("load-{}-{index}@example.com", std::process::id());
    let account = json!({ "email": email, "password": "correct horse battery" });
    let mut token = post(&client, format!("{url}/register"), &account).await?;
    let started = Instant::now();
    let mut latencies = Vec::new();
    while started.elapsed() < WARM_UP + MEASURED {
        let sent = Instant::now();
        token = post(&client, format!("{url}/refresh"), &json!({ "refresh_token": token })).await?;
        if started.elapsed() > WARM_UP {
            latencies.push(sent.elapsed());
        }
    }
    Ok(latencies)
}

async fn post(client: &Client, url: String, body: &Value) -> Result<String, reqwest::Error> {
    let answer: Value = client.post(url).json(body).send().await?.error_for_status()?.json().await?;
    Ok(answer.get("refresh_token").and_then(Value::as_str).expect("tokens").to_owned())
}
