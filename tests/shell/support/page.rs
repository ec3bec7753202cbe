//! Bindings to `page.js`, and waiting for a condition.

use js_sys::{Function, Object, Promise, Reflect};
use std::ops::Deref;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/tests/shell/support/page.js")]
extern "C" {
    fn sleep(milliseconds: u32) -> Promise;
    #[wasm_bindgen(js_name = readRow)]
    fn read_row_promise(key: &str) -> Promise;
    #[wasm_bindgen(js_name = writeRow)]
    fn write_row_promise(key: &str, row: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = deleteRow)]
    fn delete_row_promise(key: &str) -> Promise;
    #[wasm_bindgen(js_name = replaceDatabase)]
    fn replace_database_promise(getter: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = blockRows)]
    fn block_rows_promise() -> Promise;
    #[wasm_bindgen(js_name = locks)]
    fn locks_promise(name: &str) -> Promise;
    #[wasm_bindgen(js_name = holdLock)]
    fn hold_lock_promise(name: &str) -> Promise;

    #[wasm_bindgen(js_name = replaceGetter)]
    fn replace_getter(name: &str, getter: &JsValue) -> Function;
    #[wasm_bindgen(js_name = hideDocument)]
    fn hide_document() -> Function;

    /// The cookies as the page sees them.
    pub(crate) fn cookies() -> String;
    #[wasm_bindgen(js_name = clearCookies)]
    pub(crate) fn clear_cookies();
    #[wasm_bindgen(js_name = denyCookies)]
    fn refuse_cookies() -> Function;

    #[wasm_bindgen(js_name = refuseLocks)]
    fn refuse_locks_function(part: &str) -> Function;
    #[wasm_bindgen(js_name = forgetAbortTimeouts)]
    fn forget_abort_timeouts_function() -> Function;
    #[wasm_bindgen(js_name = slowTimers)]
    fn slow_timers_function(milliseconds: u32) -> Function;

    #[wasm_bindgen(js_name = fillLocalStorage)]
    fn fill() -> Function;

    #[wasm_bindgen(js_name = openFrame)]
    fn open_frame(sandbox: Option<&str>) -> Promise;
    #[wasm_bindgen(js_name = scrollFrame)]
    fn scroll_frame(frame: &JsValue);
    #[wasm_bindgen(js_name = closeFrame)]
    fn close_frame(frame: &JsValue);

    /// Scrolls: the one thing that a script can have the browser do as if the user had.
    pub(crate) fn scroll();

    #[wasm_bindgen(js_name = silentDatabase)]
    fn silent_database() -> JsValue;

    pub(crate) fn respond(status: u16, retry_after: Option<&str>, body: &str) -> JsValue;
    pub(crate) fn silence(signal: &JsValue) -> Promise;

    #[wasm_bindgen(js_name = Census)]
    pub(crate) type Counters;
    #[wasm_bindgen(constructor, js_class = Census)]
    fn new() -> Counters;
    #[wasm_bindgen(method, js_name = listenerCount)]
    pub(crate) fn listener_count(this: &Counters) -> usize;
    #[wasm_bindgen(method, js_name = isListening)]
    pub(crate) fn is_listening(this: &Counters, event: &str) -> bool;
    #[wasm_bindgen(method, js_name = timerCount)]
    pub(crate) fn timer_count(this: &Counters) -> usize;
    #[wasm_bindgen(method)]
    pub(crate) fn delays(this: &Counters) -> Vec<f64>;
    #[wasm_bindgen(method, js_name = channelCount)]
    pub(crate) fn channel_count(this: &Counters) -> usize;
    #[wasm_bindgen(method)]
    fn end(this: &Counters);
}

/// What may take this long on a busy machine, and longer than that is broken.
const PATIENCE: f64 = 8_000.0;

/// Waits until `condition` holds; `what` says in a failure what never came.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = now();
    while !condition() {
        assert!(now() - start < PATIENCE, "waited in vain: {what}");
        pause(5).await;
    }
}

/// Lets time pass where nothing is to happen in it.
pub(crate) async fn pause(milliseconds: u32) {
    settled(sleep(milliseconds)).await;
}

/// The page's clock, in milliseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "what the shell's clock shows is compared with it")]
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

pub(crate) async fn read_row(key: &str) -> JsValue {
    settled(read_row_promise(key)).await
}

pub(crate) async fn write_row(key: &str, row: &JsValue) {
    settled(write_row_promise(key, row)).await;
}

pub(crate) async fn delete_row(key: &str) {
    settled(delete_row_promise(key)).await;
}

/// Nobody's transaction on the rows gets a turn until this is dropped.
pub(crate) async fn block_rows() -> Undo {
    Undo(settled(block_rows_promise()).await.unchecked_into())
}

/// How many locks of this name are held or asked for.
pub(crate) async fn locks(name: &str) -> usize {
    settled(locks_promise(name)).await.as_f64().map_or(0, |count| count as usize)
}

/// Holds the lock until this is dropped.
pub(crate) async fn hold_lock(name: &str) -> Undo {
    Undo(settled(hold_lock_promise(name)).await.unchecked_into())
}

