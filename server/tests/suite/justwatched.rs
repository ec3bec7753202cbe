//! The profile `justwatched`: tokens renewed in the headers of any answer.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use serde_json::json;

use crate::support::{Answer, EMAIL, PASSWORD, Start, TestServer, Tokens, send};

const PAGE: &str = "http://localhost:5173";

async fn justwatched() -> TestServer {
    Start::default().flags(["--profile", "justwatched", "--allow-origin", PAGE]).server().await
}

async fn register(server: &TestServer) -> Answer {
    let account = json!({ "email": EMAIL, "password": PASSWORD });
    send(server.post("/api/v1/auth/register").json(&account)).await.with_status(StatusCode::CREATED)
}

async fn me(server: &TestServer, tokens: &Tokens) -> Answer {
    let request = server.get("/api/v1/users/me").bearer_auth(&tokens.access);
    send(request.header("x-refresh-token", &tokens.refresh)).await
}

fn renewed(answer: &Answer) -> Tokens {
    Tokens {
        access: answer.header("x-new-access-token").to_owned(),
        refresh: answer.header("x-new-refresh-token").to_owned(),
    }
}

#[tokio::test]
async fn answers_have_four_members_or_three_after_a_refresh() {
    let server = justwatched().await;
    let registered = register(&server).await;
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    let login = send(server.post("/api/v1/auth/login").json(&login)).await.with_status(StatusCode::OK);
    for answer in [&registered, &login] {
        let Tokens { access, refresh } = answer.tokens();
        let id = &send(server.get("/api/v1/users/me").bearer_auth(&access)).await.body["id"];
        let whole =
            json!({ "access_token": access, "refresh_token": refresh, "user_id": id, "expires_in": 3600 });
        assert_eq!(answer.body, whole);
        assert!(!answer.headers.contains_key("x-new-access-token"));
    }
    let refresh = json!({ "refresh_token": login.tokens().refresh });
    let answer = send(server.post("/api/v1/auth/refresh").json(&refresh)).await.with_status(StatusCode::OK);
    let Tokens { access, refresh } = answer.tokens();
    assert_eq!(answer.body, json!({ "access_token": access, "refresh_token": refresh, "expires_in": 3600 }));
}

#[tokio::test]
async fn an_expiring_token_is_renewed_beside_the_answer() {
    let server = justwatched().await;
    let tokens = register(&server).await.tokens();
    server.clock.advance(55 * 60 - 1);
    let early = me(&server, &tokens).await.with_status(StatusCode::OK);
    assert!(!early.headers.contains_key("x-new-access-token"), "{early:?}");

    server.clock.advance(1);
    let answer = me(&server, &tokens).await.with_status(StatusCode::OK);
    let next = renewed(&answer);
    assert_eq!(answer.body["email"], EMAIL);
    server.clock.advance(6 * 60);
    me(&server, &next).await.with_status(StatusCode::OK);
    assert_eq!(send(server.get("/api/v1/users/me").bearer_auth(&tokens.access)).await.status, 401);
}

#[tokio::test]
async fn renewals_beside_answers_are_limited_like_other_refreshes() {
    let strict = include_str!("../../profiles/justwatched.toml")
        .replace("per_address = \"120/1m\"", "per_address = \"3/15m\"");
    let server = Start::default().profile(strict).server().await;
    let one = register(&server).await.tokens();
    let login = async || {
        let account = json!({ "email": EMAIL, "password": PASSWORD });
        send(server.post("/api/v1/auth/login").json(&account)).await.with_status(StatusCode::OK).tokens()
    };
    let (two, three) = (login().await, login().await);

    server.let_pass(55 * 60).await;
    for tokens in [&one, &two] {
        renewed(&me(&server, tokens).await.with_status(StatusCode::OK));
    }
    assert_eq!(send(server.post("/api/v1/auth/refresh")).await.refusal(), (400, "invalid_request"));
    assert_eq!(send(server.post("/api/v1/auth/refresh")).await.refusal(), (429, "too_many_requests"));
    // Its access token is good for five minutes yet, so it is served, and nothing comes along.
    let served = me(&server, &three).await.with_status(StatusCode::OK);
    assert!(!served.headers.contains_key("x-new-access-token"), "{served:?}");
    server.let_pass(5 * 60).await;
    renewed(&me(&server, &three).await.with_status(StatusCode::OK));
}

