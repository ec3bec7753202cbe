//! What the user does: sampled, so that a mouse on the move costs nothing between samples.
//!
//! A frame is a window of its own and keeps its events to itself, so frames of the same origin are listened to one by
//! one, where the application asks for it.

use super::listener::{Listener, Phase, listen};
use super::{Inner, Settings, browser};
use crate::machine::Input;
use gloo_timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use web_sys::EventTarget;

/// After a sample nobody listens for this long, in milliseconds.
const REST: u32 = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Activity {
    listeners: RefCell<Vec<Listener>>,
    rest: RefCell<Option<Timeout>>,
}

impl Activity {
    /// Listens for the next sign of the user.
    pub(crate) fn watch(&self, shell: &Weak<Inner>, settings: &Settings) {
        let Some(window) = browser::window() else { return };
        let on = |target: &EventTarget, name: &str| {
            listen(target, name, Phase::Capture, shell, |inner, event| {
                // A script can make events, but not the user.
                if event.is_trusted() || inner.settings.synthetic_activity {
                    inner.activity.sample(inner);
                }
            })
        };
        let mut listeners: Vec<_> = settings.activity_events.iter().map(|name| on(&window, name)).collect();
        if settings.frames {
            for frame in browser::frames() {
                let frame = frame.unchecked_ref();
                listeners.extend(settings.activity_events.iter().map(|name| on(frame, name)));
            }
            // A frame that has loaded has a new window, which nobody listens to yet. The window never hears of it.
            listeners.extend(window.document().map(|document| {
                listen(&document, "load", Phase::Capture, shell, |inner, _| {
                    inner.activity.watch(&Rc::downgrade(inner), &inner.settings);
                })
            }));
        }
        self.listeners.replace(listeners);
    }

    pub(crate) fn stop(&self) {
        self.listeners.take();
        self.rest.take();
    }

    fn sample(&self, inner: &Rc<Inner>) {
        // One of them is running: its closure lives until it returns.
        self.listeners.take();
        let shell = Rc::downgrade(inner);
        self.rest.replace(Some(Timeout::new(REST, move || {
            if let Some(inner) = shell.upgrade() {
                inner.activity.watch(&shell, &inner.settings);
            }
        })));
        inner.feed(Input::Activity);
    }
}
