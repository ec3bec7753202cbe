use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Start, TestServer, send};

#[tokio::test]
async fn registering_signs_in_and_so_does_logging_in() {
    let server = TestServer::start().await;
    let details = json!({ "email": EMAIL, "password": PASSWORD, "name": " Ada " });
    let registered = send(server.post("/register").json(&details)).await.with_status(StatusCode::CREATED);
    let user = json!({ "id": registered.body["user"]["id"], "email": EMAIL, "name": "Ada" });
    assert_eq!(registered.body["user"], user);
    assert_eq!(registered.header("cache-control"), "no-store");

    let logged_in = server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
    for answer in [registered, logged_in] {
        let tokens = answer.tokens();
        let whole = json!({
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "token_type": "bearer",
            "expires_in": 1800,
            "user": user,
        });
        assert_eq!(answer.body, whole);
        let me = send(server.get("/me").bearer_auth(&tokens.access)).await.with_status(StatusCode::OK);
        assert_eq!(me.body, user);
    }
}

#[tokio::test]
async fn a_name_may_be_left_out() {
    let server = TestServer::start().await;
    let registered = server.register(EMAIL, PASSWORD).await.with_status(StatusCode::CREATED);
    assert_eq!(registered.body["user"]["name"], Value::Null);
}

#[tokio::test]
async fn an_address_has_one_account_however_it_is_written() {
    let server = TestServer::start().await;
    server.signed_up().await;
    let again = server.register(" ADA@Example.com ", PASSWORD).await;
    assert_eq!(again.refusal(), (409, "email_taken"));
    server.login("ADA@Example.com", PASSWORD).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let server = TestServer::start().await;
    for email in ["", "ada", "ada@", "Ada <ada@example.com>", "ada@@example.com"] {
        let answer = server.register(email, PASSWORD).await;
        assert_eq!(answer.refusal(), (400, "invalid_request"), "{email}");
        assert!(answer.text("error_description").contains("`email`"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_weak_password_is_answered_with_a_message_per_broken_rule() {
    let server = TestServer::start().await;
    let rules = |answer: &crate::support::Answer| {
        let rules = answer.body["broken_rules"].as_array().expect("a list").clone();
        for rule in &rules {
            let message = rule["message"].as_str().expect("a message");
            assert!(answer.text("error_description").contains(message), "{}", answer.body);
        }
        rules.iter().map(|rule| rule["rule"].as_str().expect("a rule").to_owned()).collect::<Vec<_>>()
    };
    let cases = [
        (EMAIL, "seven77".to_owned(), vec!["min_length"]),
        ("a@b.io", "A@b.io".to_owned(), vec!["min_length", "not_email"]),
        (EMAIL, "nul\0nul\0nul".to_owned(), vec!["no_nul"]),
        (EMAIL, "x".repeat(73), vec!["max_bytes"]),
        (EMAIL, "é".repeat(37), vec!["max_bytes"]),
    ];
    for (email, password, expected) in cases {
        let answer = server.register(email, &password).await;
        assert_eq!(answer.refusal(), (422, "weak_password"));
        assert_eq!(rules(&answer), expected, "{password:?}");
        assert!(!answer.body.to_string().contains(&password), "the password came back");
    }
}

#[tokio::test]
async fn all_72_bytes_of_a_password_count() {
    let server = TestServer::start().await;
    let longest = "x".repeat(72);
    server.register(EMAIL, &longest).await.with_status(StatusCode::CREATED);
    server.login(EMAIL, &longest).await.with_status(StatusCode::OK);
    for wrong in ["x".repeat(71), "x".repeat(71) + "y", "x".repeat(73)] {
        assert_eq!(server.login(EMAIL, &wrong).await.refusal(), (401, "invalid_credentials"));
    }
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_are_told_alike() {
    let server = TestServer::start().await;
    server.signed_up().await;
    let wrong = server.login(EMAIL, "not the password").await;
    let unknown = server.login("nobody@example.com", "not the password").await;
    assert_eq!(wrong.refusal(), (401, "invalid_credentials"));
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
}

#[tokio::test]
async fn a_login_brings_a_hash_to_the_present_cost() {
    let start = |cost| {
        let start = Start::default().flags(["--bcrypt-cost", cost]);
        start.variable("JWT_SECRET", "a secret of more than 32 bytes, for tests")
    };
    let server = start("5").server().await;
    let session = server.signed_up().await;
    let (mut directory, mut clock) = server.shut_down().await;
    for (cost, prefix) in [("6", "$2b$06$"), ("4", "$2b$04$")] {
        let server = start(cost).server_in(directory, clock).await;
        server.login(EMAIL, "not the password").await.with_status(StatusCode::UNAUTHORIZED);
        let before: (String,) = server.row("SELECT password_hash FROM users").await;
        assert!(!before.0.starts_with(prefix), "{}", before.0);
        server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
        let after: (String,) = server.row("SELECT password_hash FROM users").await;
        assert!(after.0.starts_with(prefix), "{}", after.0);
        server.login(EMAIL, PASSWORD).await.with_status(StatusCode::OK);
        let unchanged: (String,) = server.row("SELECT password_hash FROM users").await;
        assert_eq!(after, unchanged);
        // It is the same password: nobody is signed out for it.
        assert!(server.is_valid(&session.access).await);
        (directory, clock) = server.shut_down().await;
    }
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_take_as_long() {
    // Dear enough that a login without bcrypt would be many times faster.
    let server = Start::default().flags(["--bcrypt-cost", "8"]).server().await;
    server.signed_up().await;
    take_as_long(&server).await;

    // A hash from before the cost was raised is compared in no less time.
    let (directory, clock) = server.shut_down().await;
    let server = Start::default().flags(["--bcrypt-cost", "10"]).server_in(directory, clock).await;
    take_as_long(&server).await;
}

/// Others share the processors, so that single logins say little: the fastest of many come close to the work
/// itself, and those of unlike work never come close to each other.
async fn take_as_long(server: &TestServer) {
    let mut fastest = [Duration::MAX; 2];
    for round in 0.. {
        // What was tried before is forgotten.
        server.clock.advance(2 * 24 * 60 * 60);
        for (email, fastest) in [EMAIL, "nobody@example.com"].into_iter().zip(&mut fastest) {
            #[expect(clippy::disallowed_methods, reason = "the time that passes for a caller is measured")]
            let before = Instant::now();
            server.login(email, "not the password").await.with_status(StatusCode::UNAUTHORIZED);
            *fastest = before.elapsed().min(*fastest);
        }
        let [wrong, unknown] = fastest;
        if round > 8 && unknown > wrong / 2 && wrong > unknown / 2 {
            break;
        }
        assert!(round < 40, "wrong password {wrong:?}, unknown account {unknown:?}");
    }
}
