//! One timer for all deadlines: a hint to look at the clock.

use super::browser::{once, timeout};
use crate::machine::{Span, Wall};
use js_sys::Function;
use std::cell::RefCell;
use wasm_bindgen::JsValue;

/// What `setTimeout` can hold. Beyond it the delay wraps and fires at once, so it is clamped here and armed
/// anew when it fires early.
const LONGEST_DELAY: Span = Span(0x7fff_ffff);

/// Fires once, unless it is dropped before.
#[derive(Debug)]
pub(crate) struct Timeout(Function);

impl Timeout {
    pub(crate) fn new(milliseconds: u32, fire: impl FnOnce() + 'static) -> Self {
        let fire = once(move |_| {
            fire();
            JsValue::UNDEFINED
        });
        Self(timeout(milliseconds, &fire))
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        // It clears a timer, which does not throw.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

#[derive(Debug, Default)]
pub(crate) struct Timer {
    armed: RefCell<Option<(Wall, Timeout)>>,
}

impl Timer {
    /// Calls `fire` at `deadline` or soon after; replaces what was armed before.
    pub(crate) fn arm(&self, now: Wall, deadline: Option<Wall>, fire: impl FnOnce() + 'static) {
        let mut armed = self.armed.borrow_mut();
        if armed.as_ref().map(|(deadline, _)| *deadline) == deadline {
            return;
        }
        *armed = deadline.map(|deadline| (deadline, Timeout::new(delay(deadline.since(now)), fire)));
    }

    /// Forgets the timer that has just fired.
    pub(crate) fn fired(&self) {
        self.armed.take();
    }
}

/// A span as `setTimeout` takes it.
pub(crate) fn delay(span: Span) -> u32 {
    u32::try_from(span.min(LONGEST_DELAY).0).unwrap_or(0)
}
