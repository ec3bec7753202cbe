//! The Web Lock: it spares a second request, and nothing depends on it.

use super::Inner;
use super::browser::{hold, once};
use crate::machine::Input;
use js_sys::Function;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The lock of one session name.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    /// Counts requests, so that a word that comes after its request was given up is not heard.
    request: Cell<u32>,
    release: RefCell<Option<Function>>,
}

impl Lock {
    /// Asks for the lock; the answer is an input.
    pub(crate) fn take(&self, inner: &Rc<Inner>) {
        let number = self.request.get().wrapping_add(1);
        self.request.set(number);
        let word = |input: fn() -> Input| {
            let shell = Rc::downgrade(inner);
            once(move |_| {
                if let Some(inner) = shell.upgrade().filter(|inner| inner.lock.request.get() == number) {
                    inner.feed(input());
                }
                JsValue::UNDEFINED
            })
        };
        let name = inner.scoped_key(inner.scope().as_ref());
        let release = hold(&name, &word(|| Input::LockGranted), &word(|| Input::LockRefused));
        self.release.replace(Some(release));
    }

    /// Lets the lock go, or stops asking for it.
    pub(crate) fn release(&self) {
        self.request.set(self.request.get().wrapping_add(1));
        if let Some(release) = self.release.take() {
            // It aborts and resolves; neither throws.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}
