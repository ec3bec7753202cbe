//! The profile `jwt-auth`: stateless access tokens, headers, status codes of its own.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, EMAIL, Start, TestServer, Tokens, send};

const PROFILE: &str = include_str!("../../profiles/jwt-auth.toml");
const PASSWORD: &str = "Correct horse 1";

async fn jwt_auth() -> TestServer {
    Start::default().flags(["--profile", "jwt-auth"]).server().await
}

async fn register(server: &TestServer) -> Answer {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    send(server.post("/auth/register").json(&account)).await.with_status(StatusCode::CREATED)
}

async fn login(server: &TestServer, email: &str, password: &str) -> Answer {
    send(server.post("/auth/login").json(&json!({ "email": email, "password": password }))).await
}

async fn logout(server: &TestServer, tokens: &Tokens) {
    let answer = send(server.post("/auth/logout").bearer_auth(&tokens.access)).await;
    answer.with_status(StatusCode::NO_CONTENT);
}

async fn verify(server: &TestServer, token: &str) -> Answer {
    send(server.post("/auth/verify").bearer_auth(token)).await
}

#[tokio::test]
async fn tokens_say_who_and_for_whom_and_come_with_their_headers() {
    let server = jwt_auth().await;
    let registered = register(&server).await;
    let tokens = registered.tokens();
    let claims = verify(&server, &tokens.access).await.with_status(StatusCode::OK).body["claims"].clone();
    assert_eq!(claims["sub"], registered.body["user"]["id"]);
    assert_eq!(claims["email"], EMAIL);
    assert_eq!(claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat"), 24 * 60 * 60);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("jwt-auth"), &json!("jwt-auth")));

    assert_eq!(registered.header("x-refresh-token"), tokens.refresh);
    assert_eq!(registered.header("x-token-expiry"), claims["exp"].to_string());
    assert_eq!(registered.header("x-user-id"), registered.text_at("/user/id"));
}

#[tokio::test]
async fn a_refresh_token_may_come_in_its_header() {
    let server = jwt_auth().await;
    let tokens = register(&server).await.tokens();
    let refreshed = send(server.post("/auth/refresh").header("x-refresh-token", &tokens.refresh)).await;
    let next = refreshed.with_status(StatusCode::OK).tokens();
    assert_ne!(next.refresh, tokens.refresh);
    let again = send(server.post("/auth/refresh").header("x-refresh-token", &tokens.refresh)).await;
    assert_eq!(again.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn each_refusal_has_its_status() {
    let server = jwt_auth().await;
    let access = register(&server).await.tokens().access;
    let (unsigned, _) = access.rsplit_once('.').expect("three parts");
    let forged = format!("{unsigned}.{}", "A".repeat(43));
    assert_eq!(verify(&server, &forged).await.refusal(), (401, "invalid_token"));
    assert_eq!(verify(&server, "no token").await.refusal(), (400, "invalid_token"));
    assert_eq!(send(server.get("/auth/me").bearer_auth("a.b")).await.refusal(), (400, "invalid_token"));
    assert_eq!(send(server.get("/auth/me")).await.refusal(), (401, "invalid_token"));
    assert_eq!(login(&server, EMAIL, "Wrong horse 1").await.refusal(), (401, "invalid_credentials"));
    assert_eq!(login(&server, "nobody@example.com", PASSWORD).await.refusal(), (404, "unknown_account"));
    server.clock.advance(24 * 60 * 60);
    assert_eq!(verify(&server, &access).await.refusal(), (401, "invalid_token"));
}

#[tokio::test]
async fn an_unknown_account_can_be_hidden() {
    let hiding = PROFILE.replace("unknown_account = 404", "unknown_account = 401");
    let server = Start::default().profile(hiding).server().await;
    register(&server).await;
    let wrong = login(&server, EMAIL, "Wrong horse 1").await;
    let unknown = login(&server, "nobody@example.com", PASSWORD).await;
    assert_eq!(wrong.refusal(), (401, "invalid_credentials"));
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
}

#[tokio::test]
async fn a_locked_account_is_told_so_for_longer_each_time_whether_there_is_one_or_not() {
    let server = jwt_auth().await;
    register(&server).await;
    for email in [EMAIL, "nobody@example.com"] {
        for _ in 0..5 {
            assert_ne!(login(&server, email, "Wrong horse 1").await.status, StatusCode::FORBIDDEN);
        }
        // The right password is not even looked at.
        let locked = login(&server, email, PASSWORD).await;
        assert_eq!(locked.refusal(), (403, "account_locked"), "{email}");
        assert_eq!(locked.header("retry-after"), "60");
    }
    server.let_pass(60).await;
    assert_eq!(login(&server, EMAIL, "Wrong horse 1").await.refusal(), (401, "invalid_credentials"));
    assert_eq!(login(&server, EMAIL, PASSWORD).await.header("retry-after"), "120");
    server.let_pass(120).await;
    login(&server, EMAIL, PASSWORD).await.with_status(StatusCode::OK);
    // And that is forgotten.
    assert_eq!(login(&server, EMAIL, "Wrong horse 1").await.refusal(), (401, "invalid_credentials"));
    login(&server, EMAIL, PASSWORD).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn guesses_made_at_once_count_each() {
    let generous = PROFILE.replace("per_account = \"10/1m\"", "per_account = \"100/1m\"");
    let server = Start::default().profile(generous).server().await;
    register(&server).await;
    let guesses = (0..20).map(|_| login(&server, EMAIL, "Wrong horse 1"));
    let mut looked_at = 0;
    for answer in join_all(guesses).await {
        match answer.refusal() {
            (401, "invalid_credentials") => looked_at += 1,
            refusal => assert_eq!(refusal, (403, "account_locked")),
        }
    }
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn right_passwords_given_at_once_lock_nobody_out() {
    let generous = PROFILE.replace("per_account = \"10/1m\"", "per_account = \"100/1m\"");
    let server = Start::default().profile(generous).server().await;
    register(&server).await;
    for answer in join_all((0..12).map(|_| login(&server, EMAIL, PASSWORD))).await {
        answer.with_status(StatusCode::OK);
    }
    // Neither does the last guess that is allowed, where it is right.
    for _ in 0..4 {
        login(&server, EMAIL, "Wrong horse 1").await.with_status(StatusCode::UNAUTHORIZED);
    }
    login(&server, EMAIL, PASSWORD).await.with_status(StatusCode::OK);
    let metrics = server.get("/metrics").send().await.expect("an answer").text().await.expect("text");
    assert!(!metrics.contains("account_locked"), "{metrics}");
}

async fn join_all<F: Future<Output = Answer>>(futures: impl Iterator<Item = F>) -> Vec<Answer> {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut answers = Vec::new();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers
}

#[tokio::test]
async fn a_password_must_have_what_the_policy_asks_for() {
    let server = jwt_auth().await;
    for (password, expected) in [
        ("lower case", json!(["upper", "digit"])),
        ("UPPER CASE 1", json!(["lower"])),
        ("Ab1", json!(["min_length"])),
    ] {
        let account = json!({ "email": EMAIL, "password": password });
        let answer = send(server.post("/auth/register").json(&account)).await;
        assert_eq!(answer.refusal(), (422, "weak_password"));
        let rules = answer.body["broken_rules"].as_array().expect("a list").iter();
        assert_eq!(Value::from_iter(rules.map(|rule| rule["rule"].clone())), expected);
    }
}

#[tokio::test]
async fn access_tokens_are_checked_without_storage() {
    let server = jwt_auth().await;
    let tokens = register(&server).await.tokens();
    logout(&server, &tokens).await;
    verify(&server, &tokens.access).await.with_status(StatusCode::OK);
    let refresh = server.post("/auth/refresh").json(&json!({ "refresh_token": tokens.refresh }));
    assert_eq!(send(refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn an_ended_session_neither_sees_nor_ends_others() {
    let server = jwt_auth().await;
    let ended = register(&server).await.tokens();
    let other = login(&server, EMAIL, PASSWORD).await.tokens();
    let sessions =
        async |tokens: &Tokens| send(server.get("/auth/sessions").bearer_auth(&tokens.access)).await;
    let id = verify(&server, &other.access).await.text_at("/claims/sid").to_owned();
    sessions(&ended).await.with_status(StatusCode::OK);
    logout(&server, &ended).await;
    assert_eq!(sessions(&ended).await.refusal(), (401, "invalid_token"));
    let end = server.request("DELETE", &format!("/auth/sessions/{id}")).bearer_auth(&ended.access);
    assert_eq!(send(end).await.refusal(), (401, "invalid_token"));
    let sessions = sessions(&other).await.with_status(StatusCode::OK);
    assert_eq!(sessions.body["sessions"].as_array().expect("a list").len(), 1);
}

#[tokio::test]
async fn a_blacklist_takes_every_access_token_of_an_ended_session_back() {
    let listing = PROFILE.replace("access_check = \"stateless\"", "access_check = \"blacklist\"");
    let server = Start::default().profile(listing).server().await;
    let first = register(&server).await.tokens();
    let other = login(&server, EMAIL, PASSWORD).await.tokens();
    let refresh = server.post("/auth/refresh").json(&json!({ "refresh_token": first.refresh }));
    let second = send(refresh).await.tokens();
    verify(&server, &first.access).await.with_status(StatusCode::OK);

    logout(&server, &second).await;
    for ended in [&first, &second] {
        assert_eq!(verify(&server, &ended.access).await.refusal(), (401, "invalid_token"));
    }
    verify(&server, &other.access).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn a_blacklist_takes_back_what_a_password_change_replaces() {
    let listing = PROFILE.replace("access_check = \"stateless\"", "access_check = \"blacklist\"");
    let server = Start::default().profile(listing).server().await;
    let before = register(&server).await.tokens();
    let passwords = json!({ "current_password": PASSWORD, "new_password": "Another horse 2" });
    let change = server.post("/auth/change-password").bearer_auth(&before.access).json(&passwords);
    let fresh = send(change).await.with_status(StatusCode::OK).tokens();
    assert_eq!(verify(&server, &before.access).await.refusal(), (401, "invalid_token"));
    verify(&server, &fresh.access).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn one_login_too_many_ends_the_oldest_session() {
    let server = jwt_auth().await;
    let mut sessions = vec![register(&server).await.tokens()];
    for _ in 0..5 {
        server.clock.advance(60);
        sessions.push(login(&server, EMAIL, PASSWORD).await.with_status(StatusCode::OK).tokens());
    }
    let mut renewed = Vec::new();
    for tokens in &sessions {
        let refresh = server.post("/auth/refresh").json(&json!({ "refresh_token": tokens.refresh }));
        renewed.push(send(refresh).await.status.as_u16());
    }
    assert_eq!(renewed, [401, 200, 200, 200, 200, 200]);
}

#[tokio::test]
async fn one_login_too_many_can_be_refused() {
    let refusing = PROFILE
        .replace("when_full = \"end-oldest\"", "when_full = \"refuse\"")
        .replace("per_user = 5", "per_user = 1");
    let server = Start::default().profile(refusing).server().await;
    let tokens = register(&server).await.tokens();
    assert_eq!(login(&server, EMAIL, PASSWORD).await.refusal(), (403, "too_many_sessions"));
    logout(&server, &tokens).await;
    login(&server, EMAIL, PASSWORD).await.with_status(StatusCode::OK);
    // A session that died of age is none.
    server.clock.advance(7 * 24 * 60 * 60);
    login(&server, EMAIL, PASSWORD).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn its_variables_have_its_names() {
    let secret = "a secret of more than 32 bytes, for tests";
    let start = Start::default().flags(["--profile", "jwt-auth"]).variable("SECRET_KEY", secret);
    let start = start.variable("TOKEN_EXPIRY", "2h").variable("REFRESH_EXPIRY", "3d");
    let server = start.variable("ALGORITHM", "HS256").server().await;
    let registered = register(&server).await;
    assert_eq!(registered.body["expires_in"], 2 * 60 * 60);
    server.clock.advance(3 * 24 * 60 * 60);
    let refresh = json!({ "refresh_token": registered.tokens().refresh });
    let refused = send(server.post("/auth/refresh").json(&refresh)).await;
    assert!(refused.text("error_description").contains("expired"), "{}", refused.body);
}
