//! The description of what the profile has mounted, in OpenAPI's words.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::http::header::{RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};

use super::credentials;
use super::resources::MAX_TITLE_CHARACTERS;
use crate::app::App;
use crate::profile::{CookieName, Endpoint, Fields, Header, Profile, ResourcePath, Style};

/// → 200, an OpenAPI 3.1 document of this server.
pub(crate) async fn openapi(State(app): State<Arc<App>>) -> Json<Value> {
    Json(document(&app.profile))
}

/// Whom an operation is for, which says what it takes besides its body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Anybody,
    SignedIn,
    /// Whoever has a token that renews.
    Renewing,
    /// Whoever has a token of the session, or none any more.
    Leaving,
}

/// What an operation answers when all is well.
enum Body {
    Tokens {
        of_a_login: bool,
    },
    Object,
    /// Nothing, or what is no JSON.
    Other,
}

/// One operation as its handler has it.
struct Operation {
    id: String,
    summary: String,
    who: For,
    /// Members of the body, each with whether it is required.
    takes: Vec<(String, Value, bool)>,
    answers: (u16, Body),
    /// The other statuses that it answers.
    refuses: Vec<u16>,
}

fn document(profile: &Profile) -> Value {
    let mut paths = Map::new();
    for (method, path, operation) in operations(profile) {
        let path = paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(method.as_str().to_lowercase(), describe(&method, operation, profile));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": profile.name, "summary": profile.summary, "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(profile),
            "schemas": { "Error": {
                "type": "object",
                "required": ["error", "error_description"],
                "properties": { "error": { "type": "string" }, "error_description": { "type": "string" } },
            } },
        },
    })
}

fn operations(profile: &Profile) -> Vec<(Method, String, Operation)> {
    let endpoints = &profile.endpoints;
    let refused = profile.refusals.refresh.code().as_u16();
    let malformed = profile.refusals.malformed_token.code().as_u16();
    let unknown = profile.refusals.unknown_account.code().as_u16();
    let locked = profile.refusals.locked_account.code().as_u16();
    let remember = profile.fields.remember.as_deref().map(flag);
    let renewing = |required| match &profile.fields.refresh_token {
        Some(field) => vec![text(field, required && profile.headers.refresh_token.is_none())],
        None => vec![],
    };
    let mut all = Vec::new();
    let mut add = |endpoint: Option<&Endpoint>, id: &str, summary: &str, who, takes, answers, refuses| {
        if let Some(endpoint) = endpoint {
            let operation =
                Operation { id: id.to_owned(), summary: summary.to_owned(), who, takes, answers, refuses };
            all.push((endpoint.method().clone(), endpoint.path().to_owned(), operation));
        }
    };
    let credentials = [email(), new_password("password", profile), text("name", false)];
    let register = credentials.into_iter().chain(remember.clone()).collect();
    let login = [text("email", true), text("password", true)].into_iter().chain(remember).collect();
    add(
        Some(&endpoints.register),
        "register",
        "Makes an account and signs it in",
        For::Anybody,
        register,
        (201, Body::Tokens { of_a_login: true }),
        vec![403, 409, 422, 429],
    );
    add(
        Some(&endpoints.login),
        "login",
        "Signs in",
        For::Anybody,
        login,
        (200, Body::Tokens { of_a_login: true }),
        vec![401, 403, 429, unknown, locked],
    );
    add(
        Some(&endpoints.refresh),
        "refresh",
        "Exchanges the token that renews for new ones",
        For::Renewing,
        renewing(true),
        (200, Body::Tokens { of_a_login: false }),
        vec![403, 429, refused],
    );
    add(
        endpoints.verify.as_ref(),
        "verify",
        "Says whether an access token is good",
        For::Anybody,
        vec![text("token", false)],
        (200, Body::Object),
        vec![401, malformed],
    );
    add(
        endpoints.token_info.as_ref(),
        "tokenInfo",
        "Tells what the access token says",
        For::SignedIn,
        vec![],
        (200, Body::Object),
        vec![malformed],
    );
    let everywhere = renewing(false).into_iter().chain([flag("everywhere")]).collect();
    add(
        Some(&endpoints.logout),
        "logout",
        "Ends the session",
        For::Leaving,
        everywhere,
        (204, Body::Other),
        vec![401, 403, refused],
    );
    add(
        endpoints.logout_all.as_ref(),
        "logoutAll",
        "Ends all of the user's sessions",
        For::Leaving,
        renewing(false),
        (204, Body::Other),
        vec![400, 401, 403, refused],
    );
    add(
        endpoints.change_password.as_ref(),
        "changePassword",
        "Sets a new password and ends the other sessions",
        For::SignedIn,
        vec![text("current_password", true), new_password("new_password", profile)],
        (200, Body::Tokens { of_a_login: true }),
        vec![403, 422, 429, malformed, locked],
    );
    add(
        endpoints.user.as_ref(),
        "user",
        "Tells whom the access token belongs to",
        For::SignedIn,
        vec![],
        (200, Body::Object),
        vec![malformed],
    );
    all.extend(read_only(profile));
    all
}

