//! The profile `asp-cranes`: tokens in cookies, CSRF tokens, roles.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ORIGIN, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::json;
use session_warden_server::commands;

use crate::support::{Answer, EMAIL, PASSWORD, Start, TestServer, send};

const MINUTE: i64 = 60;

async fn asp_cranes() -> TestServer {
    Start::default().flags(["--profile", "asp-cranes", "--tls"]).server().await
}

/// A browser's cookies for one origin.
#[derive(Debug, Clone, Default, PartialEq)]
struct Jar(HashMap<String, String>);

impl Jar {
    fn keep(&mut self, answer: &Answer) {
        for cookie in cookies(answer) {
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            if cookie.contains("Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// As a browser sends a request that any page can make.
    fn unasked(&self, request: RequestBuilder) -> RequestBuilder {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("cookie", pairs.join("; "))
    }

    /// As the system's own page sends it.
    fn on(&self, request: RequestBuilder) -> RequestBuilder {
        self.unasked(request).header("x-csrf-token", self.0.get("__Host-csrf").expect("a CSRF cookie"))
    }
}

fn cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().expect("text")).collect()
}

async fn register(server: &TestServer) -> (Jar, Answer) {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let answer =
        send(server.post("/api/auth/register").json(&account)).await.with_status(StatusCode::CREATED);
    let mut jar = Jar::default();
    jar.keep(&answer);
    (jar, answer)
}

async fn token_info(server: &TestServer, jar: &Jar) -> Answer {
    send(jar.unasked(server.get("/api/auth/token-info"))).await
}

async fn refresh(server: &TestServer, jar: &mut Jar) -> Answer {
    let answer = send(jar.on(server.post("/api/auth/refresh"))).await;
    jar.keep(&answer);
    answer
}

#[tokio::test]
async fn tokens_go_in_cookies_that_no_script_reads_and_nowhere_else() {
    let server = asp_cranes().await;
    assert!(server.url.starts_with("https://"));
    let (mut jar, registered) = register(&server).await;
    let user =
        json!({ "id": registered.body["user"]["id"], "email": EMAIL, "name": null, "roles": ["sales"] });
    assert_eq!(registered.body, json!({ "expires_in": 15 * MINUTE, "user": user }));
    let refreshed = refresh(&server, &mut jar).await.with_status(StatusCode::OK);
    assert_eq!(refreshed.body, json!({ "expires_in": 15 * MINUTE }));
    for answer in [&registered, &refreshed] {
        let mut attributes: Vec<_> = cookies(answer)
            .into_iter()
            .map(|cookie| {
                let (name, rest) = cookie.split_once('=').expect("a value");
                (name, rest.split_once("; ").expect("attributes").1.to_owned())
            })
            .collect();
        attributes.sort_unstable();
        assert_eq!(
            attributes,
            [
                ("__Host-access", "HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=900".to_owned()),
                ("__Host-csrf", "SameSite=Strict; Secure; Path=/; Max-Age=604800".to_owned()),
                ("__Host-refresh", "HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=604800".to_owned()),
            ]
        );
    }
}

#[tokio::test]
async fn where_one_can_ask_to_be_remembered_the_cookies_of_others_end_with_the_browser() {
    let asking = include_str!("../../profiles/asp-cranes.toml")
        .replace("[fields]\n", "[fields]\nremember = \"remember\"\n")
        .replace("refresh_ttl = \"7d\"", "refresh_ttl = \"7d\"\nremembered_ttl = \"30d\"");
    let server = Start::default().profile(asking).flags(["--tls"]).server().await;
    register(&server).await;
    for (remember, max_age) in [(false, None), (true, Some("Max-Age=2592000"))] {
        let login = json!({ "email": EMAIL, "password": PASSWORD, "remember": remember });
        let answer = send(server.post("/api/auth/login").json(&login)).await.with_status(StatusCode::OK);
        let mut jar = Jar::default();
        jar.keep(&answer);
        for answer in [answer, refresh(&server, &mut jar).await.with_status(StatusCode::OK)] {
            let cookies = cookies(&answer);
            let refresh =
                cookies.iter().find(|cookie| cookie.starts_with("__Host-refresh=")).expect("a cookie");
            assert_eq!(refresh.split("; ").find(|attribute| attribute.starts_with("Max-Age")), max_age);
        }
    }
}

#[tokio::test]
async fn token_info_tells_the_page_what_it_cannot_see() {
    let server = asp_cranes().await;
    let (mut jar, registered) = register(&server).await;
    server.clock.advance(5 * MINUTE);
    let info = token_info(&server, &jar).await.with_status(StatusCode::OK);
    assert_eq!(info.body["user"], registered.body["user"]);
    assert_eq!(info.body["roles"], json!(["sales"]));
    assert_eq!(info.body["claims"]["roles"], json!(["sales"]));
    assert_eq!(info.body["claims"]["email"], EMAIL);
    assert_eq!(info.body["expires_in"], 10 * MINUTE);
    assert_eq!(info.body["expires_at"], 1_800_000_000 + 15 * MINUTE);

    server.clock.advance(10 * MINUTE);
    assert_eq!(token_info(&server, &jar).await.refusal(), (401, "invalid_token"));
    refresh(&server, &mut jar).await.with_status(StatusCode::OK);
    token_info(&server, &jar).await.with_status(StatusCode::OK);
    assert_eq!(token_info(&server, &Jar::default()).await.refusal(), (401, "invalid_token"));
}

#[tokio::test]
async fn an_unsafe_request_needs_the_csrf_token_of_its_own_session() {
    let server = asp_cranes().await;
    let (jar, _) = register(&server).await;
    let (other, _) = {
        let account = json!({ "email": "grace@example.com", "password": PASSWORD });
        let answer = send(server.post("/api/auth/register").json(&account)).await;
        let mut jar = Jar::default();
        jar.keep(&answer);
        (jar, answer)
    };
    let adding = || server.post("/api/leads").json(&json!({ "title": "A crane" }));
    let forgeries = || {
        let planted = Jar(HashMap::from_iter(
            jar.0
                .iter()
                .filter(|(name, _)| *name != "__Host-csrf")
                .map(|(k, v)| (k.clone(), v.clone()))
                .chain([("__Host-csrf".to_owned(), other.0["__Host-csrf"].clone())]),
        ));
        [
            (jar.clone(), None),
            (jar.clone(), Some(String::new())),
            (jar.clone(), Some(other.0["__Host-csrf"].clone())),
            // A cookie that somebody planted, and its echo.
            (planted, Some(other.0["__Host-csrf"].clone())),
        ]
    };
    let urls = ["/api/auth/refresh", "/api/auth/logout", "/api/auth/logout-all"];
    let requests = || urls.map(|url| server.post(url)).into_iter().chain([adding()]);
    for (jar, token) in forgeries() {
        for request in requests() {
            let request = match &token {
                Some(token) => jar.unasked(request).header("x-csrf-token", token),
                None => jar.unasked(request),
            };
            assert_eq!(send(request).await.refusal(), (403, "csrf_refused"));
        }
    }
    // Nothing came of all that.
    send(jar.unasked(server.get("/api/leads"))).await.with_status(StatusCode::OK);
    send(jar.on(adding())).await.with_status(StatusCode::CREATED);
    let mut jar = jar;
    refresh(&server, &mut jar).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn refresh_tokens_rotate_in_cookies_too() {
    let server = asp_cranes().await;
    let (mut jar, _) = register(&server).await;
    let before = jar.clone();
    refresh(&server, &mut jar).await.with_status(StatusCode::OK);
    assert_ne!(jar, before);
    assert_eq!(refresh(&server, &mut before.clone()).await.refusal(), (401, "invalid_grant"));
    assert_eq!(token_info(&server, &jar).await.refusal(), (401, "invalid_token"));
    // A page without cookies has to learn that there is no session, and not that it made a mistake.
    assert_eq!(send(server.post("/api/auth/refresh")).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn logout_ends_the_session_and_takes_the_cookies_away() {
    let server = asp_cranes().await;
    let (mut jar, _) = register(&server).await;
    let before = jar.clone();
    let answer = send(jar.on(server.post("/api/auth/logout"))).await.with_status(StatusCode::NO_CONTENT);
    jar.keep(&answer);
    assert_eq!(jar, Jar::default());
    assert_eq!(token_info(&server, &before).await.refusal(), (401, "invalid_token"));
    assert_eq!(refresh(&server, &mut before.clone()).await.refusal(), (401, "invalid_grant"));
    // Any page can have this sent, and a browser would obey what it is answered: nobody's cookies go for it.
    for path in ["/api/auth/logout", "/api/auth/logout-all"] {
        let answer = send(server.post(path)).await.with_status(StatusCode::NO_CONTENT);
        assert_eq!(cookies(&answer), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn protected_routes_ask_for_roles() {
    let server = asp_cranes().await;
    let (jar, _) = register(&server).await;
    let allowed = async |expected: [(&str, u16); 5]| {
        for (path, status) in expected {
            let answer = send(jar.unasked(server.get(path))).await;
            assert_eq!(answer.status.as_u16(), status, "{path}");
            if status == 403 {
                assert_eq!(answer.refusal(), (403, "forbidden"));
                let adding = jar.on(server.post(path)).json(&json!({ "title": "A crane" }));
                assert_eq!(send(adding).await.refusal(), (403, "forbidden"));
            }
            assert_eq!(send(server.get(path)).await.refusal(), (401, "invalid_token"));
        }
    };
    let (leads, ai, quotations) = ("/api/leads", "/api/ai", "/api/quotations");
    allowed([(leads, 200), (ai, 200), (quotations, 200), ("/api/jobs", 403), ("/api/users", 403)]).await;

    let settings = server.settings_of_a_command();
    commands::set_roles(&settings, EMAIL, &["admin".to_owned()]).await.expect("an account");
    allowed([(leads, 200), (ai, 200), (quotations, 200), ("/api/jobs", 200), ("/api/users", 200)]).await;
    commands::set_roles(&settings, EMAIL, &[]).await.expect("an account");
    allowed([(leads, 403), (ai, 403), (quotations, 403), ("/api/jobs", 403), ("/api/users", 403)]).await;

    let unknown = commands::set_roles(&settings, "nobody@example.com", &[]).await;
    assert!(unknown.expect_err("no account").to_string().contains("nobody@example.com"));
    let spaced = commands::set_roles(&settings, EMAIL, &["two words".to_owned()]).await;
    assert!(spaced.expect_err("no role").to_string().contains("`two words`"));
}

#[tokio::test]
async fn pages_of_listed_origins_may_send_cookies() {
    let page = "https://crm.example";
    let flags = ["--profile", "asp-cranes", "--tls", "--allow-origin", page];
    let server = Start::default().flags(flags).server().await;
    let answer = send(server.get("/api/auth/token-info").header(ORIGIN, page)).await;
    assert_eq!(answer.header("access-control-allow-origin"), page);
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    let preflight = server.request("OPTIONS", "/api/auth/refresh").header(ORIGIN, page);
    let preflight = send(preflight.header("access-control-request-method", "POST")).await;
    assert!(preflight.header("access-control-allow-headers").contains("x-csrf-token"), "{preflight:?}");
}

#[tokio::test]
async fn all_sessions_can_be_ended_at_once_and_who_is_affected_is_told() {
    let server = asp_cranes().await;
    let (jar, _) = register(&server).await;
    let settings = server.settings_of_a_command();
    let affected = commands::end_sessions(&settings, &*server.clock).await.expect("a list");
    assert_eq!(affected, [EMAIL]);
    assert_eq!(token_info(&server, &jar).await.refusal(), (401, "invalid_token"));
    let affected = commands::end_sessions(&settings, &*server.clock).await.expect("a list");
    assert_eq!(affected, Vec::<String>::new());
}

#[tokio::test]
async fn sessions_outlive_a_change_of_the_secret_behind_their_csrf_tokens() {
    let [old, new] = ["x", "y"].map(|byte| STANDARD.encode(byte.repeat(64)));
    let start = |session: &str, previous: &str| {
        let start = Start::default().flags(["--profile", "asp-cranes", "--tls"]);
        let start = start.variable("JWT_SECRET", &old).variable("JWT_REFRESH_SECRET", &old);
        start.variable("SESSION_SECRET", session).variable("SESSION_SECRET_PREVIOUS", previous)
    };
    let server = start(&old, "").server().await;
    let (mut jar, _) = register(&server).await;
    let before = jar.clone();
    let (directory, clock) = server.shut_down().await;

    let server = start(&new, &old).server_in(directory, clock).await;
    let add = async |server: &TestServer, jar: &Jar| {
        send(jar.on(server.post("/api/leads")).json(&json!({ "title": "A crane" }))).await.status
    };
    assert_eq!(add(&server, &jar).await, StatusCode::CREATED);
    refresh(&server, &mut jar).await.with_status(StatusCode::OK);
    assert_ne!(jar.0["__Host-csrf"], before.0["__Host-csrf"]);
    let (directory, clock) = server.shut_down().await;

    let server = start(&new, "").server_in(directory, clock).await;
    assert_eq!(add(&server, &jar).await, StatusCode::CREATED);
    // A page whose CSRF cookie is of no use any more, or gone, gets a new one where it asks how it stands.
    for stale in [before.0.get("__Host-csrf").cloned(), None] {
        match stale {
            Some(stale) => jar.0.insert("__Host-csrf".to_owned(), stale),
            None => jar.0.remove("__Host-csrf"),
        };
        let info = token_info(&server, &jar).await.with_status(StatusCode::OK);
        assert_eq!(cookies(&info).len(), 1);
        jar.keep(&info);
        assert_eq!(add(&server, &jar).await, StatusCode::CREATED);
    }
    assert_eq!(cookies(&token_info(&server, &jar).await), Vec::<&str>::new());
}

#[test]
fn secrets_are_held_to_their_sizes() {
    let start = || Start::default().flags(["--profile", "asp-cranes"]);
    let profile = start().settings().expect("settings").profile;
    let made = commands::secrets(&profile, profile.tokens.algorithm).expect("secrets");
    let made: Vec<_> = made.lines().map(|line| line.split_once('=').expect("a value")).collect();
    let lengths: Vec<_> = made.iter().map(|(name, value)| (*name, value.len())).collect();
    assert_eq!(lengths, [("JWT_SECRET", 88), ("JWT_REFRESH_SECRET", 88), ("SESSION_SECRET", 44)]);
    let all = made.iter().fold(start(), |start, (name, value)| start.variable(name, value));
    all.settings().expect("the command's own secrets");

    for (name, value) in &made {
        let other = if *name == "SESSION_SECRET" { "c2hvcnQ=" } else { &made[2].1.to_owned() };
        let short = start().variable(name, other).settings().expect_err("too short").to_string();
        assert!(short.contains(name) && short.contains("fewer than") && !short.contains(other), "{short}");
        let no_base64 = start().variable(name, "not base64, though long enough for anybody").settings();
        assert!(no_base64.expect_err("no base64").to_string().contains("is not base64"));
        assert!(value.len() > 40);
    }
}

#[test]
fn its_variables_have_its_names() {
    let start = Start::default().flags(["--profile", "asp-cranes"]);
    let start = start.variable("JWT_ACCESS_TOKEN_EXPIRY", "5m").variable("JWT_REFRESH_TOKEN_EXPIRY", "1d");
    let tokens = start.settings().expect("settings").profile.tokens;
    assert_eq!(tokens.access_ttl.to_string(), "5m");
    assert_eq!(tokens.refresh_ttl.expect("refresh tokens").to_string(), "1day");
}
