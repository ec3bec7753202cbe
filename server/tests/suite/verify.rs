use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Start, TestServer, send};

#[tokio::test]
async fn a_good_token_is_answered_with_its_claims() {
    let server = TestServer::start().await;
    let registered = server.register("ada@example.com", "correct horse").await;
    let user_id = &registered.body["user"]["id"];
    let tokens = registered.tokens();
    let in_header = server.verify(&tokens.access).await.with_status(StatusCode::OK);
    let in_body = send(server.post("/verify").json(&json!({ "token": tokens.access })))
        .await
        .with_status(StatusCode::OK);
    for answer in [in_header, in_body] {
        let claims = &answer.body["claims"];
        let whole = json!({ "valid": true, "claims": {
            "sub": user_id,
            "type": "access",
            "iat": 1_800_000_000,
            "exp": 1_800_000_000 + 1800,
            "jti": claims["jti"],
            "sid": claims["sid"],
        }});
        assert_eq!(answer.body, whole);
        assert!(claims["jti"].is_string() && claims["sid"].is_string(), "{claims}");
    }
}

#[tokio::test]
async fn a_bad_token_is_answered_with_the_reason() {
    let server = TestServer::start().await;
    let access = server.signed_up().await.access;
    let (unsigned, _) = access.rsplit_once('.').expect("three parts");
    let forged = format!("{unsigned}.{}", "A".repeat(43));
    for (token, reason) in
        [("nonsense", "not a JWT"), (forged.as_str(), "signature does not match"), (unsigned, "not a JWT")]
    {
        let answer = server.verify(token).await;
        assert_eq!(answer.refusal(), (401, "invalid_token"));
        assert_eq!(answer.body["valid"], false);
        assert!(answer.text("error_description").contains(reason), "{}", answer.body);
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
    let nothing = send(server.post("/verify")).await;
    assert_eq!(nothing.refusal(), (401, "invalid_token"));
    assert_eq!(nothing.body["valid"], false);
}

#[tokio::test]
async fn a_token_without_signature_algorithm_is_refused() {
    let server = TestServer::start().await;
    let access = server.signed_up().await.access;
    let claims = access.split('.').nth(1).expect("three parts");
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    assert_eq!(server.verify(&unsigned).await.refusal(), (401, "invalid_token"));
}

#[tokio::test]
async fn a_token_of_another_secret_is_refused() {
    let one = Start::default().variable("JWT_SECRET", "one secret of more than 32 bytes, for tests").server();
    let two = Start::default().variable("JWT_SECRET", "two secret of more than 32 bytes, for tests").server();
    let (one, two) = (one.await, two.await);
    let tokens = one.signed_up().await;
    assert_eq!(two.verify(&tokens.access).await.refusal(), (401, "invalid_token"));
    assert_eq!(two.refresh(&tokens.refresh).await.refusal(), (401, "invalid_grant"));
}
