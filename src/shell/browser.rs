//! Bindings to `browser.js`.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

#[wasm_bindgen(module = "/src/shell/browser.js")]
extern "C" {
    /// Calls `decide` with the row inside one transaction, then `done` with whether that is complete; both once, in
    /// bounded time.
    pub(crate) fn transact(name: &str, write: bool, milliseconds: u32, decide: &JsValue, done: &JsValue);

    /// Asks for the Web Lock. Returns the function that lets it go, or stops asking for it.
    pub(crate) fn hold(name: &str, granted: &JsValue, refused: &JsValue) -> Function;

    /// Sends one request. Calls `done` with `[status, body?, retryAfter?]`, or with `'timeout'` or `'network'`.
    pub(crate) fn exchange(
        fetch: Option<&Function>,
        url: &str,
        method: &str,
        bearer: Option<&str>,
        body: &JsValue,
        credentials: &str,
        keepalive: bool,
        milliseconds: u32,
        abort: Option<&AbortController>,
        done: &JsValue,
    );
}

/// A function for `browser.js` to call, at most once. All are of one type, for each type costs a page its own glue.
pub(crate) fn once(work: impl FnOnce(JsValue) -> JsValue + 'static) -> JsValue {
    boxed(Box::new(work))
}

fn boxed(work: Box<dyn FnOnce(JsValue) -> JsValue>) -> JsValue {
    Closure::once_into_js(work)
}
