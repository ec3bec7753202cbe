//! HTTP to the auth server: one request, one answer or one failure, in bounded time.

use super::Then;
use super::browser::{exchange, get, once};
use super::settings::{Endpoint, Settings};
use super::timer::delay;
use super::{joined, whole};
use crate::machine::{Failure, Secret, Span, Wall};
use js_sys::{Array, Function, JSON, Object};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortController;

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The body, where it is a JSON object.
    pub(crate) body: Option<Object>,
    /// The wait that the server asks for.
    pub(crate) retry_after: Option<Span>,
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

/// Sends `message`. `abort` cuts it short.
pub(crate) fn send(
    settings: &Settings,
    fetch: Option<&Function>,
    message: &Message<'_>,
    timeout: Span,
    abort: Option<&AbortController>,
    then: Then<Result<Answer, Failure>>,
) {
    let done = once(move |result| {
        then(read(&result));
        JsValue::UNDEFINED
    });
    exchange(
        fetch,
        &url(settings, message.endpoint),
        message.endpoint.method.as_deref().unwrap_or("POST"),
        message.bearer.map(Secret::expose),
        message.body,
        &settings.credentials,
        message.keepalive,
        delay(timeout),
        abort,
        &done,
    );
}

fn read(result: &JsValue) -> Result<Answer, Failure> {
    let Some(answer) = result.dyn_ref::<Array>() else {
        let is_timeout = result.as_string().is_some_and(|word| word == "timeout");
        return Err(if is_timeout { Failure::Timeout } else { Failure::Network });
    };
    Ok(Answer {
        status: answer.get(0).as_f64().map_or(0, status),
        body: answer.get(1).dyn_into().ok(),
        retry_after: answer.get(2).as_string().and_then(|text| seconds(&text)),
    })
}

/// An absolute URL stays as it is; a path is put behind the base.
fn url(settings: &Settings, endpoint: &Endpoint) -> String {
    let is_absolute = ["https:", "http:", "//"].iter().any(|start| endpoint.url.starts_with(start));
    match &settings.base_url {
        Some(base) if !is_absolute => {
            joined(&[base.trim_end_matches('/'), "/", endpoint.url.trim_start_matches('/')])
        }
        _ => endpoint.url.clone(),
    }
}

fn status(number: f64) -> u16 {
    u16::try_from(whole(number)).unwrap_or(0)
}

/// `Retry-After` in seconds or as a date, which is read against the page's clock (RFC 9110, section 10.2.3).
fn seconds(text: &str) -> Option<Span> {
    if let Some(seconds) = JSON::parse(text).ok().and_then(|seconds| seconds.as_f64()) {
        return Some(Span::seconds(whole(seconds)));
    }
    let at = js_sys::Date::parse(text);
    (!at.is_nan()).then(|| Wall(whole(at)).since(super::clock::now().wall))
}
