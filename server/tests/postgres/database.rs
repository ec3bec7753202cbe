//! Where the servers of these tests keep what they remember: a PostgreSQL that is started for them, with a
//! database for each.

#![expect(clippy::panic, reason = "a test that misses something says what")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;

/// Runs until its standard input ends, which it does with the tests, however they end.
const SCRIPT: &str = r#"
set -e
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')
initdb -D "$1/data" -U postgres -A trust -E UTF8 --locale=C -N >"$1/log" 2>&1
pg_ctl -D "$1/data" -l "$1/log" -w -o "-k $1 -c listen_addresses='' -c fsync=off -c max_connections=400" start >/dev/null
echo ready
cat >/dev/null
pg_ctl -D "$1/data" -m immediate stop >/dev/null
cd /
rm -rf "$1"
"#;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);
static DATABASES: AtomicUsize = AtomicUsize::new(0);

struct Cluster {
    directory: PathBuf,
    /// Holds the other end of its standard input.
    _running: Child,
}

impl Cluster {
    fn start() -> Self {
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
        command.args(["-c", SCRIPT, "sh"]).arg(&directory).current_dir(&directory).env("LC_ALL", "C");
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

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.directory.display())
    }
}

/// All that is kept, as text.
pub(crate) async fn contents(directory: &Path) -> Vec<u8> {
    let mut connection = PgConnection::connect(&database_in(directory).await).await.expect("a connection");
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<(String,)> = sqlx::query_as(tables).fetch_all(&mut connection).await.expect("tables");
    let mut contents = String::new();
    for (table,) in tables {
        let rows = AssertSqlSafe(format!("SELECT coalesce(string_agg(it::text, ' '), '') FROM {table} it"));
        let (rows,): (String,) = sqlx::query_as(rows).fetch_one(&mut connection).await.expect("rows");
        contents.push_str(&rows);
    }
    contents.into_bytes()
}

/// The database that `directory` remembers, or a new one.
pub(crate) async fn database_in(directory: &Path) -> String {
    let memory = directory.join("database-url");
    if let Ok(url) = fs::read_to_string(&memory) {
        return url;
    }
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
    let url = CLUSTER.url(&name);
    let mut connection = PgConnection::connect(&CLUSTER.url("postgres")).await.expect("a connection");
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.expect("a database");
    fs::write(memory, &url).expect("written");
    url
}