fn read_only(profile: &Profile) -> Vec<(Method, String, Operation)> {
    let endpoints = &profile.endpoints;
    let malformed = profile.refusals.malformed_token.code().as_u16();
    let get = |path: &ResourcePath, id: &str, summary: &str, refuses| {
        let operation = Operation {
            id: id.to_owned(),
            summary: summary.to_owned(),
            who: For::Anybody,
            takes: vec![],
            answers: (200, Body::Object),
            refuses,
        };
        (Method::GET, path.as_str().to_owned(), operation)
    };
    let mut all = vec![get(&endpoints.health, "health", "Says that the server is up", vec![])];
    let others = [
        (&endpoints.ready, "ready", "Says that the server can do its work", vec![503]),
        (&endpoints.jwks, "jwks", "Publishes the public keys", vec![]),
        (&endpoints.openapi, "openapi", "Describes all this", vec![]),
    ];
    for (path, id, summary, refuses) in others {
        all.extend(path.as_ref().map(|path| get(path, id, summary, refuses)));
    }
    if let Some(path) = &endpoints.metrics {
        let (method, at, mut metrics) = get(path, "metrics", "Counts what happens", vec![]);
        metrics.answers = (200, Body::Other);
        all.push((method, at, metrics));
    }
    if let Some(path) = &endpoints.sessions {
        let (method, at, mut list) = get(path, "sessions", "Lists the user's sessions", vec![malformed]);
        list.who = For::SignedIn;
        all.push((method, at, list));
        let (_, at, mut end) =
            get(path, "endSession", "Ends one of the user's sessions", vec![403, 404, malformed]);
        (end.who, end.answers) = (For::SignedIn, (204, Body::Other));
        all.push((Method::DELETE, format!("{at}/{{session}}"), end));
    }
    for resource in &profile.resources {
        let id = format!("list_{}", resource.name);
        let (method, at, mut list) = get(&resource.path, &id, "Lists the user's items", vec![403, malformed]);
        list.who = For::SignedIn;
        all.push((method, at.clone(), list));
        let title = json!({ "type": "string", "minLength": 1, "maxLength": MAX_TITLE_CHARACTERS });
        let add = Operation {
            id: format!("add_{}", resource.name),
            summary: "Adds an item".to_owned(),
            who: For::SignedIn,
            takes: vec![("title".to_owned(), title, true)],
            answers: (201, Body::Object),
            refuses: vec![403, malformed],
        };
        all.push((Method::POST, at, add));
    }
    all
}

fn describe(method: &Method, operation: Operation, profile: &Profile) -> Value {
    let Operation { id, summary, who, takes, answers: (status, body), mut refuses } = operation;
    let mut responses = Map::new();
    responses.insert(status.to_string(), answer(who, body, profile));
    // Whatever takes too long is given up.
    refuses.push(503);
    if who == For::SignedIn {
        refuses.push(401);
    }
    if !takes.is_empty() {
        refuses.extend([400, 413, 415]);
    }
    for status in refuses {
        responses.insert(status.to_string(), refusal(status, who, profile));
    }
    let mut described = json!({ "operationId": id, "summary": summary, "responses": responses });
    let Value::Object(members) = &mut described else { return described };
    let security = security(method, who, profile);
    if !security.is_empty() {
        members.insert("security".to_owned(), security.into());
    }
    if !takes.is_empty() {
        let required: Vec<_> =
            takes.iter().filter(|(.., required)| *required).map(|(name, ..)| name).collect();
        let schema = json!({
            "type": "object",
            "required": required,
            "properties": takes.iter().map(|(name, schema, _)| (name.clone(), schema.clone())).collect::<Map<_, _>>(),
        });
        let content = json!({ "application/json": { "schema": schema } });
        members.insert(
            "requestBody".to_owned(),
            json!({ "required": !required.is_empty(), "content": content }),
        );
    }
    let parameters = parameters(&id, who, profile);
    if !parameters.is_empty() {
        members.insert("parameters".to_owned(), parameters.into());
    }
    described
}

fn answer(who: For, body: Body, profile: &Profile) -> Value {
    let mut headers = renewing_headers(who, profile);
    let schema = match body {
        Body::Tokens { of_a_login } => {
            let names = &profile.headers;
            let refresh_token = names.refresh_token.as_ref().filter(|_| names.renewal.is_none());
            headers.extend([refresh_token, names.token_expiry.as_ref(), names.user_id.as_ref()].map(named));
            headers.push(profile.cookies.as_ref().map(|_| SET_COOKIE.to_string()));
            Some(tokens(profile, of_a_login))
        }
        Body::Object => Some(object()),
        Body::Other => None,
    };
    described("Done", schema, headers)
}

fn refusal(status: u16, who: For, profile: &Profile) -> Value {
    let mut headers = renewing_headers(who, profile);
    let locked = profile.refusals.locked_account.code().as_u16();
    headers.push((status == 429 || status == locked).then(|| RETRY_AFTER.to_string()));
    headers.push((status == 401).then(|| WWW_AUTHENTICATE.to_string()));
    described("Refused", Some(json!({ "$ref": "#/components/schemas/Error" })), headers)
}

