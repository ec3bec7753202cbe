//! Access tokens that tell those who carry them nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{EMAIL, EVENT_BOOKING, Start, TestServer, send};

const SECRET: &str = "a secret of more than 32 bytes, for tests";
const OTHER: &str = "some other secret of more than 32 bytes";

fn encrypting(secret: &str, previous: &str) -> Start {
    let profile = EVENT_BOOKING.replace(
        "access_check = \"session\"",
        "access_check = \"session\"\naccess_format = \"jwe\"\nclaims = [\"email\"]",
    );
    let start = Start::default().profile(profile).variable("JWT_SECRET", secret);
    start.variable("JWT_SECRET_PREVIOUS", previous)
}

fn parts(token: &str) -> Vec<Vec<u8>> {
    token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64")).collect()
}

async fn start() -> TestServer {
    encrypting(SECRET, "").server().await
}

#[tokio::test]
async fn a_token_has_five_parts_and_says_nothing_of_its_user() {
    let server = start().await;
    let registered = server.register(EMAIL, "correct horse").await.with_status(StatusCode::CREATED);
    let access = registered.tokens().access;
    let parts = parts(&access);
    let header: Value = serde_json::from_slice(&parts[0]).expect("JSON");
    assert_eq!(parts.len(), 5);
    assert_eq!(header, json!({ "alg": "dir", "enc": "A256GCM", "cty": "JWT", "kid": header["kid"] }));
    let readable = parts.iter().map(|part| String::from_utf8_lossy(part)).collect::<String>();
    assert!(!readable.contains(EMAIL) && !readable.contains(registered.text_at("/user/id")), "{readable}");

    let claims = server.verify(&access).await.with_status(StatusCode::OK).body["claims"].clone();
    assert_eq!((&claims["email"], &claims["sub"]), (&json!(EMAIL), &registered.body["user"]["id"]));
    assert_eq!(registered.body["expires_in"], 1800);
    send(server.get("/my-bookings").bearer_auth(&access)).await.with_status(StatusCode::OK);
    server.clock.advance(1800);
    let expired = server.verify(&access).await;
    assert!(expired.text("error_description").contains("expired"), "{}", expired.body);
    server.refresh(&registered.tokens().refresh).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn a_changed_or_foreign_token_is_refused() {
    let server = start().await;
    let access = server.signed_up().await.access;
    let stranger = encrypting(OTHER, "").server().await.signed_up().await.access;
    assert_eq!(server.verify(&stranger).await.refusal(), (401, "invalid_token"));
    for (index, part) in parts(&access).iter().enumerate() {
        for replacement in [
            vec![],
            part.iter().skip(1).copied().collect(),
            part.iter().map(|byte| byte ^ 1).collect(),
            [part.as_slice(), b"x"].concat(),
        ] {
            let mut changed: Vec<_> = access.split('.').map(str::to_owned).collect();
            changed[index] = URL_SAFE_NO_PAD.encode(&replacement);
            if changed.join(".") != access {
                let answer = server.verify(&changed.join(".")).await;
                assert_eq!(answer.refusal(), (401, "invalid_token"), "part {index}: {replacement:?}");
            }
        }
    }
    for shape in ["....", "a.b.c.d.e", "a..c.d.e", &access.replace('.', ""), &format!("{access}.x")] {
        assert_eq!(server.verify(shape).await.refusal(), (401, "invalid_token"), "{shape}");
    }
    assert!(server.is_valid(&access).await);
}

#[tokio::test]
async fn its_key_rotates_with_the_secret() {
    let server = start().await;
    let before = server.signed_up().await;
    let (directory, clock) = server.shut_down().await;
    let server = encrypting(OTHER, SECRET).server_in(directory, clock).await;
    assert!(server.is_valid(&before.access).await);
    let after = server.refresh(&before.refresh).await.tokens();
    let (directory, clock) = server.shut_down().await;
    let server = encrypting(OTHER, "").server_in(directory, clock).await;
    assert!(!server.is_valid(&before.access).await);
    assert!(server.is_valid(&after.access).await);
}
