//! Tokens as servers hand them out, in all their spellings.

use crate::support::page::{empty, get, json, now, set};
use crate::support::server::Reply;
use crate::support::{Tab, World, stored_token};
use session_warden::machine::GrantKind;
use session_warden::shell::{BadAnswer, Fields, SessionError};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Milliseconds between the answer and the look at what became of it.
const SLACK: f64 = 2_000.0;

/// A token whose payload is this; its signature is nobody's business in a browser.
fn jwt(payload: &str) -> String {
    let encoded: String = js_sys::Function::new_with_args(
        "payload",
        "return btoa(payload).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')",
    )
    .call1(&JsValue::UNDEFINED, &payload.into())
    .expect("the payload is ASCII")
    .as_string()
    .expect("btoa gives a string");
    format!("eyJhbGciOiJub25lIn0.{encoded}.c2lnbmF0dXJl")
}

/// An instant so many seconds away, in seconds since the epoch.
fn epoch_seconds(from_now: f64) -> f64 {
    (now() / 1_000.0 + from_now).floor()
}

fn answer(members: &[(&str, JsValue)]) -> JsValue {
    let answer = empty();
    set(&answer, "access_token", "opaque");
    for (name, value) in members {
        set(&answer, name, value.clone());
    }
    answer
}

async fn tab_after(answer: JsValue) -> (World, Tab) {
    let world = World::new();
    world.server.reply("/login", Reply::Body(answer));
    let tab = world.signed_in_tab().await;
    (world, tab)
}

/// How long the token lives by the answer, in seconds.
async fn lifetime(answer: JsValue) -> Option<f64> {
    let (_world, tab) = tab_after(answer).await;
    let expires_at = tab.view().expires_at?;
    Some((expires_at.0 as f64 - now()) / 1_000.0)
}

async fn assert_lifetime(answer: JsValue, expected: Option<f64>) {
    let shown = js_sys::JSON::stringify(&answer).expect("an answer is plain");
    let found = lifetime(answer).await;
    let is_right = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < SLACK / 1_000.0,
        (None, None) => true,
        _ => false,
    };
    assert!(is_right, "{shown}: expected {expected:?}, found {found:?}");
}

#[wasm_bindgen_test]
async fn expires_in_is_a_number_of_seconds_or_a_string_that_is_one() {
    let lifetimes: [(JsValue, Option<f64>); 6] = [
        (3_600.into(), Some(3_600.0)),
        ("3600".into(), Some(3_600.0)),
        (90.5.into(), Some(90.5)),
        (0.into(), None),
        ((-5).into(), None),
        (JsValue::NULL, None),
    ];
    for (expires_in, expected) in lifetimes {
        assert_lifetime(answer(&[("expires_in", expires_in)]), expected).await;
    }
    assert_lifetime(answer(&[]), None).await;
}

#[wasm_bindgen_test]
async fn an_endless_lifetime_is_cut() {
    let year = 365.0 * 24.0 * 3_600.0;
    let found = lifetime(answer(&[("expires_in", 1e300.into())])).await.expect("a lifetime");
    assert!(found > year && found < 1.2 * year, "{found} s");
}

#[wasm_bindgen_test]
async fn expires_at_is_an_instant_in_seconds_in_milliseconds_or_as_a_date() {
    let at = now() + 7_200_000.0;
    let date = String::from(js_sys::Date::new(&at.into()).to_iso_string());
    let instants: [JsValue; 5] = [
        (at / 1_000.0).floor().into(),
        at.into(),
        format!("{}", (at / 1_000.0).floor()).into(),
        date.into(),
        String::from(js_sys::Date::new(&at.into()).to_utc_string()).into(),
    ];
    for expires_at in instants {
        assert_lifetime(answer(&[("expires_at", expires_at)]), Some(7_200.0)).await;
    }
}

#[wasm_bindgen_test]
async fn an_expiry_that_makes_no_sense_is_named() {
    let nonsense: [(&'static str, JsValue); 8] = [
        ("expires_in", "soon".into()),
        ("expires_in", "".into()),
        ("expires_in", true.into()),
        ("expires_at", "tomorrow".into()),
        ("expires_at", 0.into()),
        ("expires_at", (-1).into()),
        ("expires_at", true.into()),
        ("expires_at", empty()),
    ];
    let world = World::new();
    let tab = world.tab().await;
    for (field, value) in nonsense {
        let answer = answer(&[(field, value)]);
        let bad = Err(SessionError::BadAnswer(BadAnswer(field)));
        world.server.reply("/login", Reply::Body(answer.clone()));
        assert_eq!(tab.login().await, bad, "{field}");
        assert_eq!(tab.set_tokens(&answer, GrantKind::Login, true).await, bad, "{field}");
        assert!(tab.is_signed_out());
    }
}

#[wasm_bindgen_test]
async fn a_refresh_is_taken_up_whatever_it_says_of_its_expiry() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    world.server.reply("/refresh", Reply::Body(answer(&[("expires_in", "soon".into())])));
    tab.refresh().await.expect("the old tokens are dead");
    assert_eq!(tab.peek().expect("a token").access_token.expose(), "opaque");
}

