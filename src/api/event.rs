//! Events as the package gets them: a number and at most two values. It has the names.

use super::error;
use crate::machine::{By, Dismissal, Event, Wall};
use crate::shell::{News, number};
use wasm_bindgen::JsValue;

/// In the order of `core-event.ts`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Login,
    Refresh,
    RefreshFailed,
    RefreshRejected,
    Prompt,
    PromptDismissed,
    End,
    UserChanged,
    Degraded,
    Change,
    Ready,
}

/// The event's kind and values.
pub(crate) fn read(news: News) -> (Kind, JsValue, JsValue) {
    const NONE: JsValue = JsValue::UNDEFINED;
    let event = match news {
        News::Degraded(what) => return (Kind::Degraded, (what as u8).into(), NONE),
        News::Event(event) => event,
    };
    match event {
        Event::Ready => (Kind::Ready, NONE, NONE),
        Event::Changed | Event::NotStored => (Kind::Change, NONE, NONE),
        Event::Login => (Kind::Login, NONE, NONE),
        Event::Refresh { generation, by } => (Kind::Refresh, number(generation).into(), place(by)),
        Event::RefreshFailed { failure, retry_at } => {
            (Kind::RefreshFailed, error::of_failure(failure), at(retry_at))
        }
        Event::RefreshRejected { failure, ends_at } => {
            (Kind::RefreshRejected, error::of_failure(failure), ends_at.map_or(JsValue::NULL, at))
        }
        Event::Prompt { ends_at } => (Kind::Prompt, at(ends_at), NONE),
        Event::PromptDismissed { by } => (Kind::PromptDismissed, (by == Dismissal::Stay).into(), NONE),
        Event::End { reason, by } => (Kind::End, reason.name().into(), place(by)),
        Event::UserChanged { from, to } => (Kind::UserChanged, text(from), text(to)),
    }
}

/// Whether it was another tab.
fn place(by: By) -> JsValue {
    (by == By::OtherTab).into()
}

fn at(wall: Wall) -> JsValue {
    number(wall.0).into()
}

fn text(text: Option<String>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from)
}
