//! Bindings to `browser.js`.

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, Storage};

#[wasm_bindgen(module = "/src/shell/browser.js")]
extern "C" {
    /// Whether the page can be seen, as far as there is one.
    #[wasm_bindgen(js_name = isVisible)]
    pub(crate) fn is_visible() -> bool;

    /// 128 random bits, as hexadecimal.
    #[wasm_bindgen(js_name = randomId)]
    pub(crate) fn random_id() -> String;

    /// Whether `storage`, which names a member of the window, can be written.
    #[wasm_bindgen(js_name = canStore)]
    pub(crate) fn can_store(storage: &str, key: &str) -> bool;

    /// The text that the running browser is marked with.
    #[wasm_bindgen(js_name = readMark)]
    pub(crate) fn read_mark(name: &str) -> Option<String>;

    /// Marks the running browser, by something that goes when it is closed.
    pub(crate) fn mark(name: &str, text: &str);

    /// Takes the mark away.
    pub(crate) fn unmark(name: &str);

    /// A member of an object; undefined where there is none, or no object.
    pub(crate) fn get(object: &JsValue, name: &str) -> JsValue;

    /// Sets a member of a plain object.
    pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue);

    /// Calls `react` with a number for each turn in the page's life. Returns the function that ends it, as all of these.
    #[wasm_bindgen(js_name = watchPage)]
    pub(crate) fn watch_page(react: &JsValue) -> Function;

    /// Calls `react` with `true` for a sign of the user, and with `false` when there is a new frame to watch.
    #[wasm_bindgen(js_name = watchActivity)]
    pub(crate) fn watch_activity(names: &Array, frames: bool, synthetic: bool, react: &JsValue) -> Function;

    /// Calls `react` with the key and the value that another tab has stored.
    #[wasm_bindgen(js_name = watchStorage)]
    pub(crate) fn watch_storage(react: &JsValue) -> Function;

    /// Calls `react` with each message that is an array.
    #[wasm_bindgen(js_name = watchChannel)]
    pub(crate) fn watch_channel(channel: &BroadcastChannel, react: &JsValue) -> Function;

    /// Calls `decide` with the row inside one transaction, then `done` with whether that is complete; both once, in
    /// bounded time, but not `decide` where there is no transaction. With a vault, the row bears `record`, of the session
    /// `sid`, sealed, and `done` is told the record that `decide` has not seen. It is told null where nothing came of it
    /// and the store is not to blame: the page stands still, or the record cannot be sealed or opened.
    pub(crate) fn transact(
        name: &str,
        write: bool,
        milliseconds: u32,
        decide: &JsValue,
        done: &JsValue,
        vault: Option<&Object>,
        sid: Option<&str>,
        record: &JsValue,
    );

    /// Calls `work`, which says whether it wrote, while no other tab has its turn with `storage`, or without one where
    /// locks are missing or refused; then `done`. Both once; not `work` where the turn does not come in time.
    pub(crate) fn fenced(name: &str, storage: &Storage, milliseconds: u32, work: &JsValue, done: &JsValue);

    /// Writes the copy with its record sealed. Best effort.
    #[wasm_bindgen(js_name = writeSealed)]
    pub(crate) fn write_sealed(storage: &Storage, key: &str, row: &JsValue, vault: &Object);

    /// Calls `done` with the record that is sealed in the row which `text` is; undefined where it cannot be opened.
    #[wasm_bindgen(js_name = openSealed)]
    pub(crate) fn open_sealed(text: &str, milliseconds: u32, vault: &Object, done: &JsValue);

    /// Asks for the Web Lock. Returns the function that lets it go, or stops asking for it.
    pub(crate) fn hold(name: &str, granted: &JsValue, refused: &JsValue) -> Function;

    /// Sends one request. Calls `done` with `[status, body?, wait?, isFinal?]`, or with `'timeout'` or `'network'`. Returns the
    /// function that cuts it short.
    pub(crate) fn exchange(
        fetch: Option<&Function>,
        base: Option<&str>,
        url: &str,
        method: &str,
        bearer: Option<&str>,
        body: &JsValue,
        credentials: &str,
        keepalive: bool,
        milliseconds: u32,
        done: &JsValue,
    ) -> Function;
}

#[wasm_bindgen]
extern "C" {
    /// The page's monotonic clock, in milliseconds.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn monotonic() -> f64;
}

/// A function for `browser.js` to call, at most once. All are of one type, for each type costs a page its own glue.
pub(crate) fn once(work: impl FnOnce(JsValue) -> JsValue + 'static) -> JsValue {
    boxed(Box::new(work))
}

fn boxed(work: Box<dyn FnOnce(JsValue) -> JsValue>) -> JsValue {
    Closure::once_into_js(work)
}
