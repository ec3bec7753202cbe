//! The profile `session-guide`: one token that slides.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, EMAIL, PASSWORD, Start, TestServer, send};

const PROFILE: &str = include_str!("../../profiles/session-guide.toml");
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

async fn session_guide() -> TestServer {
    Start::default().flags(["--profile", "session-guide"]).server().await
}

async fn register(server: &TestServer) -> String {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = send(server.post("/api/auth/register").json(&account)).await;
    answer.with_status(StatusCode::CREATED).text("token").to_owned()
}

async fn login(server: &TestServer, remember: bool) -> Answer {
    let body = json!({ "email": EMAIL, "password": PASSWORD, "remember_me": remember });
    send(server.post("/api/auth/login").json(&body)).await.with_status(StatusCode::OK)
}

async fn refresh(server: &TestServer, token: &str) -> Answer {
    send(server.post("/api/auth/refresh").bearer_auth(token)).await
}

async fn verify(server: &TestServer, token: &str) -> StatusCode {
    send(server.get("/api/auth/verify").bearer_auth(token)).await.status
}

#[tokio::test]
async fn the_current_token_brings_the_next_and_is_over() {
    let server = session_guide().await;
    register(&server).await;
    let answer = login(&server, false).await;
    let first = answer.text("token");
    let user = &answer.body["user"];
    assert_eq!(answer.body, json!({ "token": first, "expires_in": DAY, "user": user }));

    let renewed = refresh(&server, first).await.with_status(StatusCode::OK);
    let second = renewed.text("token");
    assert_eq!(renewed.body, json!({ "token": second, "expires_in": DAY }));
    assert_eq!(verify(&server, second).await, StatusCode::OK);
    let old = send(server.get("/api/auth/verify").bearer_auth(first)).await;
    assert_eq!(old.refusal(), (401, "invalid_token"));
    assert!(old.text("error_description").contains("exchanged"), "{}", old.body);

    // Twice at the refresh, it means that somebody else has it.
    assert_eq!(refresh(&server, first).await.refusal(), (401, "invalid_grant"));
    assert_eq!(verify(&server, second).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn it_lives_a_day_or_thirty_where_it_is_to_be_remembered_and_so_do_its_successors() {
    let server = session_guide().await;
    register(&server).await;
    for (remember, lifetime) in [(false, DAY), (true, 30 * DAY)] {
        let answer = login(&server, remember).await;
        assert_eq!(answer.body["expires_in"], lifetime);
        let first = answer.text("token").to_owned();
        server.clock.advance(lifetime - 1);
        let renewed = refresh(&server, &first).await.with_status(StatusCode::OK);
        assert_eq!(renewed.body["expires_in"], lifetime);
        let second = renewed.text("token").to_owned();
        server.clock.advance(lifetime - 1);
        assert_eq!(verify(&server, &second).await, StatusCode::OK);
        server.clock.advance(1);
        let refused = refresh(&server, &second).await;
        assert_eq!(refused.refusal(), (401, "invalid_grant"));
        assert!(refused.text("error_description").contains("expired"), "{}", refused.body);
    }
}

#[tokio::test]
async fn requests_on_their_way_at_an_exchange_are_served_within_the_grace() {
    let patient =
        PROFILE.replace("access_check = \"session\"", "access_check = \"session\"\nreuse_grace = \"10s\"");
    let server = Start::default().profile(patient).server().await;
    let first = register(&server).await;
    let second = refresh(&server, &first).await.text("token").to_owned();
    server.clock.advance(9);
    assert_eq!(verify(&server, &first).await, StatusCode::OK);
    assert_eq!(refresh(&server, &first).await.with_status(StatusCode::OK).text("token"), second);
    server.clock.advance(1);
    assert_eq!(verify(&server, &first).await, StatusCode::UNAUTHORIZED);
    assert_eq!(verify(&server, &second).await, StatusCode::OK);
}

#[tokio::test]
async fn logout_ends_one_session_and_logout_all_ends_all() {
    let server = session_guide().await;
    let one = register(&server).await;
    let two = login(&server, false).await.text("token").to_owned();
    let three = login(&server, true).await.text("token").to_owned();
    let logout = server.post("/api/auth/logout").bearer_auth(&one);
    send(logout).await.with_status(StatusCode::NO_CONTENT);
    assert_eq!(verify(&server, &one).await, StatusCode::UNAUTHORIZED);
    assert_eq!(verify(&server, &two).await, StatusCode::OK);
    let logout_all = server.post("/api/auth/logout-all").bearer_auth(&two);
    send(logout_all).await.with_status(StatusCode::NO_CONTENT);
    for token in [&two, &three] {
        assert_eq!(verify(&server, token).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_password_change_brings_a_new_token_and_ends_the_other_sessions() {
    let server = session_guide().await;
    let here = register(&server).await;
    let elsewhere = login(&server, true).await.text("token").to_owned();
    let passwords = json!({ "current_password": PASSWORD, "new_password": "another horse entirely" });
    let change = server.post("/api/auth/change-password").bearer_auth(&here).json(&passwords);
    let changed = send(change).await.with_status(StatusCode::OK);
    assert_eq!(verify(&server, changed.text("token")).await, StatusCode::OK);
    for ended in [&here, &elsewhere] {
        assert_eq!(verify(&server, ended).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn sessions_are_listed_with_device_and_times_and_ended_one_by_one() {
    let server = session_guide().await;
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    let phone = server.post("/api/auth/register").header("user-agent", "a phone").json(&account);
    let phone = send(phone).await.text("token").to_owned();
    server.clock.advance(HOUR);
    let laptop = server.post("/api/auth/login").header("user-agent", "a laptop").json(&account);
    let laptop = send(laptop).await.text("token").to_owned();
    let stranger = json!({ "email": "grace@example.com", "password": PASSWORD });
    let stranger = send(server.post("/api/auth/register").json(&stranger)).await.text("token").to_owned();

    let list = send(server.get("/api/auth/sessions").bearer_auth(&laptop)).await.with_status(StatusCode::OK);
    let ids: Vec<_> =
        list.body["sessions"].as_array().expect("a list").iter().map(|s| s["id"].clone()).collect();
    let session = |id: &Value, device: &str, current: bool, at: i64| {
        json!({ "id": id, "device": device, "address": "127.0.0.1", "current": current, "created_at": at,
            "last_used_at": at, "expires_at": at + DAY })
    };
    let expected = json!([
        session(&ids[0], "a laptop", true, 1_800_000_000 + HOUR),
        session(&ids[1], "a phone", false, 1_800_000_000),
    ]);
    assert_eq!(list.body["sessions"], expected);

    let path = format!("/api/auth/sessions/{}", ids[1].as_str().expect("an id"));
    let by_stranger = send(server.request("DELETE", &path).bearer_auth(&stranger)).await;
    assert_eq!(by_stranger.refusal(), (404, "not_found"));
    assert_eq!(verify(&server, &phone).await, StatusCode::OK);
    let ended = send(server.request("DELETE", &path).bearer_auth(&laptop)).await;
    ended.with_status(StatusCode::NO_CONTENT);
    assert_eq!(verify(&server, &phone).await, StatusCode::UNAUTHORIZED);
    assert_eq!(verify(&server, &laptop).await, StatusCode::OK);
    let again = send(server.request("DELETE", &path).bearer_auth(&laptop)).await;
    assert_eq!(again.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn too_many_refreshes_have_to_wait() {
    let strict = PROFILE.replace("per_address = \"120/1m\"", "per_address = \"3/1m\"");
    let server = Start::default().profile(strict).server().await;
    let mut token = register(&server).await;
    for _ in 0..2 {
        token = refresh(&server, &token).await.with_status(StatusCode::OK).text("token").to_owned();
    }
    let refused = refresh(&server, &token).await;
    assert_eq!(refused.refusal(), (429, "too_many_requests"));
    assert_eq!(refused.header("retry-after"), "20");
    assert_eq!(verify(&server, &token).await, StatusCode::OK);
    server.let_pass(20).await;
    refresh(&server, &token).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn its_variables_have_its_names() {
    let start = Start::default().flags(["--profile", "session-guide"]);
    let secret = "a secret of more than 32 bytes, for tests";
    let server = start.variable("JWT_SECRET", secret).variable("JWT_EXPIRES_IN", "2h").server().await;
    register(&server).await;
    assert_eq!(login(&server, false).await.body["expires_in"], 2 * HOUR);
}
