//! The description of what the profile has mounted, in OpenAPI's words.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::resources::MAX_TITLE_CHARACTERS;
use crate::app::App;
use crate::profile::{Endpoint, Fields, Profile, ResourcePath, Style};

/// → 200, an OpenAPI 3.1 document of this server.
pub(crate) async fn openapi(State(app): State<Arc<App>>) -> Json<Value> {
    Json(document(&app.profile))
}

/// Whom an operation is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Anybody,
    SignedIn,
}

/// One operation as its handler has it.
struct Operation {
    id: String,
    summary: String,
    who: For,
    /// Members of the body, each with whether it is required.
    takes: Vec<(String, Value, bool)>,
    /// Status and schema of what it answers when all is well.
    answers: (u16, Value),
    /// The other statuses that it answers.
    refuses: Vec<u16>,
}

fn document(profile: &Profile) -> Value {
    let mut paths = Map::new();
    for (method, path, operation) in operations(profile) {
        let path = paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(method.to_lowercase(), describe(operation, profile));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": profile.name, "summary": profile.summary, "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "securitySchemes": { "access": security_scheme(profile) },
            "schemas": { "Error": {
                "type": "object",
                "required": ["error", "error_description"],
                "properties": { "error": { "type": "string" }, "error_description": { "type": "string" } },
            } },
        },
    })
}

fn operations(profile: &Profile) -> Vec<(String, String, Operation)> {
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
            all.push((endpoint.method().to_string(), endpoint.path().to_owned(), operation));
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
        (201, tokens(profile, true)),
        vec![403, 409, 422, 429],
    );
    add(
        Some(&endpoints.login),
        "login",
        "Signs in",
        For::Anybody,
        login,
        (200, tokens(profile, true)),
        vec![401, 403, 429, unknown, locked],
    );
    add(
        Some(&endpoints.refresh),
        "refresh",
        "Exchanges the token that renews for new ones",
        For::Anybody,
        renewing(true),
        (200, tokens(profile, false)),
        vec![403, 429, refused],
    );
    add(
        endpoints.verify.as_ref(),
        "verify",
        "Says whether an access token is good",
        For::Anybody,
        vec![text("token", false)],
        (200, object()),
        vec![401, malformed],
    );
    add(
        endpoints.token_info.as_ref(),
        "tokenInfo",
        "Tells what the access token says",
        For::SignedIn,
        vec![],
        (200, object()),
        vec![malformed],
    );
    let everywhere = renewing(false).into_iter().chain([flag("everywhere")]).collect();
    add(
        Some(&endpoints.logout),
        "logout",
        "Ends the session",
        For::Anybody,
        everywhere,
        (204, Value::Null),
        vec![401, 403, refused],
    );
    add(
        endpoints.logout_all.as_ref(),
        "logoutAll",
        "Ends all of the user's sessions",
        For::Anybody,
        renewing(false),
        (204, Value::Null),
        vec![400, 401, 403, refused],
    );
    add(
        endpoints.change_password.as_ref(),
        "changePassword",
        "Sets a new password and ends the other sessions",
        For::SignedIn,
        vec![text("current_password", true), new_password("new_password", profile)],
        (200, tokens(profile, true)),
        vec![403, 422, 429, malformed, locked],
    );
    add(
        endpoints.user.as_ref(),
        "user",
        "Tells whom the access token belongs to",
        For::SignedIn,
        vec![],
        (200, object()),
        vec![malformed],
    );
    all.extend(read_only(profile));
    all
}

fn read_only(profile: &Profile) -> Vec<(String, String, Operation)> {
    let endpoints = &profile.endpoints;
    let malformed = profile.refusals.malformed_token.code().as_u16();
    let get = |path: &ResourcePath, id: &str, summary: &str, refuses| {
        let operation = Operation {
            id: id.to_owned(),
            summary: summary.to_owned(),
            who: For::Anybody,
            takes: vec![],
            answers: (200, object()),
            refuses,
        };
        ("GET".to_owned(), path.as_str().to_owned(), operation)
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
        metrics.answers = (200, Value::Null);
        all.push((method, at, metrics));
    }
    if let Some(path) = &endpoints.sessions {
        let (method, at, mut list) = get(path, "sessions", "Lists the user's sessions", vec![malformed]);
        list.who = For::SignedIn;
        all.push((method, at, list));
        let (_, at, mut end) =
            get(path, "endSession", "Ends one of the user's sessions", vec![403, 404, malformed]);
        (end.who, end.answers) = (For::SignedIn, (204, Value::Null));
        all.push(("DELETE".to_owned(), format!("{at}/{{session}}"), end));
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
            answers: (201, object()),
            refuses: vec![403, malformed],
        };
        all.push(("POST".to_owned(), at, add));
    }
    all
}

fn describe(operation: Operation, profile: &Profile) -> Value {
    let Operation { id, summary, who, takes, answers: (status, schema), mut refuses } = operation;
    let mut responses = Map::new();
    let answer = match schema {
        Value::Null => json!({ "description": "Done" }),
        schema => json!({ "description": "Done", "content": { "application/json": { "schema": schema } } }),
    };
    responses.insert(status.to_string(), answer);
    if who == For::SignedIn {
        refuses.push(401);
    }
    if !takes.is_empty() {
        refuses.extend([400, 413, 415]);
    }
    let error = json!({ "description": "Refused", "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/Error" } } } });
    for status in refuses {
        responses.insert(status.to_string(), error.clone());
    }
    let mut described = json!({ "operationId": id, "summary": summary, "responses": responses });
    let Value::Object(members) = &mut described else { return described };
    if who == For::SignedIn {
        members.insert("security".to_owned(), json!([{ "access": [] }]));
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
    members.extend(parameters(&id, profile));
    described
}

fn parameters(id: &str, profile: &Profile) -> Option<(String, Value)> {
    let parameter = |place: &str, name: &str, required: bool| json!([{ "in": place, "name": name, "required": required, "schema": { "type": "string" } }]);
    let parameters = match (id, &profile.headers.refresh_token) {
        ("endSession", _) => parameter("path", "session", true),
        ("refresh", Some(header)) => parameter("header", header.name().as_str(), false),
        _ => return None,
    };
    Some(("parameters".to_owned(), parameters))
}

fn security_scheme(profile: &Profile) -> Value {
    match &profile.cookies {
        Some(cookies) => json!({ "type": "apiKey", "in": "cookie", "name": cookies.access.as_str() }),
        None => json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }),
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
