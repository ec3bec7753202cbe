//! The server as several processes on one database.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::json;
use tempfile::TempDir;

use crate::database::database_in;
use crate::support::{Answer, EMAIL, PASSWORD, Tokens, client, send};

const SECRET: &str = "a secret of more than 32 bytes, for tests";

/// A process that does not outlive its test.
pub(crate) struct Node {
    url: String,
    client: Client,
    process: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself, having failed; its test says so.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Node {
    async fn start(database: String, profile: String) -> Self {
        let started = tokio::task::spawn_blocking(move || {
            let mut program = Command::new(env!("CARGO_BIN_EXE_session-warden-server"));
            program
                .env_clear()
                .env("DATABASE_URL", database)
                .env("JWT_SECRET", SECRET)
                .env("SECRET_KEY", SECRET);
            // Its log would stand between the test's own lines.
            program.env("LOG_LEVEL", "error");
            program.args(["--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--profile", &profile]);
            let mut process = program.stdout(Stdio::piped()).spawn().expect("the program started");
            let mut line = String::new();
            BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
            let url = line.trim_end().strip_prefix("listening on ").expect("an address").to_owned();
            (url, process)
        });
        let (url, process) = started.await.expect("no panic");
        Self { url, client: client(), process }
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    pub(crate) async fn sign(&self, path: &str) -> Answer {
        send(self.post(path).json(&json!({ "email": EMAIL, "password": PASSWORD }))).await
    }

    pub(crate) async fn refresh(&self, tokens: &Tokens) -> Answer {
        send(self.post("/refresh").json(&json!({ "refresh_token": tokens.refresh }))).await
    }

    pub(crate) async fn verify(&self, tokens: &Tokens) -> StatusCode {
        send(self.post("/verify").bearer_auth(&tokens.access)).await.status
    }
}

/// Two nodes that start at the same moment, on an empty database.
pub(crate) async fn nodes(profile: &str) -> ([Arc<Node>; 2], TempDir) {
    nodes_in(TempDir::new().expect("a directory"), profile).await
}

/// The same with the system that `text` describes.
pub(crate) async fn nodes_of_profile(text: &str) -> ([Arc<Node>; 2], TempDir) {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("profile.toml");
    fs::write(&file, text).expect("a profile");
    nodes_in(directory, &file.display().to_string()).await
}

async fn nodes_in(directory: TempDir, profile: &str) -> ([Arc<Node>; 2], TempDir) {
    let database = database_in(directory.path()).await;
    let start = || Node::start(database.clone(), profile.to_owned());
    let (one, two) = tokio::join!(start(), start());
    ([Arc::new(one), Arc::new(two)], directory)
}
