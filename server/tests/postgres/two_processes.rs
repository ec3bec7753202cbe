//! Two processes on one database behave as one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::database::database_in;
use crate::support::{Answer, EMAIL, PASSWORD, Tokens, client, send};

const SECRET: &str = "a secret of more than 32 bytes, for tests";

/// A process that does not outlive its test.
struct Node {
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
    async fn start(database: String, profile: &'static str) -> Self {
        let started = tokio::task::spawn_blocking(move || {
            let mut program = Command::new(env!("CARGO_BIN_EXE_session-warden-server"));
            program
                .env_clear()
                .env("DATABASE_URL", database)
                .env("JWT_SECRET", SECRET)
                .env("SECRET_KEY", SECRET);
            // Its log would stand between the test's own lines.
            program.env("LOG_LEVEL", "error");
            program.args(["--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--profile", profile]);
            let mut process = program.stdout(Stdio::piped()).spawn().expect("the program started");
            let mut line = String::new();
            BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
            let url = line.trim_end().strip_prefix("listening on ").expect("an address").to_owned();
            (url, process)
        });
        let (url, process) = started.await.expect("no panic");
        Self { url, client: client(), process }
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    async fn sign(&self, path: &str) -> Answer {
        send(self.post(path).json(&json!({ "email": EMAIL, "password": PASSWORD }))).await
    }

    async fn refresh(&self, tokens: &Tokens) -> Answer {
        send(self.post("/refresh").json(&json!({ "refresh_token": tokens.refresh }))).await
    }

    async fn verify(&self, tokens: &Tokens) -> StatusCode {
        send(self.post("/verify").bearer_auth(&tokens.access)).await.status
    }
}

/// Two nodes that start at the same moment, on an empty database.
async fn nodes(profile: &'static str) -> ([Arc<Node>; 2], TempDir) {
    let directory = TempDir::new().expect("a directory");
    let database = database_in(directory.path()).await;
    let (one, two) = tokio::join!(Node::start(database.clone(), profile), Node::start(database, profile));
    ([Arc::new(one), Arc::new(two)], directory)
}

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
