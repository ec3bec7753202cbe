//! What those who run the server see: counts, readiness, the document, the check.

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use session_warden_server::{Profile, SystemClock, commands};

use crate::support::{EMAIL, EVENT_BOOKING, PASSWORD, Start, TestServer, send};

async fn metrics(server: &TestServer) -> String {
    let answer = server.get("/metrics").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let content_type = answer.headers()["content-type"].to_str().expect("text").to_owned();
    assert!(content_type.starts_with("application/openmetrics-text"), "{content_type}");
    answer.text().await.expect("text")
}

#[tokio::test]
async fn what_happens_is_counted() {
    let server = TestServer::start().await;
    let first = server.signed_up().await;
    server.signed_in().await;
    server.login(EMAIL, "not the password").await.with_status(StatusCode::UNAUTHORIZED);
    server.login("nobody@example.com", PASSWORD).await.with_status(StatusCode::UNAUTHORIZED);
    server.verify("nonsense").await.with_status(StatusCode::UNAUTHORIZED);
    server.refresh("nonsense").await.with_status(StatusCode::UNAUTHORIZED);
    let active = |text: &str| text.contains("\nsession_warden_active_sessions 2\n");
    let before = metrics(&server).await;
    assert!(active(&before), "{before}");

    server.refresh(&first.refresh).await.with_status(StatusCode::OK);
    server.refresh(&first.refresh).await.with_status(StatusCode::UNAUTHORIZED);
    let text = metrics(&server).await;
    for line in [
        "session_warden_login_attempts_total{outcome=\"success\"} 1",
        "session_warden_login_attempts_total{outcome=\"wrong_password\"} 1",
        "session_warden_login_attempts_total{outcome=\"unknown_account\"} 1",
        "session_warden_tokens_issued_total 3",
        "session_warden_validation_failures_total 1",
        "session_warden_refreshes_total{outcome=\"success\"} 1",
        "session_warden_refreshes_total{outcome=\"refused\"} 1",
        "session_warden_refreshes_total{outcome=\"reuse\"} 1",
        "session_warden_reuse_detected_total 1",
        "session_warden_active_sessions 1",
        "session_warden_left_at_refresh_seconds_count 1",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` is missing from\n{text}");
    }
    for secret in [EMAIL, PASSWORD, &first.access, &first.refresh] {
        assert!(!text.contains(secret));
    }
}

#[tokio::test]
async fn readiness_is_told_to_anybody() {
    let server = TestServer::start().await;
    let answer = send(server.get("/readyz")).await.with_status(StatusCode::OK);
    assert_eq!(answer.body, json!({ "status": "ready" }));
}

/// The operations of a document, as `POST /login`, with what they say.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").iter();
        methods.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
    });
    each.collect()
}

#[tokio::test]
async fn the_document_has_every_route_of_every_profile_and_no_other() {
    for profile in Profile::built_in().expect("profiles") {
        let server = Start::default().flags(["--profile", &profile.name]).server().await;
        let path = profile.endpoints.openapi.as_ref().expect("a document").as_str().to_owned();
        let document = send(server.get(&path)).await.with_status(StatusCode::OK).body;
        assert_eq!(document["openapi"], "3.1.0");
        let operations = operations(&document);
        let described: BTreeSet<_> =
            operations.iter().map(|(method, path, _)| format!("{method} {path}")).collect();

        let endpoints = &profile.endpoints;
        let with_method =
            [Some(&endpoints.register), Some(&endpoints.login), Some(&endpoints.refresh)].into_iter();
        let with_method = with_method.chain([
            endpoints.verify.as_ref(),
            endpoints.token_info.as_ref(),
            Some(&endpoints.logout),
            endpoints.logout_all.as_ref(),
            endpoints.change_password.as_ref(),
            endpoints.user.as_ref(),
        ]);
        let mut mounted: BTreeSet<_> = with_method.flatten().map(ToString::to_string).collect();
        let paths =
            [&endpoints.sessions, &endpoints.jwks, &endpoints.ready, &endpoints.metrics, &endpoints.openapi];
        let paths = paths.into_iter().flatten().chain([&endpoints.health]);
        mounted.extend(paths.map(|path| format!("GET {}", path.as_str())));
        let sessions = endpoints.sessions.as_ref().expect("sessions");
        mounted.insert(format!("DELETE {}/{{session}}", sessions.as_str()));
        for resource in &profile.resources {
            mounted.extend(["GET", "POST"].map(|method| format!("{method} {}", resource.path.as_str())));
        }
        assert_eq!(described, mounted, "{}", profile.name);

        for (method, path, operation) in operations {
            let path = path.replace("{session}", "none");
            let status = server.request(&method, &path).send().await.expect("an answer").status();
            let statuses = operation["responses"].as_object().expect("responses");
            assert!(statuses.contains_key(status.as_str()), "{method} {path} answered {status}");
            assert!(!matches!(status.as_u16(), 404 | 405), "{method} {path}");
            assert!(statuses.contains_key("503"), "{method} {path} may take too long");
            if is_for_users(&operation) {
                let guarded = operation.get("security").is_some();
                assert_eq!(guarded, status == StatusCode::UNAUTHORIZED, "{method} {path}");
            }
        }
    }
}

/// Whether an operation takes an access token, going by its name.
fn is_for_users(operation: &Value) -> bool {
    let id = operation["operationId"].as_str().expect("an id");
    !matches!(id, "register" | "login" | "refresh" | "verify" | "logout" | "logoutAll")
}

#[tokio::test]
async fn token_answers_are_as_the_document_has_them() {
    let server = TestServer::start().await;
    let document = send(server.get("/openapi.json")).await.body;
    let registered = server.register(EMAIL, PASSWORD).await;
    let refreshed = server.refresh(&registered.tokens().refresh).await;
    for (path, status, answer) in [("/register", "201", registered), ("/refresh", "200", refreshed)] {
        let schema =
            &document["paths"][path]["post"]["responses"][status]["content"]["application/json"]["schema"];
        let described: BTreeSet<_> = schema["properties"].as_object().expect("properties").keys().collect();
        assert_eq!(answer.body.as_object().expect("members").keys().collect::<BTreeSet<_>>(), described);
    }
}

#[tokio::test]
async fn the_document_tells_what_goes_beside_bodies() {
    let document = async |profile: &str| {
        let server = Start::default().flags(["--profile", profile]).server().await;
        send(server.get("/openapi.json")).await.with_status(StatusCode::OK).body
    };
    let headers = |operation: &Value, status: &str| -> BTreeSet<String> {
        let headers = operation["responses"][status]["headers"].as_object();
        headers.into_iter().flat_map(|headers| headers.keys().cloned()).collect()
    };
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };

    let cranes = document("asp-cranes").await;
    let cookie = |name| json!({ "type": "apiKey", "in": "cookie", "name": name });
    let schemes = &cranes["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["access"], &schemes["refresh"]),
        (&cookie("__Host-access"), &cookie("__Host-refresh"))
    );
    assert_eq!(
        (&schemes["csrf"]["in"], &schemes["csrf"]["name"]),
        (&"header".into(), &"x-csrf-token".into())
    );
    let security = |path: &str, method: &str| cranes["paths"][path][method]["security"].clone();
    assert_eq!(security("/api/leads", "get"), json!([{ "access": [] }]));
    assert_eq!(security("/api/leads", "post"), json!([{ "access": [], "csrf": [] }]));
    assert_eq!(security("/api/auth/refresh", "post"), json!([{ "refresh": [], "csrf": [] }]));
    let any = json!([{ "access": [], "csrf": [] }, { "refresh": [], "csrf": [] }, {}]);
    assert_eq!(security("/api/auth/logout", "post"), any);
    assert_eq!(headers(&cranes["paths"]["/api/auth/login"]["post"], "200"), set(&["set-cookie"]));
    assert_eq!(headers(&cranes["paths"]["/api/auth/login"]["post"], "429"), set(&["retry-after"]));

    let watched = document("justwatched").await;
    let me = &watched["paths"]["/api/v1/users/me"]["get"];
    assert_eq!(me["parameters"][0]["name"], "x-refresh-token");
    let renewed = ["x-new-access-token", "x-new-refresh-token"];
    assert_eq!(headers(me, "200"), set(&renewed));
    assert_eq!(headers(me, "401"), set(&[renewed[0], renewed[1], "www-authenticate"]));
    assert_eq!(headers(&watched["paths"]["/api/v1/auth/login"]["post"], "200"), set(&[]));

    let jwt_auth = document("jwt-auth").await;
    let handed_out = set(&["x-refresh-token", "x-token-expiry", "x-user-id"]);
    assert_eq!(headers(&jwt_auth["paths"]["/auth/login"]["post"], "200"), handed_out);
    assert_eq!(jwt_auth["paths"]["/auth/logout"]["post"]["parameters"][0]["name"], "x-refresh-token");

    let guide = document("session-guide").await;
    assert_eq!(guide["paths"]["/api/auth/refresh"]["post"]["security"], json!([{ "access": [] }]));
}

#[tokio::test]
async fn the_check_lives_a_session_in_every_profile() {
    for profile in Profile::built_in().expect("profiles") {
        let start = Start::default().flags(["--profile", &profile.name, "--database", ":memory:"]);
        let settings = start.settings().expect("settings");
        commands::check(settings, Arc::new(SystemClock))
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", profile.name));
    }
}

#[tokio::test]
async fn the_check_has_a_password_for_every_policy() {
    let kinds = "require = [\"lower\", \"upper\", \"digit\", \"symbol\"]";
    let strict = EVENT_BOOKING.replace("min_length = 8", &format!("min_length = 72\n{kinds}"));
    let start = Start::default().profile(strict).flags(["--database", ":memory:"]);
    commands::check(start.settings().expect("settings"), Arc::new(SystemClock)).await.expect("a password");
}

#[tokio::test]
async fn the_check_says_what_is_wrong() {
    let narrow = EVENT_BOOKING.replace("body_bytes = 65536", "body_bytes = 1");
    let settings =
        Start::default().profile(narrow).flags(["--database", ":memory:"]).settings().expect("settings");
    let error = commands::check(settings, Arc::new(SystemClock)).await.expect_err("no body is so small");
    assert_eq!(error.to_string(), "register: answered 413 Payload Too Large, not 201 Created");

    let settings =
        Start::default().flags(["--database", "/nowhere/at/all.sqlite"]).settings().expect("settings");
    let error = commands::check(settings, Arc::new(SystemClock)).await.expect_err("no such directory");
    assert!(error.to_string().contains("/nowhere/at/all.sqlite"), "{error}");
}

/// How often an event has happened.
async fn count(server: &TestServer, event: &str) -> u32 {
    let name = format!("session_warden_events_total{{event=\"{event}\"}} ");
    let metrics = metrics(server).await;
    let count = metrics.lines().find_map(|line| line.strip_prefix(&name));
    count.map_or(0, |count| count.parse().expect("a number"))
}

#[tokio::test]
async fn many_refused_logins_from_one_address_are_told_once_in_a_while() {
    let strict = EVENT_BOOKING.replace("refused_per_address = \"30/10m\"", "refused_per_address = \"3/10m\"");
    let server =
        Start::default().profile(strict).flags(["--client-header", "x-forwarded-for"]).server().await;
    let guess = async |account: &str, address: &str| {
        let guess = json!({ "email": format!("{account}@example.com"), "password": "a usual password" });
        let request = server.post("/login").header("x-forwarded-for", address);
        send(request.json(&guess)).await.with_status(StatusCode::UNAUTHORIZED);
    };
    // One at each account locks none of them.
    for (account, told) in [("a", 0), ("b", 0), ("c", 0), ("d", 1), ("e", 1), ("f", 1)] {
        guess(account, "192.0.2.1").await;
        assert_eq!(count(&server, "password_spraying").await, told, "{account}");
    }
    guess("g", "192.0.2.2").await;
    assert_eq!(count(&server, "password_spraying").await, 1);
    server.clock.advance(10 * 60);
    for account in ["a", "b", "c", "d", "e"] {
        guess(account, "192.0.2.1").await;
    }
    assert_eq!(count(&server, "password_spraying").await, 2);
    assert_eq!(count(&server, "account_locked").await, 0);
}

#[tokio::test]
async fn a_session_that_goes_on_from_another_address_is_noted() {
    let server = Start::default().flags(["--client-header", "x-forwarded-for"]).server().await;
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let register = server.post("/register").header("x-forwarded-for", "192.0.2.1").json(&account);
    let mut token = send(register).await.tokens().refresh;
    for (address, noted) in [("192.0.2.1", 0), ("192.0.2.2", 1), ("192.0.2.2", 1), ("2001:db8::1", 2)] {
        let request = server.post("/refresh").header("x-forwarded-for", address);
        let answer = send(request.json(&json!({ "refresh_token": token }))).await;
        token = answer.with_status(StatusCode::OK).tokens().refresh;
        assert_eq!(count(&server, "address_changed").await, noted, "{address}");
    }
    assert_eq!(count(&server, "unusual_access").await, 0);
}

#[cfg(unix)]
#[tokio::test]
async fn the_alert_program_hears_of_what_needs_a_look() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::TempDir::new().expect("a directory");
    let (program, heard) = (directory.path().join("alert"), directory.path().join("heard"));
    // Renamed when it is whole, so that nobody reads half of it.
    let script = format!("#!/bin/sh\ncat > {0}.part; mv {0}.part {0}\n", heard.display());
    std::fs::write(&program, script).expect("written");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o700)).expect("executable");

    let server = Start::default().flags(["--alert", &program.display().to_string()]).server().await;
    let registered = server.register(EMAIL, PASSWORD).await;
    let tokens = registered.tokens();
    server.refresh(&tokens.refresh).await.with_status(StatusCode::OK);
    server.refresh(&tokens.refresh).await.with_status(StatusCode::UNAUTHORIZED);
    let told = async {
        while !heard.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("it was not told");
    let told: Value = serde_json::from_slice(&std::fs::read(&heard).expect("a file")).expect("JSON");
    assert_eq!(told["event"], "reuse_detected");
    assert_eq!(told["user"], registered.body["user"]["id"]);
    assert_eq!(told["address"], "127.0.0.1");
}

#[tokio::test]
async fn a_session_that_goes_on_with_another_device_is_flagged() {
    let server = TestServer::start().await;
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let registered = send(server.post("/register").header("user-agent", "a phone").json(&account)).await;
    let refresh = async |token: String, device: &str| {
        let request = server.post("/refresh").header("user-agent", device);
        send(request.json(&json!({ "refresh_token": token })))
            .await
            .with_status(StatusCode::OK)
            .tokens()
            .refresh
    };
    let second = refresh(registered.tokens().refresh, "a phone").await;
    assert_eq!(count(&server, "unusual_access").await, 0);
    let third = refresh(second, "a laptop").await;
    assert_eq!(count(&server, "unusual_access").await, 1);
    // It is told once, not at every refresh from then on.
    let fourth = refresh(third, "a laptop").await;
    assert_eq!(count(&server, "unusual_access").await, 1);
    refresh(fourth, "a phone").await;
    assert_eq!(count(&server, "unusual_access").await, 2);
}
