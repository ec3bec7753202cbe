//! Events as the page gets them.

use super::{error, set};
use crate::machine::{By, Dismissal, Event, Wall};
use crate::shell::{Degraded, News, number};
use js_sys::Object;
use wasm_bindgen::JsValue;

pub(crate) const fn is_ready(news: &News) -> bool {
    matches!(news, News::Event(Event::Ready))
}

/// The event's name and payload.
pub(crate) fn read(news: News) -> (&'static str, JsValue) {
    let event = match news {
        News::Degraded(what) => return ("degraded", object(&[("what", degraded(what).into())])),
        News::Event(event) => event,
    };
    match event {
        Event::Ready => ("ready", JsValue::NULL),
        Event::Changed | Event::NotStored => ("change", JsValue::NULL),
        Event::Login => ("login", object(&[])),
        Event::Refresh { generation, by } => {
            ("refresh", object(&[("generation", number(generation).into()), ("by", place(by).into())]))
        }
        Event::RefreshFailed { failure, retry_at } => {
            ("refresh-failed", object(&[("error", error::of_failure(failure)), ("retryAt", at(retry_at))]))
        }
        Event::RefreshRejected { failure, ends_at } => (
            "refresh-rejected",
            object(&[("error", error::of_failure(failure)), ("endsAt", ends_at.map_or(JsValue::NULL, at))]),
        ),
        Event::Prompt { ends_at } => ("prompt", object(&[("endsAt", at(ends_at))])),
        Event::PromptDismissed { by } => {
            let by = match by {
                Dismissal::Activity => "activity",
                Dismissal::Stay => "stay",
            };
            ("prompt-dismissed", object(&[("by", by.into())]))
        }
        Event::End { reason, by } => {
            ("end", object(&[("reason", reason.name().into()), ("endedBy", place(by).into())]))
        }
        Event::UserChanged { from, to } => {
            ("user-changed", object(&[("from", text(from)), ("to", text(to))]))
        }
    }
}

pub(crate) const fn place(by: By) -> &'static str {
    match by {
        By::ThisTab => "this-tab",
        By::OtherTab => "other-tab",
    }
}

pub(crate) const fn degraded(what: Degraded) -> &'static str {
    match what {
        Degraded::NoFence => "no-fence",
        Degraded::NoStorage => "no-storage",
        Degraded::NotStored => "not-stored",
        Degraded::NewerVersion => "newer-version",
        Degraded::NoEncryption => "no-encryption",
    }
}

fn at(wall: Wall) -> JsValue {
    number(wall.0).into()
}

fn text(text: Option<String>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from)
}

fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        set(&object, name, value);
    }
    object.into()
}
