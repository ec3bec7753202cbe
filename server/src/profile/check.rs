//! Rules that span several keys of a profile.

use std::collections::HashMap;

use super::{AccessCheck, Lockout, Profile, Style};

/// A broken rule, and the key at which to say so.
pub(super) struct Conflict {
    pub(super) key: String,
    pub(super) message: String,
}

impl Conflict {
    fn at(key: &str, message: impl Into<String>) -> Option<Self> {
        Some(Self { key: key.to_owned(), message: message.into() })
    }
}

/// The first rule that `profile` breaks.
pub(super) fn conflict(profile: &Profile) -> Option<Conflict> {
    style(profile)
        .or_else(|| lifetimes(profile))
        .or_else(|| lockout(profile))
        .or_else(|| field_names(profile))
        .or_else(|| cookie_names(profile))
        .or_else(|| routes(profile))
}

/// Each style needs what the others have no use for.
fn style(profile: &Profile) -> Option<Conflict> {
    let Profile { exchange, tokens, fields, cookies, headers, .. } = profile;
    let style = exchange.style;
    for (key, given, wanted) in [
        ("tokens.refresh_ttl", tokens.refresh_ttl.is_some(), style != Style::Sliding),
        ("fields.access_token", fields.access_token.is_some(), style != Style::Cookies),
        ("fields.refresh_token", fields.refresh_token.is_some(), style == Style::Body),
        ("cookies", cookies.is_some(), style == Style::Cookies),
    ] {
        match (given, wanted) {
            (true, false) => return Conflict::at(key, "has no use in this style of exchange"),
            (false, true) => return Conflict::at(key, "is missing, and this style of exchange needs it"),
            _ => {}
        }
    }
    if headers.refresh_token.is_some() && style != Style::Body {
        return Conflict::at("headers.refresh_token", "has no use in this style of exchange");
    }
    if headers.renewal.is_some() && headers.refresh_token.is_none() {
        return Conflict::at("headers.renewal", "needs `headers.refresh_token`");
    }
    if style == Style::Sliding && tokens.access_check != AccessCheck::Session {
        return Conflict::at(
            "tokens.access_check",
            "must be `session` where one token slides, or a token would outlive its exchange",
        );
    }
    None
}

fn lifetimes(profile: &Profile) -> Option<Conflict> {
    let tokens = &profile.tokens;
    let shortest = |key, ttl| Some((key, ttl?)).filter(|(_, ttl)| *ttl < tokens.access_ttl);
    let (key, ttl) = shortest("tokens.refresh_ttl", tokens.refresh_ttl)
        .or_else(|| shortest("tokens.remembered_ttl", tokens.remembered_ttl))?;
    Conflict::at(key, format!("{ttl} is shorter than `access_ttl`, {}", tokens.access_ttl))
}

fn lockout(profile: &Profile) -> Option<Conflict> {
    let Lockout { longest, forget_after, .. } = profile.lockout;
    if longest <= forget_after {
        return None;
    }
    let message =
        format!("{longest} is longer than `forget_after`, {forget_after}: the lock would be forgotten");
    Conflict::at("lockout.longest", message)
}

fn field_names(profile: &Profile) -> Option<Conflict> {
    let fields = &profile.fields;
    let named = [
        ("fields.access_token", fields.access_token.as_ref()),
        ("fields.refresh_token", fields.refresh_token.as_ref()),
        ("fields.token_type", fields.token_type.as_ref()),
        ("fields.expires_in", Some(&fields.expires_in)),
        ("fields.user", fields.user.as_ref()),
        ("fields.user_id", fields.user_id.as_ref()),
    ];
    let mut seen = HashMap::new();
    named.into_iter().filter_map(|(key, name)| Some((key, name?))).find_map(|(key, name)| {
        if name.is_empty() {
            return Conflict::at(key, "a name may not be empty");
        }
        let other = seen.insert(name, key)?;
        Conflict::at(key, format!("`{name}` is also the name of `{other}`"))
    })
}

fn cookie_names(profile: &Profile) -> Option<Conflict> {
    let cookies = profile.cookies.as_ref()?;
    let named = [
        ("cookies.access", &cookies.access),
        ("cookies.refresh", &cookies.refresh),
        ("cookies.csrf", &cookies.csrf),
    ];
    let mut seen = HashMap::new();
    named.into_iter().find_map(|(key, name)| {
        let other = seen.insert(name, key)?;
        Conflict::at(key, format!("`{name}` is also the name of `{other}`"))
    })
}

/// Two handlers on one method and path would be found out by the router, with a panic.
fn routes(profile: &Profile) -> Option<Conflict> {
    let endpoints = &profile.endpoints;
    let with_method = [
        ("endpoints.register", Some(&endpoints.register)),
        ("endpoints.login", Some(&endpoints.login)),
        ("endpoints.refresh", Some(&endpoints.refresh)),
        ("endpoints.verify", endpoints.verify.as_ref()),
        ("endpoints.token_info", endpoints.token_info.as_ref()),
        ("endpoints.logout", Some(&endpoints.logout)),
        ("endpoints.logout_all", endpoints.logout_all.as_ref()),
        ("endpoints.change_password", endpoints.change_password.as_ref()),
        ("endpoints.user", endpoints.user.as_ref()),
    ];
    let read_only = [
        ("endpoints.sessions", endpoints.sessions.as_ref()),
        ("endpoints.jwks", endpoints.jwks.as_ref()),
        ("endpoints.health", Some(&endpoints.health)),
        ("endpoints.ready", endpoints.ready.as_ref()),
        ("endpoints.metrics", endpoints.metrics.as_ref()),
        ("endpoints.openapi", endpoints.openapi.as_ref()),
    ];
    let with_method =
        with_method.into_iter().filter_map(|(key, endpoint)| Some((key.to_owned(), endpoint?.to_string())));
    let read_only = read_only
        .into_iter()
        .filter_map(|(key, path)| Some((key.to_owned(), format!("GET {}", path?.as_str()))));
    let resources = profile.resources.iter().enumerate().flat_map(|(index, resource)| {
        ["GET", "POST"].map(|method| {
            (format!("resources[{index}].path"), format!("{method} {}", resource.path.as_str()))
        })
    });
    let mut seen = HashMap::new();
    with_method.chain(read_only).chain(resources).find_map(|(key, route)| {
        let other = seen.insert(route.clone(), key.clone())?;
        Some(Conflict { message: format!("`{route}` is taken by `{other}`"), key })
    })
}
