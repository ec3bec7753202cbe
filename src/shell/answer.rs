//! Tokens as servers hand them out. Where they are in an answer is found in `answer.js`.

use super::clock::{self, number};
use super::settings::Fields;
use super::values::Values;
use crate::machine::{Grant, Secret, Span};
use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/shell/answer.js")]
extern "C" {
    /// Access token, refresh token, lifetime, subject and user, as far as they are there.
    #[wasm_bindgen(js_name = readGrant)]
    fn grant_values(
        answer: &Object,
        is_fresh: bool,
        now: f64,
        access_token: Option<&str>,
        refresh_token: Option<&str>,
        expires_in: Option<&str>,
        expires_at: Option<&str>,
        user: Option<&str>,
    ) -> Array;
}

/// Which member of an answer is missing or makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAnswer(pub &'static str);

/// Who hands tokens out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The auth server, to who signs in, just now.
    Login,
    /// The auth server, in place of tokens that are dead by now: whatever it says, these are the only ones.
    Refresh,
    /// The application, which may have kept them for a while.
    Application,
}

/// Reads an answer's tokens. Without an access token it is none.
pub(crate) fn read_grant(answer: &Object, fields: &Fields, source: Source) -> Result<Grant, BadAnswer> {
    let mut values = Values::new(grant_values(
        answer,
        source != Source::Application,
        number(clock::now().wall.0),
        fields.access_token.as_deref(),
        fields.refresh_token.as_deref(),
        fields.expires_in.as_deref(),
        fields.expires_at.as_deref(),
        fields.user.as_deref(),
    ));
    let access_token = values.text().filter(|token| !token.is_empty()).ok_or(BadAnswer("access_token"))?;
    let refresh_token = match values.take() {
        absent if absent.is_undefined() => None,
        token => Some(Secret::new(token.as_string().ok_or(BadAnswer("refresh_token"))?)),
    };
    let lifetime = values.take();
    if source != Source::Refresh
        && let Some(field) = lifetime.as_string()
    {
        return Err(BadAnswer(if field == "expires_in" { "expires_in" } else { "expires_at" }));
    }
    Ok(Grant {
        access_token: Secret::new(access_token),
        refresh_token,
        lifetime: lifetime.as_f64().map(|milliseconds| Span(clock::whole(milliseconds))),
        subject: values.text(),
        user: values.text(),
    })
}