#[tokio::test]
async fn a_request_with_a_dead_access_token_is_served_with_its_successor() {
    let server = justwatched().await;
    let tokens = register(&server).await.tokens();
    server.clock.advance(2 * 60 * 60);
    let adding = server.post("/api/v1/watchlist").json(&json!({ "title": "Metropolis" }));
    let adding = adding.bearer_auth(&tokens.access).header("x-refresh-token", &tokens.refresh);
    let answer = send(adding).await.with_status(StatusCode::CREATED);
    me(&server, &renewed(&answer)).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn the_old_refresh_token_is_dead_at_once() {
    let server = justwatched().await;
    let tokens = register(&server).await.tokens();
    server.clock.advance(56 * 60);
    let next = renewed(&me(&server, &tokens).await);
    let again = me(&server, &tokens).await;
    assert!(!again.headers.contains_key("x-new-access-token"), "{again:?}");
    // It came twice, so the session is over, and with it the access token that was still good.
    assert_eq!(again.refusal(), (401, "invalid_token"));
    assert_eq!(me(&server, &next).await.refusal(), (401, "invalid_token"));
}

#[tokio::test]
async fn a_refresh_token_of_another_session_renews_nothing() {
    let server = justwatched().await;
    let one = register(&server).await.tokens();
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    let two = send(server.post("/api/v1/auth/login").json(&login)).await.tokens();
    server.clock.advance(56 * 60);
    let mixed = Tokens { access: one.access, refresh: two.refresh.clone() };
    let answer = me(&server, &mixed).await.with_status(StatusCode::OK);
    assert!(!answer.headers.contains_key("x-new-access-token"), "{answer:?}");
    let refresh = send(server.post("/api/v1/auth/refresh").json(&json!({ "refresh_token": two.refresh })));
    refresh.await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn pages_of_listed_origins_can_send_and_read_the_headers() {
    let server = justwatched().await;
    let preflight = server.request("OPTIONS", "/api/v1/users/me").header(ORIGIN, PAGE);
    let preflight = preflight
        .header(ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,x-refresh-token");
    let preflight = send(preflight).await;
    assert!(preflight.header("access-control-allow-headers").contains("x-refresh-token"), "{preflight:?}");
    let answer = send(server.get("/api/v1/users/me").header(ORIGIN, PAGE)).await;
    let exposed = answer.header("access-control-expose-headers");
    assert!(exposed.contains("x-new-access-token") && exposed.contains("x-new-refresh-token"), "{exposed}");
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn its_variables_have_its_names() {
    let start = Start::default().flags(["--profile", "justwatched"]);
    let start = start.variable("JWT_SECRET_KEY", "a secret of more than 32 bytes, for tests");
    let start = start.variable("JWT_ALGORITHM", "HS256").variable("JWT_AUDIENCE", "the audience");
    let start = start.variable("JWT_ISSUER", "the issuer").variable("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "1");
    let settings = start.variable("JWT_REFRESH_TOKEN_EXPIRE_DAYS", "2").settings().expect("settings");
    let tokens = settings.profile.tokens;
    assert_eq!(tokens.access_ttl.as_duration(), Duration::from_secs(60));
    assert_eq!(tokens.refresh_ttl.expect("refresh tokens").as_duration(), Duration::from_secs(2 * 86_400));
    assert_eq!(
        (tokens.issuer.as_deref(), tokens.audience.as_deref()),
        (Some("the issuer"), Some("the audience"))
    );
}
