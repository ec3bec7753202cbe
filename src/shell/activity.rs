//! What the user does: sampled, so that a mouse on the move costs nothing between samples.
//!
//! A frame is a window of its own and keeps its events to itself, so frames of the same origin are listened to one by
//! one, where the application asks for it.

use super::browser::watch_activity;
use super::listener::{Listener, listen};
use super::{Inner, Settings};
use crate::machine::Input;
use gloo_timers::callback::Timeout;
use js_sys::Array;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;

/// After a sample nobody listens for this long, in milliseconds.
const REST: u32 = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Activity {
    listener: RefCell<Option<Listener>>,
    rest: RefCell<Option<Timeout>>,
}

impl Activity {
    /// Listens for the next sign of the user.
    pub(crate) fn watch(&self, shell: &Weak<Inner>, settings: &Settings) {
        let names: Array = settings.activity_events.iter().map(JsValue::from).collect();
        let begin =
            |react: &JsValue| watch_activity(&names, settings.frames, settings.synthetic_activity, react);
        self.listener.replace(Some(listen(shell, begin, |inner, is_sign| {
            if is_sign.is_truthy() {
                inner.activity.sample(inner);
            } else {
                inner.activity.watch(&Rc::downgrade(inner), &inner.settings);
            }
        })));
    }

    pub(crate) fn stop(&self) {
        self.listener.take();
        self.rest.take();
    }

    fn sample(&self, inner: &Rc<Inner>) {
        // It is running: its closure lives until it returns.
        self.listener.take();
        let shell = Rc::downgrade(inner);
        self.rest.replace(Some(Timeout::new(REST, move || {
            if let Some(inner) = shell.upgrade() {
                inner.activity.watch(&shell, &inner.settings);
            }
        })));
        inner.feed(Input::Activity);
    }
}
