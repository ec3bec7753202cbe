//! Bindings to `browser.js`.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

#[wasm_bindgen(module = "/src/shell/browser.js")]
extern "C" {
    /// Calls `decide` with the row inside one transaction. Rejects where the store does not answer in time.
    pub(crate) fn transact(name: &str, write: bool, milliseconds: u32, decide: &JsValue) -> Promise;

    /// Asks for the Web Lock. Returns the function that lets it go, or stops asking for it.
    pub(crate) fn hold(name: &str, granted: &JsValue, refused: &JsValue) -> Function;

    /// Sends one request. Resolves to `[status, body?, retryAfter?]`, or to `'timeout'` or `'network'`.
    pub(crate) fn exchange(
        fetch: Option<&Function>,
        url: &str,
        method: &str,
        bearer: Option<&str>,
        body: &JsValue,
        credentials: &str,
        keepalive: bool,
        milliseconds: u32,
        abort: &AbortController,
    ) -> Promise;
}
