//! Clients that ask over and over, each in a session of its own, and look at every answer.

use std::time::Duration;

use hdrhistogram::Histogram;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::task::JoinSet;
use tokio::time::Instant;

const PASSWORD: &str = "correct horse battery";

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    Refresh,
    Login,
}

/// Why a measurement is void. Holds no token: an answer that brings some is not quoted.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("no answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
    #[error("POST {path} was refused with {status}: {body}")]
    Refused { path: &'static str, status: StatusCode, body: String },
    #[error("POST {path} brought tokens that the client had already")]
    NothingNew { path: &'static str },
}

#[derive(PartialEq, Deserialize)]
struct Pair {
    access_token: String,
    refresh_token: String,
}

/// One client, with the tokens that it got last.
pub(crate) struct Session {
    http: Client,
    url: String,
    address: String,
    account: Value,
    tokens: Pair,
}

impl Session {
    /// Registers the account `index` at the server of `url`, and comes from an address of its own.
    pub(crate) async fn register(http: Client, url: String, index: usize) -> Result<Self, LoadError> {
        let address = format!("10.0.{}.{}", index / 256, index % 256);
        let account = json!({ "email": format!("client-{index}@example.com"), "password": PASSWORD });
        let none = Pair { access_token: String::new(), refresh_token: String::new() };
        let mut session = Self { http, url, address, account, tokens: none };
        let account = session.account.clone();
        session.take_up("/register", &account).await?;
        Ok(session)
    }

    pub(crate) async fn run(&mut self, work: Work) -> Result<(), LoadError> {
        match work {
            Work::Refresh => {
                let body = json!({ "refresh_token": self.tokens.refresh_token });
                self.take_up("/refresh", &body).await
            }
            Work::Login => {
                let body = self.account.clone();
                self.take_up("/login", &body).await
            }
        }
    }

    async fn take_up(&mut self, path: &'static str, body: &Value) -> Result<(), LoadError> {
        let request = self.http.post(format!("{}{path}", self.url)).header("x-forwarded-for", &self.address);
        let answer = request.json(body).send().await?;
        let status = answer.status();
        if !status.is_success() {
            return Err(LoadError::Refused { path, status, body: answer.text().await? });
        }
        let tokens: Pair = answer.json().await?;
        let Pair { access_token, refresh_token } = &self.tokens;
        if tokens.access_token == *access_token || tokens.refresh_token == *refresh_token {
            return Err(LoadError::NothingNew { path });
        }
        self.tokens = tokens;
        Ok(())
    }
}

/// How long the answers took, in microseconds, of those that came once `warm_up` was over and within `measured`
/// from then. The first answer that is not what it should be ends it all.
pub(crate) async fn drive(
    sessions: &mut Vec<Session>,
    work: Work,
    warm_up: Duration,
    measured: Duration,
) -> Result<Histogram<u64>, LoadError> {
    let begin = Instant::now() + warm_up;
    let end = begin + measured;
    let mut clients = JoinSet::new();
    for mut session in sessions.drain(..) {
        clients.spawn(async move {
            let mut latencies = latencies();
            let mut sent = Instant::now();
            while sent < end {
                session.run(work).await?;
                let answered = Instant::now();
                if (begin..end).contains(&answered) {
                    let micros = (answered - sent).as_micros();
                    latencies.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
                }
                sent = answered;
            }
            Ok::<_, LoadError>((session, latencies))
        });
    }
    let mut all = latencies();
    while let Some(client) = clients.join_next().await {
        let (session, latencies) = client.expect("no client panics")?;
        all.add(latencies).expect("both have the same bounds");
        sessions.push(session);
    }
    Ok(all)
}

/// Up to a minute, to three digits.
fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("bounds that fit each other")
}