/// Any answer to somebody who is signed in may bring new tokens along.
fn renewing_headers(who: For, profile: &Profile) -> Vec<Option<String>> {
    match &profile.headers.renewal {
        Some(renewal) if who == For::SignedIn => {
            [&renewal.access_token, &renewal.refresh_token].map(|header| named(Some(header))).to_vec()
        }
        _ => vec![],
    }
}

fn named(header: Option<&Header>) -> Option<String> {
    header.map(|header| header.name().to_string())
}

fn described(description: &str, schema: Option<Value>, headers: Vec<Option<String>>) -> Value {
    let mut response = Map::from_iter([("description".to_owned(), description.into())]);
    if let Some(schema) = schema {
        response.insert("content".to_owned(), json!({ "application/json": { "schema": schema } }));
    }
    let header = |name| (name, json!({ "schema": { "type": "string" } }));
    let headers: Map<_, _> = headers.into_iter().flatten().map(header).collect();
    if !headers.is_empty() {
        response.insert("headers".to_owned(), headers.into());
    }
    response.into()
}

fn parameters(id: &str, who: For, profile: &Profile) -> Vec<Value> {
    let parameter = |place: &str, name: &str, required: bool| json!({ "in": place, "name": name, "required": required, "schema": { "type": "string" } });
    let session = (id == "endSession").then(|| parameter("path", "session", true));
    let takes_refresh_tokens = match who {
        For::Anybody => false,
        For::SignedIn => profile.headers.renewal.is_some(),
        For::Renewing | For::Leaving => true,
    };
    let refresh_token = profile.headers.refresh_token.as_ref().filter(|_| takes_refresh_tokens);
    let refresh_token = refresh_token.map(|header| parameter("header", header.name().as_str(), false));
    session.into_iter().chain(refresh_token).collect()
}

/// The schemes of which one has to be satisfied; an empty one is satisfied by anybody.
fn security(method: &Method, who: For, profile: &Profile) -> Vec<Value> {
    let has_csrf = profile.cookies.is_some() && !credentials::is_safe(method);
    let token = |name: &str| match has_csrf {
        true => json!({ name: [], "csrf": [] }),
        false => json!({ name: [] }),
    };
    let renewing = match profile.exchange.style {
        Style::Body => None,
        Style::Sliding => Some("access"),
        Style::Cookies => Some("refresh"),
    };
    match who {
        For::Anybody => vec![],
        For::SignedIn => vec![token("access")],
        For::Renewing => renewing.map(token).into_iter().collect(),
        For::Leaving => {
            let refresh = renewing.filter(|name| *name != "access").map(token);
            [token("access")].into_iter().chain(refresh).chain([json!({})]).collect()
        }
    }
}

fn security_schemes(profile: &Profile) -> Value {
    match &profile.cookies {
        Some(cookies) => {
            let cookie =
                |name: &CookieName| json!({ "type": "apiKey", "in": "cookie", "name": name.as_str() });
            let csrf = format!("repeats the cookie `{}`", cookies.csrf);
            let header = cookies.csrf_header.name().as_str();
            json!({
                "access": cookie(&cookies.access),
                "refresh": cookie(&cookies.refresh),
                "csrf": { "type": "apiKey", "in": "header", "name": header, "description": csrf },
            })
        }
        None => json!({ "access": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } }),
    }
}

fn tokens(profile: &Profile, with_user: bool) -> Value {
    let Fields { access_token, refresh_token, token_type, expires_in, user, user_id, remember: _ } =
        &profile.fields;
    let mut properties = Map::from_iter([(expires_in.clone(), json!({ "type": "integer" }))]);
    let in_body = profile.exchange.style != Style::Cookies;
    let texts = [access_token.as_ref().filter(|_| in_body), refresh_token.as_ref(), token_type.as_ref()];
    for name in texts.into_iter().chain([user_id.as_ref().filter(|_| with_user)]).flatten() {
        properties.insert(name.clone(), json!({ "type": "string" }));
    }
    if let Some(name) = user.as_ref().filter(|_| with_user) {
        properties.insert(name.clone(), object());
    }
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

fn object() -> Value {
    json!({ "type": "object" })
}

/// What may be left out may be null as well.
fn text(name: &str, required: bool) -> (String, Value, bool) {
    let kind = if required { json!("string") } else { json!(["string", "null"]) };
    (name.to_owned(), json!({ "type": kind }), required)
}

fn flag(name: &str) -> (String, Value, bool) {
    (name.to_owned(), json!({ "type": ["boolean", "null"] }), false)
}

fn email() -> (String, Value, bool) {
    ("email".to_owned(), json!({ "type": "string", "format": "email" }), true)
}

/// A password that has to satisfy the policy.
fn new_password(name: &str, profile: &Profile) -> (String, Value, bool) {
    let fewest = profile.passwords.min_length.characters();
    (name.to_owned(), json!({ "type": "string", "minLength": fewest, "maxLength": 72 }), true)
}
