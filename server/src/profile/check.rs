//! Rules that span several keys of a profile.

use std::collections::HashMap;

use super::Profile;

/// A broken rule, and the key at which to say so.
pub(super) struct Conflict {
    pub(super) key: String,
    pub(super) message: String,
}

/// The first rule that `profile` breaks.
pub(super) fn conflict(profile: &Profile) -> Option<Conflict> {
    lifetimes(profile).or_else(|| field_names(profile)).or_else(|| routes(profile))
}

fn lifetimes(profile: &Profile) -> Option<Conflict> {
    let tokens = &profile.tokens;
    (tokens.refresh_ttl < tokens.access_ttl).then(|| Conflict {
        key: "tokens.refresh_ttl".to_owned(),
        message: format!("{} is shorter than `access_ttl`, {}", tokens.refresh_ttl, tokens.access_ttl),
    })
}

fn field_names(profile: &Profile) -> Option<Conflict> {
    let fields = &profile.fields;
    let named = [
        ("fields.access_token", &fields.access_token),
        ("fields.refresh_token", &fields.refresh_token),
        ("fields.token_type", &fields.token_type),
        ("fields.expires_in", &fields.expires_in),
        ("fields.user", &fields.user),
    ];
    let mut seen = HashMap::new();
    named.into_iter().find_map(|(key, name)| {
        let message = if name.is_empty() {
            "a name may not be empty".to_owned()
        } else {
            let other = seen.insert(name, key)?;
            format!("`{name}` is also the name of `{other}`")
        };
        Some(Conflict { key: key.to_owned(), message })
    })
}

/// Two handlers on one method and path would be found out by the router, with a panic.
fn routes(profile: &Profile) -> Option<Conflict> {
    let endpoints = &profile.endpoints;
    let fixed = [
        ("endpoints.register", &endpoints.register),
        ("endpoints.login", &endpoints.login),
        ("endpoints.refresh", &endpoints.refresh),
        ("endpoints.verify", &endpoints.verify),
        ("endpoints.logout", &endpoints.logout),
        ("endpoints.change_password", &endpoints.change_password),
        ("endpoints.user", &endpoints.user),
        ("endpoints.health", &endpoints.health),
    ];
    let endpoints = fixed.into_iter().map(|(key, endpoint)| (key.to_owned(), endpoint.to_string()));
    let resources = profile.resources.iter().enumerate().flat_map(|(index, resource)| {
        ["GET", "POST"].map(|method| {
            (format!("resources[{index}].path"), format!("{method} {}", resource.path.as_str()))
        })
    });
    let mut seen = HashMap::new();
    endpoints.chain(resources).find_map(|(key, route)| {
        let other = seen.insert(route.clone(), key.clone())?;
        Some(Conflict { message: format!("`{route}` is taken by `{other}`"), key })
    })
}
