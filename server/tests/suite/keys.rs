//! Signatures that others can check, keys that rotate, and secrets apart.

use jwt_compact::alg::{Ed25519, Es256};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{AlgorithmExt, UntrustedToken};
use reqwest::StatusCode;
use serde_json::Value;
use session_warden_server::{Algorithm, Profile, commands};

use crate::support::{Start, TestServer, send};

const SECRET: &str = "a secret of more than 32 bytes, for tests";
const OTHER: &str = "some other secret of more than 32 bytes";

/// What the command `secrets` prints for the first variable.
fn made_for(algorithm: Algorithm) -> String {
    let profile = Profile::load("event-booking").expect("a profile");
    let lines = commands::secrets(&profile, algorithm).expect("secrets");
    let value = lines.lines().next().and_then(|line| line.strip_prefix("JWT_SECRET="));
    value.expect("a secret").to_owned()
}

async fn jwks(server: &TestServer) -> Vec<Value> {
    let answer = send(server.get("/.well-known/jwks.json")).await.with_status(StatusCode::OK);
    answer.body.get("keys").and_then(Value::as_array).expect("a list").clone()
}

fn key_id(token: &str) -> String {
    UntrustedToken::new(token).expect("a token").header().key_id.clone().expect("a key id")
}

/// Whether a program that knows nothing but the published key accepts the token.
fn is_signed_by(token: &str, key: &Value) -> bool {
    let token = UntrustedToken::new(token).expect("a token");
    let jwk: JsonWebKey<'_> = serde_json::from_value(key.clone()).expect("a key");
    assert!(!jwk.is_signing_key(), "a private key was published");
    if key.get("alg") == Some(&"ES256".into()) {
        let key = (&jwk).try_into().expect("a P-256 key");
        Es256.validator::<Value>(&key).validate(&token).is_ok()
    } else {
        let key = (&jwk).try_into().expect("an Ed25519 key");
        Ed25519.validator::<Value>(&key).validate(&token).is_ok()
    }
}

