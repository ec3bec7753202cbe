//! The package fills in what an application leaves out, and a Rust application what it leaves out: with the same.

use crate::support::page::{get, json, text};
use session_warden::machine::{Config, Span};
use session_warden::shell::{Endpoint, Settings};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_package_and_the_crate_have_the_same_defaults() {
    let defaults = json(include_str!("../../pkg/src/defaults.json"));
    let config = Config::default();
    let durations = [
        ("refreshEarly", Some(config.refresh_early)),
        ("checkEvery", Some(config.check_every)),
        ("refreshTimeout", Some(config.refresh_timeout)),
        ("lockTimeout", Some(config.lock_timeout)),
        ("refreshEvery", config.refresh_every),
        ("idleTimeout", config.idle_timeout),
        ("idlePrompt", config.idle_prompt),
        ("maxAge", config.max_age),
    ];
    for (name, ours) in durations {
        assert_eq!(get(&defaults, name).as_f64(), Some(ours.unwrap_or(Span(0)).0 as f64), "{name}");
    }
    let settings = Settings::default();
    let endpoints = get(&defaults, "endpoints");
    let ours = settings.endpoints;
    for (name, ours) in [
        ("login", Some(ours.login)),
        ("register", Some(ours.register)),
        ("refresh", Some(ours.refresh)),
        ("logout", Some(ours.logout)),
        ("verify", Some(ours.verify)),
        ("changePassword", Some(ours.change_password)),
        ("logoutAll", ours.logout_all),
    ] {
        let Endpoint { url, method } = ours.unwrap_or(Endpoint::post(""));
        assert_eq!((text(&endpoints, name), None), (Some(url), method), "{name}");
    }
    let events = js_sys::Array::from(&get(&defaults, "activityEvents"));
    let events: Vec<_> = events.iter().filter_map(|event| event.as_string()).collect();
    assert_eq!(events, settings.activity_events);
}
