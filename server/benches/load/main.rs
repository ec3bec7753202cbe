//! How many refreshes and logins a second one server answers and how long each takes: over HTTP, with the program
//! as it is released, on SQLite and on PostgreSQL, in one run. `cargo xtask bench server` is the way to it.
//!
//! Rotation is strict, and each refresh is on disk before it is answered. Clients, server and database share the
//! machine's processors, so a row means something beside the others of its run alone.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are what it is for")]

mod clients;
#[path = "../../tests/postgres/cluster.rs"]
mod cluster;
mod node;
mod table;

use std::error::Error;
use std::path::Path;
use std::time::Duration;
use std::{env, fs, thread};

use clap::Parser;
use reqwest::Client;
use tempfile::TempDir;

use clients::{Session, Work, drive};
use cluster::Cluster;
use node::{Node, PROFILE};
use table::{Figures, Row, table};

/// The least that bcrypt has: next to nothing, so that what remains is the rest of a login.
const LEAST_COST: &str = "4";

#[derive(Parser)]
struct Args {
    /// How many clients ask at once, each in a session of its own
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// How long each row is measured, in seconds, after a warm-up of a fifth of that
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Said by `cargo bench`; a test run, which is no place to measure, goes without
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    if !args.bench {
        return Ok(());
    }
    // The client's library asks for one, though nothing here is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let directory = TempDir::new()?;
    let cluster = Cluster::start("");
    let sqlite = directory.path().join("load.sqlite").display().to_string();
    let mut figures = Vec::new();
    for (database, location) in [("SQLite", sqlite), ("PostgreSQL", cluster.url("postgres"))] {
        figures.push(Figures { database, rows: rows(&args, directory.path(), database, &location).await? });
    }
    println!("{}\n\n{}", machine()?, table(&figures));
    Ok(())
}

async fn rows(
    args: &Args,
    directory: &Path,
    database: &str,
    location: &str,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let profiles_cost = profiles_cost()?;
    let mut rows = Vec::new();
    let mut row = async |sessions: &mut Vec<Session>, work, request: String| {
        eprintln!("measuring on {database}: {request}, {} at once", sessions.len());
        let measured = Duration::from_secs(args.seconds);
        let clients = sessions.len();
        let latencies = drive(sessions, work, measured / 5, measured).await?;
        rows.push(Row { request, clients, latencies, measured });
        Ok::<_, Box<dyn Error>>(())
    };

    let node = Node::start(directory, location, &profiles_cost)?;
    let mut sessions = registered(&node, 0, args.clients).await?;
    row(&mut sessions, Work::Refresh, "refresh".to_owned()).await?;
    let mut one = sessions.split_off(args.clients.saturating_sub(1));
    row(&mut one, Work::Refresh, "refresh".to_owned()).await?;
    sessions.append(&mut one);
    row(&mut sessions, Work::Login, format!("login, bcrypt at cost {profiles_cost}, the profile's")).await?;
    drop(node);

    let node = Node::start(directory, location, LEAST_COST)?;
    let mut sessions = registered(&node, args.clients, args.clients).await?;
    row(&mut sessions, Work::Login, format!("login, bcrypt at cost {LEAST_COST}, the least")).await?;
    Ok(rows)
}

/// So many clients, whose accounts are numbered from `first`.
async fn registered(node: &Node, first: usize, count: usize) -> Result<Vec<Session>, Box<dyn Error>> {
    let mut sessions = Vec::new();
    for index in first..first + count {
        let http = Client::builder().no_proxy().build()?;
        sessions.push(Session::register(http, node.url.clone(), index).await?);
    }
    Ok(sessions)
}

fn profiles_cost() -> Result<String, Box<dyn Error>> {
    let profile: toml::Table = PROFILE.parse()?;
    let cost = profile.get("passwords").and_then(|passwords| passwords.get("bcrypt_cost")?.as_integer());
    Ok(cost.ok_or("the profile has no bcrypt cost")?.to_string())
}

/// What the figures are of, as far as the system tells.
fn machine() -> Result<String, Box<dyn Error>> {
    let said = |file: &str, key: &str, sign: char| {
        let text = fs::read_to_string(file).ok()?;
        let value = text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(sign))?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    let processor = said("/proc/cpuinfo", "model name", ':').unwrap_or_else(|| env::consts::ARCH.to_owned());
    let system = said("/etc/os-release", "PRETTY_NAME", '=').unwrap_or_else(|| env::consts::OS.to_owned());
    Ok(format!("{processor}, {} cores, {system}", thread::available_parallelism()?))
}