#[tokio::test]
async fn others_check_tokens_with_the_published_key() {
    for (name, algorithm) in [("ES256", Algorithm::Es256), ("EdDSA", Algorithm::EdDsa)] {
        for secret in [String::new(), made_for(algorithm)] {
            let start = Start::default().variable("JWT_ALGORITHM", name).variable("JWT_SECRET", &secret);
            let server = start.server().await;
            let tokens = server.signed_up().await;
            assert!(server.is_valid(&tokens.access).await);
            let keys = jwks(&server).await;
            assert_eq!(keys.len(), 1);
            assert_eq!((&keys[0]["alg"], &keys[0]["use"]), (&name.into(), &"sig".into()));
            assert_eq!(keys[0]["kid"], key_id(&tokens.access));
            assert!(is_signed_by(&tokens.access, &keys[0]));
            server.refresh(&tokens.refresh).await.with_status(StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn a_secret_is_never_published() {
    let server = Start::default().variable("JWT_SECRET", SECRET).server().await;
    assert_eq!(jwks(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn keys_rotate_and_old_ones_are_honoured_while_they_are_named() {
    let secrets = |algorithm| [(); 2].map(|()| made_for(algorithm));
    for (name, [old, new]) in [
        ("HS256", [SECRET.to_owned(), OTHER.to_owned()]),
        ("ES256", secrets(Algorithm::Es256)),
        ("EdDSA", secrets(Algorithm::EdDsa)),
    ] {
        let start = |current: &str, previous: &str| {
            let start = Start::default().variable("JWT_ALGORITHM", name).variable("JWT_SECRET", current);
            start.variable("JWT_SECRET_PREVIOUS", previous)
        };
        let server = start(&old, "").server().await;
        let before = server.signed_up().await;
        let other = server.signed_in().await;
        let (directory, clock) = server.shut_down().await;

        let server = start(&new, &old).server_in(directory, clock).await;
        assert!(server.is_valid(&before.access).await);
        let after = server.refresh(&before.refresh).await.with_status(StatusCode::OK).tokens();
        assert_ne!(key_id(&after.access), key_id(&before.access));
        if name != "HS256" {
            let keys = jwks(&server).await;
            assert_eq!(keys.len(), 2);
            assert!(is_signed_by(&after.access, &keys[0]) && is_signed_by(&before.access, &keys[1]));
            assert!(!is_signed_by(&after.access, &keys[1]));
        }
        let (directory, clock) = server.shut_down().await;

        let server = start(&new, "").server_in(directory, clock).await;
        assert!(server.is_valid(&after.access).await);
        assert!(!server.is_valid(&other.access).await);
        assert_eq!(server.refresh(&other.refresh).await.refusal(), (401, "invalid_grant"));
        server.refresh(&after.refresh).await.with_status(StatusCode::OK);
    }
}

#[tokio::test]
async fn servers_may_change_their_secret_one_by_one() {
    let start = |current: &str, previous: &str| {
        Start::default().variable("JWT_SECRET", current).variable("JWT_SECRET_PREVIOUS", previous)
    };
    // The new secret is made known before anybody signs with it.
    let server = start(SECRET, OTHER).server().await;
    let before = server.signed_up().await;
    let (directory, clock) = server.shut_down().await;
    let changed = start(OTHER, SECRET).server_in(directory, clock).await;
    let after = changed.refresh(&before.refresh).await.with_status(StatusCode::OK).tokens();
    assert_ne!(key_id(&after.access), key_id(&before.access));
    let (directory, clock) = changed.shut_down().await;
    let not_yet = start(SECRET, OTHER).server_in(directory, clock).await;
    assert!(not_yet.is_valid(&after.access).await);
    not_yet.refresh(&after.refresh).await.with_status(StatusCode::OK);
}

#[tokio::test]
async fn the_same_secret_under_another_algorithm_accepts_nothing() {
    let secret = made_for(Algorithm::EdDsa);
    let start =
        |algorithm| Start::default().variable("JWT_ALGORITHM", algorithm).variable("JWT_SECRET", &secret);
    let server = start("HS256").server().await;
    let tokens = server.signed_up().await;
    let (directory, clock) = server.shut_down().await;
    let server = start("EdDSA").server_in(directory, clock).await;
    assert!(!server.is_valid(&tokens.access).await);
    assert_eq!(server.refresh(&tokens.refresh).await.refusal(), (401, "invalid_grant"));
}

#[tokio::test]
async fn a_refresh_secret_of_its_own_signs_refresh_tokens_alone() {
    let apart = crate::support::EVENT_BOOKING
        .replace("[environment]\n", "[environment]\nrefresh_secret = \"JWT_REFRESH_SECRET\"\n");
    let start = |access: &str, refresh: &str| {
        let start = Start::default().profile(apart.clone()).variable("JWT_SECRET", access);
        start.variable("JWT_REFRESH_SECRET", refresh)
    };
    let server = start(SECRET, OTHER).server().await;
    let tokens = server.signed_up().await;
    assert_ne!(key_id(&tokens.access), key_id(&tokens.refresh));
    let (directory, clock) = server.shut_down().await;

    // With the access secret leaked and replaced, the sessions go on.
    let server = start("a third secret of more than 32 bytes", OTHER).server_in(directory, clock).await;
    assert!(!server.is_valid(&tokens.access).await);
    let next = server.refresh(&tokens.refresh).await.with_status(StatusCode::OK).tokens();
    let (directory, clock) = server.shut_down().await;

    let server = start(SECRET, "a third secret of more than 32 bytes").server_in(directory, clock).await;
    assert_eq!(server.refresh(&next.refresh).await.refusal(), (401, "invalid_grant"));
}

#[test]
fn what_is_no_key_is_refused_at_start_and_not_shown() {
    for (algorithm, variable) in [("ES256", "JWT_SECRET"), ("EdDSA", "JWT_SECRET_PREVIOUS")] {
        let start = Start::default().variable("JWT_ALGORITHM", algorithm).variable(variable, SECRET);
        let error = start.settings().expect_err("no key").to_string();
        assert!(error.contains(variable) && error.contains(algorithm) && !error.contains(SECRET), "{error}");
    }
}
