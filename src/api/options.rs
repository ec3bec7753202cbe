//! Options, as the package hands them over.
//!
//! The package has to check them before the wasm is there, so that a mistake is an error at the call: it
//! refuses what is unknown or makes no sense, and nothing of that is done a second time here.

use crate::machine::{Config, PromptEndsOn, Span, Storage, WhenRejected};
use crate::shell::{Degraded, Endpoint, Settings, get, whole};
use js_sys::{Array, Object};
use wasm_bindgen::{JsCast, JsValue};

/// Reads the options; what is absent keeps its default.
pub(crate) fn read(options: &JsValue, vault: Option<Object>) -> (Config, Settings) {
    let (mut config, mut settings) = (Config::default(), Settings::default());
    let spans = [
        ("refreshEarly", &mut config.refresh_early),
        ("checkEvery", &mut config.check_every),
        ("refreshTimeout", &mut config.refresh_timeout),
        ("lockTimeout", &mut config.lock_timeout),
    ];
    for (name, ours) in spans {
        replace(ours, span(options, name));
    }
    let switches = [
        ("refreshEvery", &mut config.refresh_every),
        ("idleTimeout", &mut config.idle_timeout),
        ("idlePrompt", &mut config.idle_prompt),
        ("maxAge", &mut config.max_age),
    ];
    for (name, ours) in switches {
        if let Some(span) = span(options, name) {
            *ours = Some(span).filter(|span| *span > Span(0));
        }
    }
    if is(options, "promptEndsOn", "stay") {
        config.prompt_ends_on = PromptEndsOn::Stay;
    }
    if is(options, "whenRejected", "at-once") {
        config.when_rejected = WhenRejected::AtOnce;
    }
    config.sliding = is(options, "exchange", "sliding");
    match text(options, "storage").as_deref() {
        Some("session") => config.storage = Storage::PerTab,
        Some("memory") => config.storage = Storage::Memory,
        Some("encrypted") if vault.is_none() => {
            config.storage = Storage::Memory;
            settings.degraded = Some(Degraded::NoEncryption);
        }
        _ => {}
    }

    settings.vault = vault;
    replace(&mut settings.name, text(options, "name"));
    replace(&mut settings.credentials, text(options, "credentials"));
    settings.base_url = text(options, "baseUrl");
    if let Some(cross_tab) = get(options, "crossTab").as_bool() {
        settings.cross_tab = cross_tab;
    }
    if let Some(events) = get(options, "activityEvents").dyn_ref::<Array>() {
        settings.activity_events = (0..events.length()).filter_map(|i| events.get(i).as_string()).collect();
    }
    let endpoints = get(options, "endpoints");
    let ours = &mut settings.endpoints;
    let theirs = [
        ("login", &mut ours.login),
        ("register", &mut ours.register),
        ("refresh", &mut ours.refresh),
        ("logout", &mut ours.logout),
        ("verify", &mut ours.verify),
        ("changePassword", &mut ours.change_password),
    ];
    for (name, ours) in theirs {
        replace(ours, endpoint(&endpoints, name));
    }
    ours.logout_all = endpoint(&endpoints, "logoutAll");
    let fields = get(options, "fields");
    let ours = &mut settings.fields;
    let names = [
        ("accessToken", &mut ours.access_token),
        ("refreshToken", &mut ours.refresh_token),
        ("expiresIn", &mut ours.expires_in),
        ("expiresAt", &mut ours.expires_at),
        ("user", &mut ours.user),
    ];
    for (name, ours) in names {
        *ours = text(&fields, name);
    }
    (config, settings)
}

/// A path, or `{ url, method }`.
fn endpoint(endpoints: &JsValue, name: &str) -> Option<Endpoint> {
    let option = get(endpoints, name);
    if let Some(path) = option.as_string() {
        return Some(Endpoint::post(&path));
    }
    Some(Endpoint { url: text(&option, "url")?, method: text(&option, "method") })
}

fn span(options: &JsValue, name: &str) -> Option<Span> {
    get(options, name).as_f64().map(|milliseconds| Span(whole(milliseconds)))
}

fn is(options: &JsValue, name: &str, word: &str) -> bool {
    text(options, name).is_some_and(|text| text == word)
}

fn text(options: &JsValue, name: &str) -> Option<String> {
    get(options, name).as_string()
}

fn replace<T>(ours: &mut T, theirs: Option<T>) {
    if let Some(theirs) = theirs {
        *ours = theirs;
    }
}
