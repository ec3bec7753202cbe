//! The program as it is released, as a process of its own.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The system that is played.
pub(crate) const PROFILE: &str = include_str!("../../profiles/event-booking.toml");

const UNLIMITED: &str = "\"1000000000/1s\"";

/// A server that does not outlive its measurement.
pub(crate) struct Node {
    pub(crate) url: String,
    process: Child,
}

impl Node {
    /// Starts one whose rates nobody reaches; its profile goes into `directory`.
    pub(crate) fn start(directory: &Path, database: &str, bcrypt_cost: &str) -> Result<Self, Box<dyn Error>> {
        let profile = directory.join("profile.toml");
        fs::write(&profile, PROFILE.replace("\"600/1m\"", UNLIMITED).replace("\"30/1m\"", UNLIMITED))?;
        let mut program = Command::new(env!("CARGO_BIN_EXE_session-warden-server"));
        program.env_clear().env("LOG_LEVEL", "error").args(["--listen", "127.0.0.1:0"]);
        program.args(["--client-header", "x-forwarded-for", "--bcrypt-cost", bcrypt_cost]);
        program.args(["--database", database, "--profile"]).arg(profile).stdout(Stdio::piped());
        let mut node = Self { url: String::new(), process: program.spawn()? };
        let mut line = String::new();
        BufReader::new(node.process.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
        node.url =
            line.trim_end().strip_prefix("listening on ").ok_or("the server did not start")?.to_owned();
        Ok(node)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
