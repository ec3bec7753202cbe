//! Event listeners that are gone when they are dropped, and never keep the shell alive.

use super::Inner;
use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};
use std::borrow::Cow;
use std::rc::{Rc, Weak};
use web_sys::{Event, EventTarget};

type Reaction = Box<dyn Fn(&Rc<Inner>, &Event)>;

/// Listens passively, in the capture phase where asked: a page that stops propagation hides nothing then.
pub(crate) fn listen(
    target: &EventTarget,
    event: impl Into<Cow<'static, str>>,
    phase: EventListenerPhase,
    shell: &Weak<Inner>,
    react: impl Fn(&Rc<Inner>, &Event) + 'static,
) -> EventListener {
    attach(target, event.into(), phase, Weak::clone(shell), Box::new(react))
}

fn attach(
    target: &EventTarget,
    event: Cow<'static, str>,
    phase: EventListenerPhase,
    shell: Weak<Inner>,
    react: Reaction,
) -> EventListener {
    let options = EventListenerOptions { phase, passive: true };
    EventListener::new_with_options(target, event, options, move |event| {
        if let Some(inner) = shell.upgrade() {
            react(&inner, event);
        }
    })
}
