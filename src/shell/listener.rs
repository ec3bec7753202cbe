//! What is heard of the page: listeners that are gone when they are dropped, and never keep the shell alive.

use super::Inner;
use js_sys::Function;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

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

/// Listens with `begin`, which gets what `browser.js` is to call and returns the function that ends it.
pub(crate) fn listen(
    shell: &Weak<Inner>,
    begin: impl FnOnce(&JsValue) -> Function,
    react: fn(&Rc<Inner>, JsValue),
) -> Listener {
    let react = closure(Weak::clone(shell), react);
    Listener { stop: begin(react.as_ref()), _react: react }
}

/// Of the type that `browser::once` has as well, for each type costs a page its own glue.
fn closure(shell: Weak<Inner>, react: fn(&Rc<Inner>, JsValue)) -> Closure<dyn FnMut(JsValue) -> JsValue> {
    Closure::new(move |value| {
        if let Some(inner) = shell.upgrade() {
            react(&inner, value);
        }
        JsValue::UNDEFINED
    })
}
