//! The page comes and goes: visibility, freezing, the back-forward cache, the network.

use super::Inner;
use super::browser::{self, is_visible, window};
use super::listener::{Listener, Phase, listen};
use crate::machine::Input;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use web_sys::{Event, PageTransitionEvent};

/// No `unload` and no `beforeunload`: either keeps a page out of the back-forward cache.
pub(crate) fn listeners(shell: &Weak<Inner>) -> Vec<Listener> {
    let Some(window) = window() else { return Vec::new() };
    let Some(document) = window.document() else { return Vec::new() };
    let on = |target: &web_sys::EventTarget, event: &str, react: fn(&Rc<Inner>, &Event)| {
        listen(target, event, Phase::Bubble, shell, react)
    };
    vec![
        on(&document, "visibilitychange", |inner, _| {
            if is_visible() {
                seen(inner);
            } else {
                inner.feed(Input::Hidden);
            }
        }),
        on(&window, "focus", |inner, _| {
            if is_visible() {
                seen(inner);
            }
        }),
        on(&window, "online", |inner, _| inner.feed(Input::Online)),
        on(&window, "offline", |inner, _| inner.feed(Input::Offline)),
        on(&document, "freeze", |inner, _| suspend(inner)),
        on(&document, "resume", |inner, _| resume(inner)),
        on(&window, "pagehide", |inner, _| {
            // Some browsers keep a page with its transactions under way.
            suspend(inner);
            inner.channel.close();
        }),
        on(&window, "pageshow", |inner, event| {
            if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                resume(inner);
            }
        }),
    ]
}

fn suspend(inner: &Rc<Inner>) {
    inner.feed(Input::Suspending);
    inner.suspended.set(true);
    browser::freeze(true);
}

fn resume(inner: &Rc<Inner>) {
    inner.suspended.set(false);
    browser::freeze(false);
    inner.open_channel();
    inner.feed(Input::Resumed);
}

/// A page that was kept may be seen before it is told that it is shown again.
fn seen(inner: &Rc<Inner>) {
    if inner.suspended.get() {
        resume(inner);
    }
    inner.feed(Input::Visible);
}