#[wasm_bindgen_test]
async fn a_length_beats_an_instant_for_the_servers_clock_is_not_ours() {
    let members = [("expires_in", 600.into()), ("expires_at", (now() + 7_200_000.0).into())];
    assert_lifetime(answer(&members), Some(600.0)).await;
    // The server's clock is an hour behind.
    let (issued, expires) = (epoch_seconds(-3_600.0), epoch_seconds(-2_700.0));
    let token = jwt(&format!(r#"{{ "iat": {issued}, "exp": {expires} }}"#));
    assert_lifetime(answer(&[("access_token", token.into())]), Some(900.0)).await;
}

#[wasm_bindgen_test]
async fn a_token_may_say_itself_how_long_it_lives() {
    let ahead = epoch_seconds(900.0);
    let payloads = [
        (format!(r#"{{ "exp": {ahead} }}"#), Some(900.0)),
        (format!(r#"{{ "exp": {} }}"#, epoch_seconds(-900.0)), None),
        // Meant in milliseconds, or not at all.
        (format!(r#"{{ "exp": {} }}"#, ahead * 1_000.0), None),
        (r#"{ "exp": "never" }"#.to_owned(), None),
        (r#"{ "exp": -1 }"#.to_owned(), None),
        ("null".to_owned(), None),
        ("[]".to_owned(), None),
        ("no JSON".to_owned(), None),
    ];
    for (payload, expected) in payloads {
        assert_lifetime(answer(&[("access_token", jwt(&payload).into())]), expected).await;
    }
}

#[wasm_bindgen_test]
async fn opaque_and_encrypted_tokens_are_taken_as_they_are() {
    for token in ["opaque", "a.b", "not.base64!.c", "five.parts.of.a.JWE", "..", "ä.ö.ü"] {
        let (world, tab) = tab_after(answer(&[("access_token", token.into())])).await;
        assert_eq!(tab.access_token().as_deref(), Some(token));
        assert_eq!(tab.view().expires_at, None, "{token}");
        assert_eq!(stored_token(&world.row().await).as_deref(), Some(token));
    }
}

#[wasm_bindgen_test]
async fn the_usual_names_are_known_in_snake_and_camel_case() {
    let answers = [
        r#"{ "access_token": "a", "refresh_token": "r", "expires_in": 600 }"#,
        r#"{ "accessToken": "a", "refreshToken": "r", "expiresIn": 600 }"#,
        r#"{ "token": "a", "refreshToken": "r", "expiresIn": 600 }"#,
    ];
    for text in answers {
        let (world, tab) = tab_after(json(text)).await;
        assert_eq!(tab.access_token().as_deref(), Some("a"), "{text}");
        assert!(tab.view().expires_at.is_some(), "{text}");
        let record = get(&world.row().await, "record");
        assert_eq!(get(&record, "refresh"), JsValue::from("r"), "{text}");
    }
}

#[wasm_bindgen_test]
async fn configured_names_take_the_place_of_the_usual_ones() {
    let mut world = World::new();
    world.settings.fields = Fields {
        access_token: Some("jeton".to_owned()),
        refresh_token: Some("relais".to_owned()),
        expires_in: Some("duree".to_owned()),
        expires_at: None,
        user: Some("personne".to_owned()),
    };
    let body = json(
        r#"{ "jeton": "a", "relais": "r", "duree": 600, "personne": { "id": 7, "nom": "Ada" },
             "access_token": "decoy", "refresh_token": "decoy", "expires_in": 9000, "user": { "id": 8 } }"#,
    );
    world.server.reply("/login", Reply::Body(body.clone()));
    let tab = world.signed_in_tab().await;
    assert_eq!(tab.access_token().as_deref(), Some("a"));
    assert_eq!(tab.user().as_deref(), Some(r#"{"id":7,"nom":"Ada"}"#));
    assert_eq!(get(&get(&world.row().await, "record"), "subject"), JsValue::from("7"));
    let left = tab.view().expires_at.expect("a lifetime").0 as f64 - now();
    assert!(left < 601_000.0, "{left} ms");

    set(&body, "jeton", "b");
    world.server.reply("/refresh", Reply::Body(body));
    tab.refresh().await.expect("the refresh succeeds");
    let request = world.server.last("/refresh");
    assert_eq!(request.field("relais").as_deref(), Some("r"));
    assert_eq!(request.field("refresh_token"), None);
    assert_eq!(tab.access_token().as_deref(), Some("b"));
}

#[wasm_bindgen_test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    for refresh_token in [JsValue::UNDEFINED, JsValue::NULL, "".into()] {
        let world = World::new();
        let tab = world.signed_in_tab().await;
        let members = [("access_token", "second".into()), ("refresh_token", refresh_token.clone())];
        world.server.reply("/refresh", Reply::Body(answer(&members)));
        tab.refresh().await.expect("the refresh succeeds");
        assert_eq!(tab.access_token().as_deref(), Some("second"));
        tab.refresh().await.expect("the refresh succeeds");
        let presented = world.server.last("/refresh").field("refresh_token");
        assert_eq!(presented.as_deref(), Some("refresh-1"), "{refresh_token:?}");
    }
}

#[wasm_bindgen_test]
async fn a_login_without_a_refresh_token_has_none() {
    for refresh_token in [JsValue::UNDEFINED, JsValue::NULL, "".into()] {
        let (world, tab) = tab_after(answer(&[("refresh_token", refresh_token)])).await;
        assert!(tab.is_signed_in());
        let record = get(&world.row().await, "record");
        assert_eq!(get(&record, "refresh"), JsValue::UNDEFINED);
    }
}

#[wasm_bindgen_test]
async fn the_subject_is_the_user_id_or_the_users_id_or_the_tokens_subject() {
    let token = jwt(r#"{ "sub": "token" }"#);
    let answers = [
        (answer(&[("user_id", "answer".into()), ("user", json(r#"{ "id": "user" }"#))]), Some("answer")),
        (answer(&[("userId", 12.into())]), Some("12")),
        (answer(&[("user", json(r#"{ "id": 7 }"#))]), Some("7")),
        (answer(&[("user", json(r#"{ "sub": "user" }"#))]), Some("user")),
        (answer(&[("access_token", token.clone().into()), ("user_id", "answer".into())]), Some("answer")),
        (answer(&[("access_token", token.clone().into()), ("user_id", "".into())]), Some("token")),
        (answer(&[("access_token", token.into()), ("user", "Ada".into())]), Some("token")),
        (answer(&[("user_id", empty())]), None),
        (answer(&[]), None),
    ];
    for (answer, expected) in answers {
        let shown = js_sys::JSON::stringify(&answer).expect("an answer is plain");
        let (world, _tab) = tab_after(answer).await;
        assert_eq!(
            get(&get(&world.row().await, "record"), "subject").as_string().as_deref(),
            expected,
            "{shown}"
        );
    }
}

#[wasm_bindgen_test]
async fn tokens_of_the_application_may_be_old_and_are_due_then_not_dead() {
    let (issued, expires) = (epoch_seconds(-7_200.0), epoch_seconds(-3_600.0));
    let token = jwt(&format!(r#"{{ "iat": {issued}, "exp": {expires} }}"#));
    let tokens = [
        answer(&[("access_token", token.into()), ("refresh_token", "refresh-0".into())]),
        answer(&[("expires_at", (now() - 1_000.0).into()), ("refresh_token", "refresh-0".into())]),
    ];
    for tokens in tokens {
        let world = World::new();
        let tab = world.tab().await;
        tab.set_tokens(&tokens, GrantKind::Login, true).await.expect("the tokens are taken up");
        assert!(tab.is_signed_in());
        let token = tab.token().await.expect("a token that is good now");
        assert_eq!(token.access_token.expose(), "access-1");
        assert_eq!(world.server.paths(), ["/refresh"]);
    }
}

#[wasm_bindgen_test]
async fn tokens_of_the_application_last_as_long_as_it_says() {
    // The clock that issued it ran ahead, or it has been on its way for a while: the earlier end counts.
    let (issued, expires) = (epoch_seconds(-600.0), epoch_seconds(300.0));
    let token = jwt(&format!(r#"{{ "iat": {issued}, "exp": {expires} }}"#));
    let lifetimes = [
        (answer(&[("expires_at", (now() + 900_000.0).into()), ("expires_in", 60.into())]), 900.0),
        (answer(&[("expires_in", 60.into())]), 60.0),
        (answer(&[("access_token", token.into())]), 300.0),
    ];
    for (tokens, expected) in lifetimes {
        let world = World::new();
        let tab = world.tab().await;
        tab.set_tokens(&tokens, GrantKind::Auto, true).await.expect("the tokens are taken up");
        let left = tab.view().expires_at.expect("a lifetime").0 as f64 - now();
        assert!((left - expected * 1_000.0).abs() < SLACK, "{left} ms instead of {expected} s");
    }
}
