use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{EMAIL, TestServer, client};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_session-warden-server"));
    program.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn output<const N: usize>(flags: [&str; N]) -> (ExitStatus, String, String) {
    run(&flags)
}

fn run(flags: &[&str]) -> (ExitStatus, String, String) {
    let output = program().args(flags).output().expect("the program ran");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status, text(output.stdout), text(output.stderr))
}

/// A running program that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended by itself where the test went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn help_tells_a_stranger_what_it_is_and_how_to_try_it() {
    let (status, help, _) = output(["--help"]);
    assert!(status.success());
    for expected in [
        "reference auth backend",
        "Examples:",
        "--mount /=www",
        "--database",
        "127.0.0.1:8787",
        "Environment:",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
}

#[test]
fn profiles_are_listed_a_line_each() {
    let (status, list, _) = output(["--profiles"]);
    assert!(status.success());
    assert!(list.lines().any(|line| line.starts_with("event-booking: ")), "{list}");
}

#[test]
fn a_start_that_cannot_be_says_why_and_fails() {
    let unknown = output(["--profile", "nowhere"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let taken_port = output(["--listen", &address, "--database", ":memory:", "--bcrypt-cost", "4"]);
    let no_directory =
        output(["--listen", "127.0.0.1:0", "--database", "nowhere/at/all.sqlite", "--bcrypt-cost", "4"]);
    for ((status, stdout, stderr), reason) in
        [(unknown, "`nowhere`"), (taken_port, address.as_str()), (no_directory, "nowhere/at/all.sqlite")]
    {
        assert_eq!(status.code(), Some(1), "{stderr}");
        assert_eq!(stdout, "");
        assert!(stderr.contains("session-warden-server: ") && stderr.contains(reason), "{stderr}");
    }
}

#[test]
fn secrets_are_printed_as_an_environment_takes_them() {
    let (status, secrets, _) = output(["secrets", "--profile", "asp-cranes"]);
    assert!(status.success());
    let names: Vec<_> = secrets.lines().map(|line| line.split_once('=').expect("a value").0).collect();
    assert_eq!(names, ["JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET"]);
    let (_, others, _) = output(["secrets", "--profile", "asp-cranes"]);
    assert_ne!(secrets, others);
}

#[test]
fn secrets_are_made_whatever_the_environment_holds() {
    let mut secrets = program();
    secrets
        .args(["secrets", "--profile", "asp-cranes"])
        .env("JWT_SECRET", "short")
        .env("DATABASE_URL", "no:");
    let output = secrets.output().expect("the program ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = |algorithm: &str| {
        let mut secrets = program();
        let output = secrets.args(["secrets"]).env("JWT_ALGORITHM", algorithm).output().expect("it ran");
        (output.status.success(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    assert!(made("ES256").0);
    let (success, error) = made("RS256");
    assert!(!success && error.contains("JWT_ALGORITHM") && error.contains("`RS256`"), "{error}");
}

#[tokio::test]
async fn the_check_is_a_command() {
    let server = TestServer::start().await;
    let check = |database: &str, secret: &str| {
        let mut check = program();
        check.args(["check", "--profile", "justwatched", "--database", database]);
        let output = check.env("JWT_SECRET_KEY", secret).output().expect("the program ran");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let database = server.database.to_string();
    let strong = "a secret of more than 32 bytes, for tests";
    assert_eq!(check(&database, strong), "justwatched: all is well\n");
    // What works is not all well.
    let directory = TempDir::new().expect("a directory");
    let missing = directory.path().join("missing.sqlite").display().to_string();
    for (database, secret, remark) in [
        (&database, "", "JWT_SECRET_KEY is empty or unset"),
        (&database, "short", "JWT_SECRET_KEY is shorter than 32 bytes"),
        (&missing, strong, "there is no database"),
    ] {
        let told = check(database, secret);
        assert!(told.starts_with(&format!("justwatched: works, but\n- {remark}")), "{told}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 0);

    let (status, told, error) = output(["check", "--database", "nowhere/at/all.sqlite"]);
    assert_eq!((status.code(), told.as_str()), (Some(1), ""));
    assert!(error.contains("nowhere/at/all.sqlite"), "{error}");
}

#[tokio::test]
async fn commands_that_change_something_are_in_the_audit_log() {
    let server = TestServer::start().await;
    server.signed_up().await;
    let (user,): (String,) = server.row("SELECT id FROM users").await;
    let directory = TempDir::new().expect("a directory");
    let log = directory.path().join("audit.log").display().to_string();
    let database = server.database.to_string();
    for command in [vec!["roles", EMAIL, "admin"], vec!["end-sessions"]] {
        let (status, _, error) =
            run(&[&command, ["--database", &database, "--audit-log", &log].as_slice()].concat());
        assert!(status.success(), "{error}");
    }
    let events = std::fs::read_to_string(log).expect("an audit log");
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<_> = events.iter().map(|event| (event["event"].clone(), event["user"].clone())).collect();
    let user = serde_json::Value::from(user);
    assert_eq!(told, [("roles_changed".into(), user.clone()), ("ended_by_operator".into(), user)]);
}

#[test]
fn commands_work_on_a_database_that_is_there() {
    let directory = TempDir::new().expect("a directory");
    let missing = directory.path().join("missing.sqlite").display().to_string();
    let backup = directory.path().join("backup.sqlite").display().to_string();
    for command in [vec!["roles", "ada@example.com", "admin"], vec!["end-sessions"], vec!["backup", &backup]]
    {
        for database in [missing.as_str(), ":memory:"] {
            let flags = [command.as_slice(), &["--database", database]].concat();
            let (status, told, error) = run(&flags);
            assert_eq!((status.code(), told.as_str()), (Some(1), ""), "{command:?} {database}");
            assert!(error.contains(&format!("there is no database {database}")), "{error}");
        }
    }
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn it_prints_its_address_serves_and_ends_at_a_signal() {
    let directory = TempDir::new().expect("a directory");
    let database = directory.path().join("new.sqlite");
    let audit_log = directory.path().join("audit.log");
    for signal in ["TERM", "INT"] {
        let flags = ["--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--database"];
        let mut command = program();
        command.args(flags).arg(&database).arg("--audit-log").arg(&audit_log);
        let mut program = Running(command.spawn().expect("the program started"));
        let mut stdout = BufReader::new(program.0.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let url = line.strip_prefix("listening on ").expect("an address").trim_end().to_owned();

        // The client keeps its connection open, and that must not keep the server.
        let client = client();
        let answer = client.get(format!("{url}/healthz")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);

        let login = serde_json::json!({ "email": "nobody@example.com", "password": "a guess" });
        let answer = client.post(format!("{url}/login")).json(&login).send().await.expect("an answer");
        assert_eq!(answer.status(), 401);

        let pid = program.0.id();
        let sent =
            Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]).status().expect("sh ran");
        assert!(sent.success());
        let ended = tokio::task::spawn_blocking(move || {
            let status = program.0.wait().expect("an end");
            let (mut rest, mut log) = (String::new(), String::new());
            stdout.read_to_string(&mut rest).expect("UTF-8");
            program.0.stderr.take().expect("piped").read_to_string(&mut log).expect("UTF-8");
            (status, rest, log)
        });
        let ended = tokio::time::timeout(Duration::from_secs(8), ended).await;
        let (status, rest, log) = ended.expect("it did not end").expect("no panic");
        assert!(status.success(), "{log}");
        assert_eq!(rest, "", "standard output carries one line");
        assert!(log.contains("JWT_SECRET is empty or unset"), "{log}");
        assert!(log.contains("shutting down"), "{log}");
    }
    assert!(database.is_file());
    let audit_log = std::fs::read_to_string(audit_log).expect("an audit log");
    let events: Vec<serde_json::Value> =
        audit_log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events.len(), 2, "a login refused in each run");
    for event in events {
        assert_eq!((&event["event"], &event["reason"]), (&"login_refused".into(), &"unknown_account".into()));
        assert_eq!(event["address"], "127.0.0.1");
        assert!(event["timestamp"].is_string());
    }
    assert!(!audit_log.contains("nobody") && !audit_log.contains("a guess"), "{audit_log}");
}
