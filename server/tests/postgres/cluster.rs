//! A PostgreSQL that is started for those who ask, and ends with them.

#![expect(clippy::panic, reason = "who cannot have one says why")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;

/// Runs until its standard input ends, which it does with whoever started it, however that ends.
const SCRIPT: &str = r#"
set -e
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')
initdb -D "$1/data" -U postgres -A trust -E UTF8 --locale=C -N >"$1/log" 2>&1
pg_ctl -D "$1/data" -l "$1/log" -w -o "-k $1 -c listen_addresses='' $2" start >/dev/null
echo ready
cat >/dev/null
pg_ctl -D "$1/data" -m immediate stop >/dev/null
cd /
rm -rf "$1"
"#;

pub(crate) struct Cluster {
    directory: PathBuf,
    /// Holds the other end of its standard input.
    _running: Child,
}

impl Cluster {
    /// Starts one with these flags of `postgres` beside its defaults.
    pub(crate) fn start(flags: &str) -> Self {
        let directory = TempDir::new().expect("a directory").keep();
        let is_root = fs::metadata(&directory).expect("metadata").uid() == 0;
        let mut command = if is_root {
            chown(&directory, Some(NOBODY), Some(NOBODY)).expect("a directory to give away");
            let mut command = Command::new("setpriv");
            let nobody = NOBODY.to_string();
            command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", SCRIPT, "sh"]).arg(&directory).arg(flags);
        command.current_dir(&directory).env("LC_ALL", "C");
        let mut running =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh or setpriv can be run");
        let mut line = String::new();
        BufReader::new(running.stdout.take().expect("piped")).read_line(&mut line).expect("text");
        if line != "ready\n" {
            let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
            panic!("initdb and pg_ctl of PostgreSQL must be on PATH, or where Debian has them: {log}");
        }
        Self { directory, _running: running }
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.directory.display())
    }
}
