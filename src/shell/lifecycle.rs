//! The page comes and goes: visibility, freezing, the back-forward cache, the network.

use super::Inner;
use super::browser::{self, is_visible, window};
use super::listener::{Listener, Phase, listen};
use crate::machine::Input;
use std::rc::Weak;
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;

/// No `unload` and no `beforeunload`: either keeps a page out of the back-forward cache.
pub(crate) fn listeners(shell: &Weak<Inner>) -> Vec<Listener> {
    let Some(window) = window() else { return Vec::new() };
    let Some(document) = window.document() else { return Vec::new() };
    let on = |target: &web_sys::EventTarget, event: &str, input: fn() -> Option<Input>| {
        listen(target, event, Phase::Bubble, shell, move |inner, _| {
            if let Some(input) = input() {
                inner.feed(input);
            }
        })
    };
    let mut listeners = vec![
        on(&document, "visibilitychange", || Some(if is_visible() { Input::Visible } else { Input::Hidden })),
        on(&window, "focus", || is_visible().then_some(Input::Visible)),
        on(&window, "online", || Some(Input::Online)),
        on(&window, "offline", || Some(Input::Offline)),
    ];
    listeners.push(listen(&document, "freeze", Phase::Bubble, shell, |inner, _| {
        inner.feed(Input::Suspending);
        browser::freeze(true);
    }));
    listeners.push(listen(&document, "resume", Phase::Bubble, shell, |inner, _| {
        browser::freeze(false);
        inner.feed(Input::Resumed);
    }));
    listeners.push(listen(&window, "pagehide", Phase::Bubble, shell, |inner, _| {
        inner.feed(Input::Suspending);
        // Some browsers keep a page with its transactions under way.
        browser::freeze(true);
        inner.channel.close();
    }));
    listeners.push(listen(&window, "pageshow", Phase::Bubble, shell, |inner, event| {
        if event.unchecked_ref::<PageTransitionEvent>().persisted() {
            browser::freeze(false);
            inner.open_channel();
            inner.feed(Input::Resumed);
        }
    }));
    listeners
}
