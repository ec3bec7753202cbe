//! What the user does: sampled, so that a mouse on the move costs nothing between samples.

use super::listener::{Listener, Phase, listen};
use super::{Inner, browser};
use crate::machine::Input;
use gloo_timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// After a sample nobody listens for this long, in milliseconds.
const REST: u32 = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Activity {
    listeners: RefCell<Vec<Listener>>,
    rest: RefCell<Option<Timeout>>,
}

impl Activity {
    /// Listens for the next sign of the user.
    pub(crate) fn watch(&self, shell: &Weak<Inner>, events: &[String]) {
        let Some(window) = browser::window() else { return };
        let listeners = events.iter().map(|name| {
            listen(&window, name, Phase::Capture, shell, |inner, event| {
                // A script can make events, but not the user.
                if event.is_trusted() {
                    inner.activity.sample(inner);
                }
            })
        });
        self.listeners.replace(listeners.collect());
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
                inner.activity.watch(&shell, &inner.settings.activity_events);
            }
        })));
        inner.feed(Input::Activity);
    }
}
