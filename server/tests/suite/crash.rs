//! Killed in the middle of a storm of refreshes, and started again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::database::database_in;
use crate::support::{EVENT_BOOKING, PASSWORD, client};

const FAMILIES: usize = 24;
/// So many refreshes, and then the end.
const STORM: u32 = 200;

struct Node {
    url: String,
    process: Child,
}

impl Node {
    async fn start(directory: &TempDir, profile: &str) -> Self {
        let database = database_in(directory.path()).await;
        let file = directory.path().join("profile.toml");
        std::fs::write(&file, profile).expect("written");
        let started = tokio::task::spawn_blocking(move || {
            let mut program = Command::new(env!("CARGO_BIN_EXE_session-warden-server"));
            program.env_clear().env("JWT_SECRET", "a secret of more than 32 bytes, for tests");
            program.env("LOG_LEVEL", "error").env("DATABASE_URL", database).arg("--profile").arg(file);
            let program =
                program.args(["--listen", "127.0.0.1:0", "--bcrypt-cost", "4"]).stdout(Stdio::piped());
            let mut process = program.spawn().expect("the program started");
            let mut line = String::new();
            BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
            (line.trim_end().strip_prefix("listening on ").expect("an address").to_owned(), process)
        });
        let (url, process) = started.await.expect("no panic");
        Self { url, process }
    }

    /// SIGKILL: nothing is finished, nothing is said.
    fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("an end");
    }
}

/// What one holder of a family knows: the token it would send, and those that were answered with another.
#[derive(Debug, Clone)]
struct Family {
    current: String,
    used: Vec<String>,
    /// The last refresh was sent and not answered.
    in_doubt: bool,
}

async fn refresh(client: &Client, url: &str, token: &str) -> Option<(StatusCode, Value)> {
    let request = client.post(format!("{url}/refresh")).json(&json!({ "refresh_token": token }));
    let response = request.send().await.ok()?;
    let status = response.status();
    Some((status, response.json().await.ok()?))
}

fn refresh_token_in(body: &Value) -> String {
    body.get("refresh_token").and_then(Value::as_str).expect("a token").to_owned()
}

async fn families(client: &Client, url: &str) -> Vec<Family> {
    let mut families = Vec::new();
    for index in 0..FAMILIES {
        let account = json!({ "email": format!("user{index}@example.com"), "password": PASSWORD });
        let response = client.post(format!("{url}/register")).json(&account).send().await.expect("an answer");
        let body: Value = response.json().await.expect("JSON");
        let current = refresh_token_in(&body);
        families.push(Family { current, used: vec![], in_doubt: false });
    }
    families
}

/// Refreshes all families at once, over and over, until the server is killed.
async fn storm(node: Node, client: &Client, families: Vec<Family>) -> Vec<Family> {
    let answered = Arc::new(Semaphore::new(0));
    let mut holders = JoinSet::new();
    for mut family in families {
        let (client, url, answered) = (client.clone(), node.url.clone(), Arc::clone(&answered));
        holders.spawn(async move {
            while let Some((status, body)) = refresh(&client, &url, &family.current).await {
                assert_eq!(status, StatusCode::OK, "{body}");
                let next = refresh_token_in(&body);
                family.used.push(std::mem::replace(&mut family.current, next));
                answered.add_permits(1);
            }
            family.in_doubt = true;
            family
        });
    }
    drop(answered.acquire_many(STORM).await.expect("it stays open"));
    node.kill();
    holders.join_all().await
}

async fn crashed(profile: &str) -> (Node, Client, Vec<Family>, TempDir) {
    let directory = TempDir::new().expect("a directory");
    let client = client();
    let node = Node::start(&directory, profile).await;
    let families = families(&client, &node.url).await;
    let families = storm(node, &client, families).await;
    assert!(
        families.iter().all(|family| family.in_doubt)
            && families.iter().any(|family| !family.used.is_empty())
    );
    let node = Node::start(&directory, profile).await;
    (node, client, families, directory)
}

fn patient() -> String {
    EVENT_BOOKING
        .replace("access_check = \"session\"", "access_check = \"session\"\nreuse_grace = \"1m\"")
        .replace("per_address = \"600/1m\"", "per_address = \"1000000/1m\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_grace_window_every_family_goes_on() {
    let (node, client, families, _directory) = crashed(&patient()).await;
    for family in families {
        // Whether the last answer was lost before or after the commit: the same token brings it.
        let (status, body) = refresh(&client, &node.url, &family.current).await.expect("an answer");
        assert_eq!(status, StatusCode::OK, "{body}");
        let (status, _) = refresh(&client, &node.url, &refresh_token_in(&body)).await.expect("an answer");
        assert_eq!(status, StatusCode::OK);
    }
    node.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_that_was_answered_is_accepted_again() {
    let strict = patient().replace("reuse_grace = \"1m\"\n", "");
    let (node, client, families, _directory) = crashed(&strict).await;
    let mut lost = 0;
    for family in families {
        let (status, body) = refresh(&client, &node.url, &family.current).await.expect("an answer");
        if status != StatusCode::OK {
            // Only what had been exchanged, with the answer on its way, may be taken for reuse.
            assert!(body["error_description"].as_str().expect("words").contains("used before"), "{body}");
            lost += 1;
        }
        for used in family.used.iter().rev().take(3) {
            let (status, body) = refresh(&client, &node.url, used).await.expect("an answer");
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
        }
    }
    assert!(lost < FAMILIES, "not one family was between two refreshes");
    node.kill();
}
