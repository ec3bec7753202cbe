//! Values without names, as JavaScript hands several over at once: a page would download each name twice.

use super::clock::whole;
use crate::machine::Span;
use js_sys::Array;
use wasm_bindgen::JsValue;

/// Read in the order in which they were put down.
pub(crate) struct Values {
    list: Array,
    next: u32,
}

impl Values {
    pub(crate) const fn new(list: Array) -> Self {
        Self { list, next: 0 }
    }

    pub(crate) fn take(&mut self) -> JsValue {
        let value = self.list.get(self.next);
        self.next += 1;
        value
    }

    /// Milliseconds.
    pub(crate) fn span(&mut self) -> Option<Span> {
        self.take().as_f64().map(|milliseconds| Span(whole(milliseconds)))
    }

    #[cfg(feature = "npm")]
    pub(crate) fn flag(&mut self) -> bool {
        self.take().is_truthy()
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        self.take().as_string()
    }
}
