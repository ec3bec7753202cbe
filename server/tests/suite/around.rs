//! What surrounds the API: rates, times, headers, addresses, files.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{EMAIL, EVENT_BOOKING, PASSWORD, Start, TestServer, send};

#[tokio::test]
async fn auth_endpoints_are_limited_together_by_address_and_others_are_not() {
    let strict = EVENT_BOOKING.replace("per_address = \"600/1m\"", "per_address = \"2/1m\"");
    let server = Start::default().profile(strict).server().await;
    let tokens = server.signed_up().await;
    server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
    let change = || server.post("/change-password").bearer_auth(&tokens.access);
    for request in [server.post("/login"), server.post("/register"), server.post("/refresh"), change()] {
        let answer = send(request).await;
        assert_eq!(answer.refusal(), (429, "too_many_requests"));
        assert_eq!(answer.header("retry-after"), "30");
    }
    assert!(server.is_valid(&tokens.access).await);
}

#[tokio::test]
async fn rates_do_not_go_by_the_wall_clock() {
    let strict = EVENT_BOOKING.replace("per_address = \"600/1m\"", "per_address = \"1/1m\"");
    let server = Start::default().profile(strict).server().await;
    server.refresh("none").await.with_status(StatusCode::UNAUTHORIZED);
    server.clock.set_back(60 * 60);
    assert_eq!(server.refresh("none").await.header("retry-after"), "60");
}

#[tokio::test]
async fn a_proxys_word_counts_only_where_it_is_asked_for() {
    let strict = EVENT_BOOKING.replace("per_address = \"600/1m\"", "per_address = \"1/1m\"");
    let from = async |server: &TestServer, addresses: &str| {
        let request = server.post("/refresh").header("x-forwarded-for", addresses);
        send(request.json(&json!({ "refresh_token": "none" }))).await.status.as_u16()
    };
    let server = Start::default().profile(strict.clone()).server().await;
    assert_eq!(from(&server, "192.0.2.1").await, 401);
    assert_eq!(from(&server, "192.0.2.2").await, 429);

    let start = Start::default().profile(strict).flags(["--client-header", "x-forwarded-for"]);
    let server = start.server().await;
    assert_eq!(from(&server, "192.0.2.1").await, 401);
    assert_eq!(from(&server, "192.0.2.2").await, 401);
    // What stands before the proxy's own word is the client's invention.
    assert_eq!(from(&server, "192.0.2.3, 192.0.2.2").await, 429);
    // Neighbours in one IPv6 network are one.
    assert_eq!(from(&server, "2001:db8::1").await, 401);
    assert_eq!(from(&server, "2001:db8::2").await, 429);
    assert_eq!(from(&server, "2001:db8:0:1::1").await, 401);
}

#[tokio::test]
async fn logins_are_limited_by_account() {
    let strict = EVENT_BOOKING.replace("per_account = \"30/1m\"", "per_account = \"2/1m\"");
    let server = Start::default().profile(strict).server().await;
    server.signed_up().await;
    for _ in 0..2 {
        server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
    }
    let answer = server.login(&EMAIL.to_uppercase(), PASSWORD).await;
    assert_eq!(answer.refusal(), (429, "too_many_requests"));
    assert_eq!(server.login("grace@example.com", PASSWORD).await.refusal(), (401, "invalid_credentials"));
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_head_is_closed() {
    let hasty = EVENT_BOOKING.replace("header_timeout = \"10s\"", "header_timeout = \"1s\"");
    let server = Start::default().profile(hasty).server().await;
    let address = server.url.trim_start_matches("http://").to_owned();
    for head in ["", "POST /login HTTP/1.1\r\nhost: te"] {
        let address = address.clone();
        let closed = tokio::task::spawn_blocking(move || {
            let mut connection = TcpStream::connect(address).expect("a connection");
            connection.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("a timeout");
            connection.write_all(head.as_bytes()).expect("sent");
            let mut answer = Vec::new();
            connection.read_to_end(&mut answer).map(|_| answer)
        });
        let answer = closed.await.expect("no panic").expect("the connection was not closed");
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn answers_are_of_no_use_as_pages() {
    let server = TestServer::start().await;
    for request in [server.get("/healthz"), server.get("/me"), server.post("/login"), server.get("/nothing")]
    {
        let answer = send(request).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    }
}

#[tokio::test]
async fn https_with_the_operators_own_certificate() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (directory.path().join("chain.pem"), directory.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let path = |path: &std::path::Path| path.display().to_string();

    let flags = ["--tls-cert", &path(&certificate), "--tls-key", &path(&key)];
    let server = Start::default().flags(flags).server().await;
    let client = crate::support::client_trusting(Some(&made.cert.pem()));
    let answer = send(client.get(format!("{}/healthz", server.url))).await;
    assert_eq!(answer.with_status(StatusCode::OK).header("strict-transport-security"), "max-age=31536000");

    for (flags, reason) in [
        (["--tls-cert", &path(&key), "--tls-key", &path(&key)], "certificate"),
        (["--tls-cert", &path(&certificate), "--tls-key", &path(&certificate)], "chain.pem"),
        (["--tls-cert", "/nowhere.pem", "--tls-key", &path(&key)], "/nowhere.pem"),
    ] {
        let settings =
            Start::default().flags(flags).flags(["--database", ":memory:"]).settings().expect("settings");
        let clock = std::sync::Arc::new(session_warden_server::SystemClock);
        let error = session_warden_server::Server::bind(settings, clock).await.err().expect("no start");
        assert!(error.to_string().contains(reason), "{error}");
    }
}
