//! Tokens as servers hand them out.

use super::browser::{get, payload};
use super::clock::{self, whole};
use super::settings::Fields;
use crate::machine::{Grant, Secret, Span, Wall};
use js_sys::{JSON, Object};
use wasm_bindgen::JsValue;

/// Which member of an answer is missing or makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAnswer(pub &'static str);

/// Who hands tokens out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The auth server, just now.
    Server,
    /// The application, which may have kept them for a while.
    Application,
}

/// What a token says of itself, unverified: only the server that issued it can judge it.
#[derive(Debug, Default)]
struct Claims {
    expires_at: Option<u64>,
    issued_at: Option<u64>,
    subject: Option<String>,
}

/// Reads an answer's tokens. Without an access token it is none.
pub(crate) fn read_grant(answer: &Object, fields: &Fields, source: Source) -> Result<Grant, BadAnswer> {
    let find = |name: &Option<String>, usual: &[&str]| match name {
        Some(name) => member(answer, name),
        None => usual.iter().find_map(|name| member(answer, name)),
    };
    let access_token = find(&fields.access_token, &["access_token", "accessToken", "token"])
        .and_then(|token| token.as_string())
        .filter(|token| !token.is_empty())
        .ok_or(BadAnswer("access_token"))?;
    let refresh_token = match find(&fields.refresh_token, &["refresh_token", "refreshToken"]) {
        Some(token) => Some(token.as_string().ok_or(BadAnswer("refresh_token"))?),
        None => None,
    };
    let user = find(&fields.user, &["user"]).filter(JsValue::is_object);
    let claims = claims(&access_token);
    let expires_in = find(&fields.expires_in, &["expires_in", "expiresIn"]);
    let expires_at = find(&fields.expires_at, &["expires_at", "expiresAt"]);
    Ok(Grant {
        lifetime: lifetime(source, expires_in.as_ref(), expires_at.as_ref(), &claims),
        access_token: Secret::new(access_token),
        refresh_token: refresh_token.map(Secret::new),
        subject: subject(answer, user.as_ref()).or(claims.subject),
        user: user.and_then(|user| JSON::stringify(&user).ok()?.as_string()),
    })
}

fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    Some(get(object, name)).filter(|value| !value.is_undefined() && !value.is_null())
}

fn subject(answer: &Object, user: Option<&JsValue>) -> Option<String> {
    let of_answer = ["user_id", "userId"].into_iter().find_map(|name| member(answer, name));
    let of_user = || ["id", "sub"].into_iter().find_map(|name| member(user?, name));
    text(&of_answer.or_else(of_user)?)
}

/// How long the token lives from now.
fn lifetime(
    source: Source,
    expires_in: Option<&JsValue>,
    expires_at: Option<&JsValue>,
    claims: &Claims,
) -> Option<Span> {
    let now = clock::now().wall;
    let length = expires_in.and_then(number).filter(|seconds| *seconds > 0.0);
    let length = length.map(|seconds| Span(whole(seconds * 1_000.0)));
    let left = expires_at.and_then(instant).map(|at| Wall(at).since(now));
    let own_length = claims.expires_at.zip(claims.issued_at).and_then(|(expires, issued)| {
        expires.checked_sub(issued).filter(|seconds| *seconds > 0).map(Span::seconds)
    });
    let own_left = claims.expires_at.map(|at| Wall(at.saturating_mul(1_000)).since(now));
    let own_left = own_left.filter(|left| *left < LONGEST);
    match source {
        // The server's clock is not ours: a length beats an instant, and an instant in the past is wrong.
        Source::Server => {
            let ahead = |left: &Span| left.0 > 0;
            length.or(left.filter(ahead)).or(own_length).or(own_left.filter(ahead))
        }
        // A token that has been kept has less left than its length, and past its end it is due, not dead.
        Source::Application => left.or(length).or(own_left.into_iter().chain(own_length).min()),
    }
}

/// An `exp` further ahead than this was meant in milliseconds, or not at all.
const LONGEST: Span = Span::minutes(400 * 24 * 60);

/// A number, or a string that is one: some servers quote it.
fn number(value: &JsValue) -> Option<f64> {
    let is_text = value.as_string().is_some_and(|text| !text.is_empty());
    let number = if is_text { value.unchecked_into_f64() } else { value.as_f64()? };
    number.is_finite().then_some(number)
}

/// Seconds, milliseconds (beyond 1e11) or an ISO date, as milliseconds.
fn instant(value: &JsValue) -> Option<u64> {
    const FIRST_MILLISECONDS: f64 = 1e11;
    let at = match number(value) {
        Some(number) if number > FIRST_MILLISECONDS => number,
        Some(number) => number * 1_000.0,
        None => js_sys::Date::parse(&value.as_string()?),
    };
    (at.is_finite() && at > 0.0).then(|| whole(at))
}

fn claims(token: &str) -> Claims {
    let object = payload(token);
    if !object.is_object() {
        return Claims::default();
    }
    let seconds = |name| member(&object, name).and_then(|at| at.as_f64()).filter(|at| *at > 0.0).map(whole);
    let subject = member(&object, "sub").and_then(|sub| text(&sub));
    Claims { expires_at: seconds("exp"), issued_at: seconds("iat"), subject }
}

/// A string, or the whole number that some issuers put in its place.
fn text(value: &JsValue) -> Option<String> {
    let text = value.as_string().or_else(|| Some(clock::decimal(whole(value.as_f64()?))))?;
    (!text.is_empty()).then_some(text)
}
