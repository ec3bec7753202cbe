use reqwest::StatusCode;
use serde_json::json;
use session_warden_server::{Profile, ProfileError};

use crate::support::{EVENT_BOOKING, PASSWORD, Start, send};

#[track_caller]
fn with(from: &str, to: &str) -> String {
    assert_eq!(EVENT_BOOKING.matches(from).count(), 1, "`{from}` once");
    EVENT_BOOKING.replace(from, to)
}

fn line_of(text: &str, needle: &str) -> usize {
    1 + text.lines().position(|line| line.contains(needle)).expect("a line")
}

fn first_change(text: &str) -> usize {
    1 + text
        .lines()
        .zip(EVENT_BOOKING.lines())
        .position(|(changed, original)| changed != original)
        .expect("a change")
}

#[test]
fn the_built_in_ones_are_sound() {
    let profiles = Profile::built_in().expect("sound profiles");
    assert!(profiles.iter().any(|profile| profile.name == "event-booking"));
    for profile in profiles {
        assert_eq!(Profile::load(&profile.name).expect("by its name").name, profile.name);
        assert!(!profile.summary.contains('\n'));
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known() {
    let error = Profile::load("event-bookings").expect_err("no such profile").to_string();
    assert!(error.contains("`event-bookings`") && error.contains("`event-booking`"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Profile::load("./nowhere.toml").expect_err("no such file").to_string();
    assert!(error.contains("./nowhere.toml"), "{error}");
}

#[test]
fn an_error_says_file_line_and_key() {
    let cases = [
        (r#"access_ttl = "30m""#, r#"access_ttl = "soon""#, "tokens.access_ttl", "not a duration"),
        (r#"access_ttl = "30m""#, "access_ttl = 30", "tokens.access_ttl", "expected a string"),
        (r#"access_ttl = "30m""#, r#"access_tll = "30m""#, "tokens.access_tll", "unknown field"),
        (r#"algorithm = "HS256""#, r#"algorithm = "none""#, "tokens.algorithm", "not supported"),
        (r#"refresh_ttl = "7d""#, r#"refresh_ttl = "1m""#, "tokens.refresh_ttl", "shorter than"),
        (r#""POST /login""#, r#""/login""#, "endpoints.login", "not a method and a path"),
        (r#""POST /login""#, r#""LOGIN /login""#, "endpoints.login", "`LOGIN` is not one of"),
        (r#""POST /login""#, r#""POST /{id}""#, "endpoints.login", "not a path"),
        (r#""POST /login""#, r#""POST /register""#, "endpoints.login", "taken by `endpoints.register`"),
        (r#"path = "/my-bookings""#, r#"path = "/me""#, "resources[0].path", "taken by `endpoints.user`"),
        (r#"unit = "minutes""#, r#"unit = "moons""#, "environment.access_ttl.unit", "unknown variant"),
        (r#"expires_in = "expires_in""#, r#"expires_in = "user""#, "fields.user", "also the name of"),
        (r#"user = "user""#, r#"user = """#, "fields.user", "may not be empty"),
        ("refresh = 401", "refresh = 500", "refusals.refresh", "no final refusal"),
        ("min_length = 8", "min_length = 73", "passwords.min_length", "not between 1 and 72"),
        ("bcrypt_cost = 12", "bcrypt_cost = 31", "passwords.bcrypt_cost", "between 4 and 20"),
        ("body_bytes = 65536", "body_bytes = 0", "limits.body_bytes", "nonzero"),
        ("malformed_token = 401", "malformed_token = 403", "refusals.malformed_token", "use 400 or 401"),
        ("unknown_account = 401", "unknown_account = 410", "refusals.unknown_account", "use 401 or 404"),
        ("locked_account = 429", "locked_account = 401", "refusals.locked_account", "use 403, 423 or 429"),
        (
            r#"per_account = "30/1m""#,
            r#"per_account = "0/1m""#,
            "rates.per_account",
            "`0/1m` is not a number",
        ),
        (r#"per_account = "30/1m""#, r#"per_account = "30""#, "rates.per_account", "and a duration"),
        (
            r#"per_account = "30/1m""#,
            r#"per_account = "1000000001/1s""#,
            "rates.per_account",
            "more than one a nanosecond",
        ),
        (r#"longest = "1h""#, r#"longest = "2d""#, "lockout.longest", "longer than `forget_after`"),
        (r#"style = "body""#, r#"style = "post""#, "exchange.style", "unknown variant"),
        (r#"ready = "/readyz""#, r#"ready = "/metrics""#, "endpoints.metrics", "taken by `endpoints.ready`"),
    ];
    for (from, to, key, reason) in cases {
        let text = with(from, to);
        let error = Profile::parse("mine.toml", &text).expect_err(to);
        let message = error.to_string();
        let ProfileError::Invalid { line, key: found, .. } = error else { panic!("{message}") };
        // Of two names that clash, the later one is told off.
        let last_user = 1 + text
            .lines()
            .collect::<Vec<_>>()
            .iter()
            .rposition(|line| line.starts_with("user = "))
            .expect("it");
        let at = match key {
            "fields.user" => last_user,
            "endpoints.metrics" => line_of(&text, "metrics = "),
            _ => first_change(&text),
        };
        assert_eq!((found.as_str(), line), (key, at), "{message}");
        assert!(message.starts_with(&format!("mine.toml:{line}: `{key}`: ")), "{message}");
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn each_style_of_exchange_has_what_it_needs_and_no_more() {
    let guide = include_str!("../../profiles/session-guide.toml");
    let cranes = include_str!("../../profiles/asp-cranes.toml");
    let watched = include_str!("../../profiles/justwatched.toml");
    let missing = "is missing, and this style of exchange needs it";
    let useless = "has no use in this style of exchange";
    let cases = [
        (EVENT_BOOKING, "refresh_ttl = \"7d\"\n", "", "tokens.refresh_ttl", missing),
        (EVENT_BOOKING, "style = \"body\"", "style = \"cookies\"", "fields.access_token", useless),
        (EVENT_BOOKING, "refresh_token = \"refresh_token\"\n", "", "fields.refresh_token", missing),
        (EVENT_BOOKING, "style = \"body\"", "style = \"sliding\"", "tokens.refresh_ttl", useless),
        (
            guide,
            "access_ttl = \"24h\"",
            "access_ttl = \"24h\"\nrefresh_ttl = \"7d\"",
            "tokens.refresh_ttl",
            useless,
        ),
        (guide, "\"session\"", "\"stateless\"", "tokens.access_check", "must be `session`"),
        (
            guide,
            "remembered_ttl = \"30d\"",
            "remembered_ttl = \"1h\"",
            "tokens.remembered_ttl",
            "shorter than",
        ),
        (
            cranes,
            "\"__Host-refresh\"",
            "\"__Host-access\"",
            "cookies.refresh",
            "also the name of `cookies.access`",
        ),
        (cranes, "\"__Host-csrf\"", "\"a name\"", "cookies.csrf", "is not a cookie name"),
        (cranes, "\"x-csrf-token\"", "\"a header\"", "cookies.csrf_header", "is not the name of a header"),
        (cranes, "same_site = \"strict\"", "same_site = \"none\"", "cookies.same_site", "unknown variant"),
        (cranes, "session_bytes = 32", "session_bytes = 0", "secrets.session_bytes", "nonzero"),
        (
            watched,
            "[headers]\nrefresh_token = \"x-refresh-token\"\n",
            "",
            "headers.renewal",
            "needs `headers.refresh_token`",
        ),
    ];
    for (profile, from, to, key, reason) in cases {
        assert_eq!(profile.matches(from).count(), 1, "`{from}` once");
        let text = profile.replace(from, to);
        let error = Profile::parse("mine.toml", &text).expect_err(key).to_string();
        assert!(error.contains(&format!(": `{key}`: ")) && error.contains(reason), "{error}");
        assert!(!error.starts_with("mine.toml:1:"), "{error}");
    }
}

#[test]
fn a_missing_key_is_named_at_its_table() {
    let text = with("bcrypt_cost = 12\n", "");
    let error = Profile::parse("mine.toml", &text).expect_err("a key is missing").to_string();
    let line = line_of(&text, "[passwords]");
    assert!(error.starts_with(&format!("mine.toml:{line}: `passwords`: ")), "{error}");
    assert!(error.contains("missing field `bcrypt_cost`"), "{error}");
}

#[test]
fn what_is_not_toml_is_placed() {
    let text = with("bcrypt_cost = 12", "bcrypt_cost = = 12");
    let error = Profile::parse("mine.toml", &text).expect_err("not TOML").to_string();
    assert!(error.starts_with(&format!("mine.toml:{}: ", line_of(&text, "= = 12"))), "{error}");
}

#[tokio::test]
async fn everything_moves_with_the_profile() {
    let text = EVENT_BOOKING
        .replace("POST /login", "PUT /api/session")
        .replace("POST /logout", "DELETE /api/session")
        .replace("POST /refresh", "POST /api/session/renew")
        .replace("\"access_token\"", "\"accessToken\"")
        .replace("\"refresh_token\"", "\"refreshToken\"")
        .replace("refresh = 401", "refresh = 403")
        .replace("\"JWT_SECRET\"", "\"MY_SECRET\"")
        .replace("\"/my-bookings\"", "\"/api/tickets\"")
        .replace("\"my-bookings\"", "\"tickets\"")
        .replace("[tokens]", "[tokens]\nissuer = \"the issuer\"\naudience = \"the audience\"");
    let secret = "a secret of more than 32 bytes, for tests";
    let server = Start::default().profile(text).variable("MY_SECRET", secret).server().await;

    server.register("ada@example.com", PASSWORD).await.with_status(StatusCode::CREATED);
    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD });
    let login = send(server.request("PUT", "/api/session").json(&credentials)).await;
    let (access, refresh) = (login.text("accessToken"), login.text("refreshToken"));
    let claims = server.verify(access).await.with_status(StatusCode::OK).body["claims"].clone();
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("the issuer"), &json!("the audience")));
    let tickets = send(server.get("/api/tickets").bearer_auth(access)).await;
    assert_eq!(tickets.body["resource"], "tickets");

    let renew = || server.post("/api/session/renew").json(&json!({ "refreshToken": refresh }));
    send(renew()).await.with_status(StatusCode::OK);
    assert_eq!(send(renew()).await.refusal(), (403, "invalid_grant"));
    send(server.request("DELETE", "/api/session").bearer_auth(access))
        .await
        .with_status(StatusCode::NO_CONTENT);
    assert_eq!(send(server.post("/login")).await.refusal(), (404, "not_found"));

    // A server without that issuer and audience shares the secret, but a token of its own is refused there.
    let plain = Start::default().variable("JWT_SECRET", secret).server().await;
    let foreign = plain.signed_up().await;
    let verdict = server.verify(&foreign.access).await;
    assert_eq!(verdict.refusal(), (401, "invalid_token"));
    assert!(verdict.text("error_description").contains("another issuer"), "{}", verdict.body);
}
