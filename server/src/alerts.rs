//! A program of the operator's that hears of what needs a look.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time;

/// More than that at once is one attack, and the program has heard of it.
const WAITING: usize = 64;
const LONGEST_RUN: Duration = Duration::from_secs(30);

/// Hands events to the program, one after the other, and never makes a request wait.
pub(crate) struct Alerts(Sender<Value>);

impl Alerts {
    /// Runs `program` for each event, with the event as a JSON object on its standard input.
    pub(crate) fn to(program: PathBuf) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(run(program, receiver));
        Self(sender)
    }

    pub(crate) fn raise(&self, event: Value) {
        if self.0.try_send(event).is_err() {
            tracing::warn!("too many alerts wait: this one is in the log alone");
        }
    }
}

async fn run(program: PathBuf, mut events: Receiver<Value>) {
    while let Some(event) = events.recv().await {
        match time::timeout(LONGEST_RUN, hand_over(&program, &event)).await {
            Ok(Ok(status)) if status.success() => {}
            Ok(Ok(status)) => {
                tracing::error!(program = %program.display(), %status, "the alert program failed")
            }
            Ok(Err(error)) => {
                tracing::error!(program = %program.display(), %error, "the alert program could not be run");
            }
            Err(_) => tracing::error!(program = %program.display(), "the alert program took too long"),
        }
    }
}

async fn hand_over(program: &Path, event: &Value) -> io::Result<ExitStatus> {
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    // What signs tokens is none of its business.
    let mut child = command.env_clear().envs(std::env::var("PATH").map(|path| ("PATH", path))).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(event.to_string().as_bytes()).await {
            // It need not read what it is told.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    child.wait().await
}
