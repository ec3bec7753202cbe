use std::path::Path;

use clap::Parser;
use session_warden_server::{Cli, Period, SecretOrigin, Settings};
use tracing::level_filters::LevelFilter;

use crate::support::Start;

fn period(text: &str) -> Period {
    text.parse().expect("a period")
}

#[track_caller]
fn refusal(start: Start) -> String {
    start.settings().expect_err("these settings are wrong").to_string()
}

#[track_caller]
fn refused_flags<const N: usize>(flags: [&str; N]) -> String {
    let program = ["session-warden-server"].into_iter();
    Cli::try_parse_from(program.chain(flags)).expect_err("these flags are wrong").to_string()
}

#[test]
fn durations_are_written_as_people_write_them() {
    for (text, seconds) in [("60s", 60), ("30m", 1800), ("7d", 604_800), ("1h 30m", 5400)] {
        assert_eq!(period(text).seconds(), seconds, "{text}");
    }
    for (text, reason) in [
        ("", "is not a duration"),
        ("60", "is not a duration"),
        ("-5s", "is not a duration"),
        ("0s", "is not a whole number of seconds above zero"),
        ("1500ms", "is not a whole number of seconds above zero"),
        ("11y", "is longer than 10 years"),
    ] {
        let error = refused_flags(["--access-ttl", text]);
        assert!(error.contains("--access-ttl") || text.starts_with('-'), "{error}");
        let error = text.parse::<Period>().expect_err(text).to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_flag_beats_the_environment_and_that_beats_the_profile() {
    let lifetimes = |settings: Settings| {
        let tokens = settings.profile.tokens;
        (tokens.access_ttl, tokens.refresh_ttl.expect("this profile has refresh tokens"))
    };
    let environment = || {
        let start = Start::default().variable("ACCESS_TOKEN_EXPIRE_MINUTES", "10");
        start.variable("REFRESH_TOKEN_EXPIRE_DAYS", "2")
    };
    let profile = Start::default().variable("ACCESS_TOKEN_EXPIRE_MINUTES", "").settings().expect("settings");
    assert_eq!(lifetimes(profile), (period("30m"), period("7d")));
    let from_environment = environment().settings().expect("settings");
    assert_eq!(lifetimes(from_environment), (period("10m"), period("2d")));
    let from_flags = environment().flags(["--access-ttl", "60s"]).settings().expect("settings");
    assert_eq!(lifetimes(from_flags), (period("60s"), period("2d")));
}

#[test]
fn a_bad_variable_is_named() {
    for (variable, value, reason) in [
        ("JWT_ALGORITHM", "RS256", "`RS256` is not supported"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "soon", "`soon` is not a whole number"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0", "above zero"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "99999999999999999999", "is not a whole number"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "4000", "longer than 10 years"),
        ("LOG_LEVEL", "loud", "`loud` is not one of"),
    ] {
        let error = refusal(Start::default().variable(variable, value));
        assert!(error.contains(variable) && error.contains(reason), "{error}");
    }
    Start::default().variable("JWT_ALGORITHM", "HS256").settings().expect("settings");
}

#[test]
fn a_refresh_token_may_not_die_before_its_access_token() {
    let error = refusal(Start::default().flags(["--access-ttl", "2h", "--refresh-ttl", "1h"]));
    assert!(error.contains("1h") && error.contains("2h"), "{error}");
}

#[test]
fn the_secret_is_taken_or_made_and_never_shown() {
    let taken = Start::default().variable("JWT_SECRET", "do not show me").settings().expect("settings");
    assert_eq!(taken.secrets.access.origin(), SecretOrigin::Environment);
    assert!(!format!("{taken:?}").contains("do not show me"));
    let made = Start::default().variable("JWT_SECRET", "").settings().expect("settings");
    assert_eq!(made.secrets.access.origin(), SecretOrigin::Generated);
}

#[test]
fn the_database_comes_from_a_flag_or_the_environment_and_is_shown_without_its_password() {
    let url = "postgres://ada:do-not-show-me@db.example:5432/app?password=do-not-show-me";
    let from_environment = || Start::default().variable("DATABASE_URL", url);
    let database = |start: Start| start.settings().expect("settings").database;
    for shown in [database(from_environment()).to_string(), format!("{:?}", database(from_environment()))] {
        assert!(
            shown.contains("postgres://db.example:5432/app") && !shown.contains("do-not-show-me"),
            "{shown}"
        );
    }
    assert_eq!(database(from_environment().flags(["--database", ":memory:"])).to_string(), ":memory:");
    assert_eq!(database(Start::default()).to_string(), "session-warden.sqlite");
    let wrong = refusal(Start::default().variable("DATABASE_URL", "mysql://localhost/db"));
    assert!(wrong.contains("DATABASE_URL") && wrong.contains("`mysql:` is not supported"), "{wrong}");
}

#[test]
fn log_levels_have_their_usual_names() {
    for (name, level) in
        [("DEBUG", LevelFilter::DEBUG), ("Warning", LevelFilter::WARN), ("info", LevelFilter::INFO)]
    {
        let settings = Start::default().variable("LOG_LEVEL", name).settings().expect("settings");
        assert_eq!(settings.log_level, level);
    }
}

#[test]
fn a_bad_flag_is_explained() {
    for (flag, value, reason) in [
        ("--allow-origin", "*", "is not an origin"),
        ("--allow-origin", "localhost:5173", "is not an origin"),
        ("--allow-origin", "http://localhost:5173/", "is not an origin"),
        ("--allow-origin", "https://app.example:443", "is not an origin"),
        ("--allow-origin", "HTTPS://App.example", "is not an origin"),
        ("--mount", "www", "is not a URL path and a directory"),
        ("--mount", "x=www", "must begin with `/`"),
        ("--bcrypt-cost", "3", "between 4 and 20"),
        ("--bcrypt-cost", "many", "between 4 and 20"),
        ("--database", "mysql://localhost/db", "`mysql:` is not supported"),
        ("--listen", "somewhere", "--listen"),
    ] {
        let error = refused_flags([flag, value]);
        assert!(error.contains(flag) && error.contains(reason), "{error}");
    }
}

#[test]
fn a_mount_needs_its_directory_and_a_path_of_its_own() {
    let here = env!("CARGO_MANIFEST_DIR");
    let missing = format!("/={}", Path::new(here).join("nowhere").display());
    let error = refusal(Start::default().flags(["--mount", &missing]));
    assert!(error.contains("nowhere") && error.contains("not a directory"), "{error}");

    let twice = [&format!("/a={here}"), &format!("/a/={here}")];
    let error = refusal(Start::default().flags(["--mount", twice[0], "--mount", twice[1]]));
    assert!(error.contains("mounted already"), "{error}");
}