/// Undoes on being dropped what a test did to the page.
pub(crate) struct Undo(Function);

impl Drop for Undo {
    fn drop(&mut self) {
        // Of a test that failed in between, this may be dropped twice.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

/// Counts listeners, timers and channels that come and go while it lives.
pub(crate) struct Census(Counters);

impl Census {
    pub(crate) fn new() -> Self {
        Self(Counters::new())
    }
}

impl Deref for Census {
    type Target = Counters;
    fn deref(&self) -> &Counters {
        &self.0
    }
}

impl Drop for Census {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// `indexedDB.open` throws from now on.
pub(crate) async fn deny_indexed_db() -> Undo {
    replace_database(&throwing()).await
}

/// `indexedDB.open` never answers from now on.
pub(crate) async fn silence_indexed_db() -> Undo {
    replace_database(&Closure::<dyn Fn() -> JsValue>::new(silent_database).into_js_value()).await
}

async fn replace_database(getter: &JsValue) -> Undo {
    Undo(settled(replace_database_promise(getter)).await.unchecked_into())
}

pub(crate) fn deny_local_storage() -> Undo {
    Undo(replace_getter("localStorage", &throwing()))
}

pub(crate) fn deny_channels() -> Undo {
    Undo(replace_getter("BroadcastChannel", &throwing()))
}

/// No more goes into localStorage from now on.
pub(crate) fn fill_local_storage() -> Undo {
    Undo(fill())
}

/// Every request for a lock whose name has this in it is refused from now on.
pub(crate) fn refuse_locks(part: &str) -> Undo {
    Undo(refuse_locks_function(part))
}

/// There is no `AbortSignal.timeout` from now on.
pub(crate) fn forget_abort_timeouts() -> Undo {
    Undo(forget_abort_timeouts_function())
}

/// No timer that is set from now on fires sooner than this.
pub(crate) fn slow_timers(milliseconds: u32) -> Undo {
    Undo(slow_timers_function(milliseconds))
}

/// No cookie is kept from now on.
pub(crate) fn deny_cookies() -> Undo {
    Undo(refuse_cookies())
}

/// A frame in the page, until it is dropped.
pub(crate) struct Frame(JsValue);

impl Frame {
    pub(crate) async fn open() -> Self {
        Self(settled(open_frame(None)).await)
    }

    /// Of an origin of its own.
    pub(crate) async fn sandboxed() -> Self {
        Self(settled(open_frame(Some("allow-scripts"))).await)
    }

    pub(crate) fn scroll(&self) {
        scroll_frame(&self.0);
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        close_frame(&self.0);
    }
}

/// The document says that it is hidden.
pub(crate) fn hide() -> Undo {
    Undo(hide_document())
}

fn throwing() -> JsValue {
    Function::new_no_args("throw new DOMException('denied by the test', 'SecurityError')").into()
}

/// Dispatches an event that no user made.
pub(crate) fn dispatch(target: &str, event: &str) {
    Function::new_with_args("target, event", "globalThis[target].dispatchEvent(new Event(event))")
        .call2(&JsValue::UNDEFINED, &target.into(), &event.into())
        .expect("dispatching does not throw");
}

/// What a member of an object is; `undefined` where there is none.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

pub(crate) fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).expect("a plain object takes any member");
}

pub(crate) fn text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

/// An object written as JSON.
pub(crate) fn json(text: &str) -> JsValue {
    js_sys::JSON::parse(text).expect("the test's own JSON is valid")
}

pub(crate) fn empty() -> JsValue {
    Object::new().into()
}

/// localStorage, by hand.
pub(crate) mod local {
    use super::{JsValue, web_storage};

    pub(crate) fn read(key: &str) -> Option<String> {
        call("getItem", &[key]).as_string()
    }

    pub(crate) fn write(key: &str, text: &str) {
        call("setItem", &[key, text]);
    }

    pub(crate) fn remove(key: &str) {
        call("removeItem", &[key]);
    }

    fn call(method: &str, arguments: &[&str]) -> JsValue {
        web_storage::call("localStorage", method, arguments)
    }
}

/// sessionStorage, by hand.
pub(crate) mod own {
    use super::web_storage::call;

    pub(crate) fn read(key: &str) -> Option<String> {
        call("sessionStorage", "getItem", &[key]).as_string()
    }

    pub(crate) fn remove(key: &str) {
        call("sessionStorage", "removeItem", &[key]);
    }
}

mod web_storage {
    use super::{JsValue, get};
    use js_sys::{Function, Reflect};
    use wasm_bindgen::JsCast;

    pub(crate) fn call(storage: &str, method: &str, arguments: &[&str]) -> JsValue {
        let storage = get(&js_sys::global(), storage);
        let method: Function = get(&storage, method).unchecked_into();
        let arguments = arguments.iter().map(|argument| JsValue::from(*argument)).collect();
        Reflect::apply(&method, &storage, &arguments).expect("it works in this test")
    }
}

async fn settled(promise: Promise) -> JsValue {
    JsFuture::from(promise).await.expect("the test's own promises do not reject")
}
