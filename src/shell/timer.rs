//! One timer for all deadlines: a hint to look at the clock.

use crate::machine::{Span, Wall};
use gloo_timers::callback::Timeout;
use std::cell::RefCell;

/// What `setTimeout` can hold. Beyond it the delay wraps and fires at once, so it is clamped here and armed
/// anew when it fires early.
const LONGEST_DELAY: Span = Span(0x7fff_ffff);

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
