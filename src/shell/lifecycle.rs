//! The page comes and goes: visibility, freezing, the back-forward cache, the network.

use super::Inner;
use super::browser::{is_visible, window};
use super::listener::listen;
use crate::machine::Input;
use gloo_events::{EventListener, EventListenerPhase};
use std::rc::Weak;
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;

/// No `unload` and no `beforeunload`: either keeps a page out of the back-forward cache.
pub(crate) fn listeners(shell: &Weak<Inner>) -> Vec<EventListener> {
    let Some(window) = window() else { return Vec::new() };
    let Some(document) = window.document() else { return Vec::new() };
    let on = |target: &web_sys::EventTarget, event: &'static str, input: fn() -> Option<Input>| {
        listen(target, event, EventListenerPhase::Bubble, shell, move |inner, _| {
            if let Some(input) = input() {
                inner.feed(input);
            }
        })
    };
    let mut listeners = vec![
        on(&document, "visibilitychange", || Some(if is_visible() { Input::Visible } else { Input::Hidden })),
        on(&window, "focus", || is_visible().then_some(Input::Visible)),
        on(&document, "freeze", || Some(Input::Suspending)),
        on(&document, "resume", || Some(Input::Resumed)),
        on(&window, "online", || Some(Input::Online)),
        on(&window, "offline", || Some(Input::Offline)),
    ];
    listeners.push(listen(&window, "pagehide", EventListenerPhase::Bubble, shell, |inner, _| {
        inner.feed(Input::Suspending);
        inner.channel.close();
    }));
    listeners.push(listen(&window, "pageshow", EventListenerPhase::Bubble, shell, |inner, event| {
        if event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted) {
            inner.open_channel();
            inner.feed(Input::Resumed);
        }
    }));
    listeners
}
