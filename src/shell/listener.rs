//! Event listeners that are gone when they are dropped, and never keep the shell alive.

use super::Inner;
use super::browser;
use js_sys::Function;
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

type Reaction = Box<dyn Fn(&Rc<Inner>, &Event)>;

/// When a listener hears of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before the page's own listeners, which could stop it.
    Capture,
    Bubble,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    stop: Function,
    _react: Closure<dyn FnMut(JsValue) -> JsValue>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It removes a listener, which does not throw.
        let _ = self.stop.call0(&JsValue::UNDEFINED);
    }
}

/// Listens passively.
pub(crate) fn listen(
    target: &EventTarget,
    event: &str,
    phase: Phase,
    shell: &Weak<Inner>,
    react: impl Fn(&Rc<Inner>, &Event) + 'static,
) -> Listener {
    attach(target, event, phase, Weak::clone(shell), Box::new(react))
}

fn attach(target: &EventTarget, event: &str, phase: Phase, shell: Weak<Inner>, react: Reaction) -> Listener {
    // Of the type that `browser::once` has as well, for each type costs a page its own glue.
    let react = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |event: JsValue| {
        if let Some(inner) = shell.upgrade() {
            react(&inner, event.unchecked_ref());
        }
        JsValue::UNDEFINED
    });
    Listener { stop: browser::listen(target, event, phase == Phase::Capture, react.as_ref()), _react: react }
}
