//! HTTP to the auth server: one request, one answer or one failure, in bounded time.

use super::Then;
use super::browser::{exchange, get, once};
use super::settings::{Endpoint, Settings};
use super::timer::delay;
use super::{Values, whole};
use crate::machine::{Failure, Secret, Span};
use js_sys::{Function, Object};
use wasm_bindgen::{JsCast, JsValue};

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The body, where it is a JSON object.
    pub(crate) body: Option<Object>,
    /// The wait that the server asks for.
    pub(crate) retry_after: Option<Span>,
    /// Whether a refusal is final, where the application knows better than the status tells.
    pub(crate) is_final: Option<bool>,
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) bearer: Option<&'a Secret>,
    /// Sent as JSON.
    pub(crate) body: &'a JsValue,
    /// Goes on when the page goes away.
    pub(crate) keepalive: bool,
}

impl Answer {
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// A text member of the body.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        get(self.body.as_ref()?, name).as_string()
    }
}

/// Sends `message`. Returns the function that cuts it short.
pub(crate) fn send(
    settings: &Settings,
    fetch: Option<&Function>,
    message: &Message<'_>,
    timeout: Span,
    then: Then<Result<Answer, Failure>>,
) -> Function {
    let done = once(move |result| {
        then(read(result));
        JsValue::UNDEFINED
    });
    exchange(
        fetch,
        settings.base_url.as_deref(),
        &message.endpoint.url,
        message.endpoint.method.as_deref().unwrap_or("POST"),
        message.bearer.map(Secret::expose),
        message.body,
        &settings.credentials,
        message.keepalive,
        delay(timeout),
        &done,
    )
}

fn read(result: JsValue) -> Result<Answer, Failure> {
    if let Some(word) = result.as_string() {
        return Err(if word == "timeout" { Failure::Timeout } else { Failure::Network });
    }
    let mut values = Values::new(result.unchecked_into());
    Ok(Answer {
        status: values.take().as_f64().map_or(0, status),
        body: object(&values.take()).cloned(),
        retry_after: values.span(),
        is_final: values.take().as_f64().map(|number| number > 0.0),
    })
}

/// Not by `instanceof`: an object of a frame has another `Object` behind it.
pub(crate) fn object(value: &JsValue) -> Option<&Object> {
    value.is_object().then(|| value.unchecked_ref())
}

fn status(number: f64) -> u16 {
    u16::try_from(whole(number)).unwrap_or(0)
}
