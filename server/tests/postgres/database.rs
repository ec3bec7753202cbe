//! Where the servers of these tests keep what they remember: a PostgreSQL that is started for them, with a
//! database for each.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::cluster::Cluster;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start("-c fsync=off -c max_connections=400"));
static DATABASES: AtomicUsize = AtomicUsize::new(0);

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

/// Takes so much time off the arrivals that the database has counted.
pub(crate) async fn let_pass(directory: &Path, seconds: i64) {
    let mut connection = PgConnection::connect(&database_in(directory).await).await.expect("a connection");
    let nanoseconds = seconds * 1_000_000_000;
    let update = format!("UPDATE rate_limits SET theoretical_arrival = theoretical_arrival - {nanoseconds}");
    sqlx::query(AssertSqlSafe(update)).execute(&mut connection).await.expect("an update");
}
