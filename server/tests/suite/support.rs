//! A server to test, and words for what is done to it.

#![expect(clippy::panic, reason = "a test that misses something says what")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use clap::Parser;
use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use session_warden_server::{Cli, Clock, DatabaseLocation, Server, Settings, SettingsError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection, FromRow};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::database::{database_in, let_pass};

pub(crate) const EVENT_BOOKING: &str = include_str!("../../profiles/event-booking.toml");

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Time that stands still until it is moved.
pub(crate) struct HandClock {
    passed: AtomicI64,
    /// What the wall clock shows when no time has passed.
    set_to: AtomicI64,
}

impl HandClock {
    pub(crate) fn new() -> Self {
        Self { passed: AtomicI64::new(0), set_to: AtomicI64::new(1_800_000_000) }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.passed.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets the wall clock back, as an operator or a time server does; no time passes.
    pub(crate) fn set_back(&self, seconds: i64) {
        self.set_to.fetch_sub(seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let set_to = self.set_to.load(Ordering::SeqCst);
        Timestamp::from_unix_seconds(set_to + self.passed.load(Ordering::SeqCst))
    }

    fn since_start(&self) -> Duration {
        Duration::from_secs(self.passed.load(Ordering::SeqCst).unsigned_abs())
    }
}

/// How a [`TestServer`] is to be started.
#[derive(Default)]
pub(crate) struct Start {
    flags: Vec<String>,
    environment: Vec<(String, String)>,
    profile: Option<String>,
}

impl Start {
    pub(crate) fn flags<const N: usize>(mut self, flags: [&str; N]) -> Self {
        self.flags.extend(flags.map(str::to_owned));
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Plays the system that `text` describes.
    pub(crate) fn profile(mut self, text: String) -> Self {
        self.profile = Some(text);
        self
    }

    pub(crate) fn settings(self) -> Result<Settings, SettingsError> {
        let Self { mut flags, environment, profile } = self;
        let directory = TempDir::new().expect("a directory");
        if let Some(text) = profile {
            let file = directory.path().join("profile.toml");
            fs::write(&file, text).expect("a profile");
            flags.extend(["--profile".to_owned(), file.display().to_string()]);
        }
        let mut words = ["session-warden-server", "--listen", "127.0.0.1:0"].map(str::to_owned).to_vec();
        if !flags.iter().any(|flag| flag == "--bcrypt-cost") {
            words.extend(["--bcrypt-cost", "4"].map(str::to_owned));
        }
        let cli = Cli::try_parse_from(words.into_iter().chain(flags)).expect("flags");
        Settings::resolve(cli, &|name| {
            environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.into())
        })
    }

    pub(crate) async fn server(self) -> TestServer {
        self.server_in(TempDir::new().expect("a directory"), Arc::new(HandClock::new())).await
    }

    /// Starts on the database that lies in `directory`, or makes one there.
    pub(crate) async fn server_in(self, directory: TempDir, clock: Arc<HandClock>) -> TestServer {
        let database = database_in(directory.path()).await;
        let settings = self.flags(["--database", &database]).settings().expect("settings");
        let database = settings.database.clone();
        let server = Server::bind(settings, Arc::clone(&clock) as Arc<dyn Clock>).await.expect("a server");
        let url = server.url();
        let client = client_trusting(server.made_certificate());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            // A dropped sender stops the server as well: the test is over.
            let _ = stopped.await;
        }));
        TestServer { url, clock, database, directory, client, stop, running }
    }
}

pub(crate) fn client() -> Client {
    client_trusting(None)
}

/// A client that trusts this certificate and no other.
pub(crate) fn client_trusting(certificate: Option<&str>) -> Client {
    // The first test decides for all; they decide alike.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let known = certificate.map(|pem| Certificate::from_pem(pem.as_bytes()).expect("a certificate"));
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.tls_certs_only(known);
    client.timeout(Duration::from_secs(60)).build().expect("a client")
}

/// A running server, its clock and its database.
pub(crate) struct TestServer {
    pub(crate) url: String,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) database: DatabaseLocation,
    client: Client,
    directory: TempDir,
    stop: oneshot::Sender<()>,
    running: JoinHandle<std::io::Result<()>>,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Start::default().server().await
    }

    /// What a command that works on this server's database is given.
    pub(crate) fn settings_of_a_command(&self) -> Settings {
        Settings { database: self.database.clone(), ..Start::default().settings().expect("settings") }
    }

    /// The row that a query finds behind the server's back.
    pub(crate) async fn row<R>(&self, query: &'static str) -> R
    where
        R: for<'r> FromRow<'r, AnyRow> + Send + Unpin,
    {
        let database = database_in(self.directory.path()).await;
        let url = if database.contains("://") { database } else { format!("sqlite:{database}") };
        let mut connection = AnyConnection::connect(&url).await.expect("the database");
        let row = sqlx::query_as(query).fetch_one(&mut connection).await.expect("one row");
        connection.close().await.expect("closed");
        row
    }

    /// Lets time pass for what is counted by the database's clock as well.
    pub(crate) async fn let_pass(&self, seconds: i64) {
        self.clock.advance(seconds);
        let_pass(self.directory.path(), seconds).await;
    }

    /// Shuts down as a signal would, and hands back what the next start needs.
    pub(crate) async fn shut_down(self) -> (TempDir, Arc<HandClock>) {
        self.stop.send(()).expect("the server is running");
        self.running.await.expect("no panic").expect("no failure");
        (self.directory, self.clock)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn register(&self, email: &str, password: &str) -> Answer {
        send(self.post("/register").json(&json!({ "email": email, "password": password }))).await
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        send(self.post("/login").json(&json!({ "email": email, "password": password }))).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        send(self.post("/refresh").json(&json!({ "refresh_token": refresh_token }))).await
    }

    pub(crate) async fn verify(&self, access_token: &str) -> Answer {
        send(self.post("/verify").bearer_auth(access_token)).await
    }

    pub(crate) async fn logout(&self, access_token: &str) -> Answer {
        send(self.post("/logout").bearer_auth(access_token)).await
    }

    /// The tokens of a fresh account.
    pub(crate) async fn signed_up(&self) -> Tokens {
        self.register(EMAIL, PASSWORD).await.with_status(StatusCode::CREATED).tokens()
    }

    /// The tokens of one more session of that account.
    pub(crate) async fn signed_in(&self) -> Tokens {
        self.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK).tokens()
    }

    pub(crate) async fn is_valid(&self, access_token: &str) -> bool {
        self.verify(access_token).await.status == StatusCode::OK
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// What came back: status, headers, and the body as JSON, null where it is empty.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = match text.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text}")),
    };
    Answer { status, headers, body }
}

impl Answer {
    #[track_caller]
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Status and code of a refusal, having checked that it has the shape of all of them.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, &str) {
        let description = self.text("error_description");
        assert!(!description.is_empty(), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        (self.status.as_u16(), self.text("error"))
    }

    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> &str {
        self.body
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text `{member}`: {}", self.body))
    }

    #[track_caller]
    pub(crate) fn text_at(&self, pointer: &str) -> &str {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no text at `{pointer}`: {}", self.body))
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no header `{name}`: {self:?}"));
        value.to_str().expect("text")
    }

    #[track_caller]
    pub(crate) fn tokens(&self) -> Tokens {
        Tokens {
            access: self.text("access_token").to_owned(),
            refresh: self.text("refresh_token").to_owned(),
        }
    }
}
