//! What the npm package calls: options in, snapshots and typed errors out.
//!
//! The package's TypeScript wraps this class; it is not called by applications directly.

mod error;
mod event;
mod options;
mod snapshot;

use crate::machine::{GrantKind, Input, Sid};
use crate::shell::{Authentication, News, Page, Reply, SessionError, Shell, Token, number, set, whole};
use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What the package hands in: where news goes, what replaces the page's `fetch`, and what seals tokens.
    pub type CoreHost;

    #[wasm_bindgen(method, catch)]
    fn emit(this: &CoreHost, name: &str, payload: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn log(this: &CoreHost, level: &str, message: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn fetch(this: &CoreHost) -> Result<Option<Function>, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn vault(this: &CoreHost) -> Result<Option<Object>, JsValue>;
}

/// One tab's session.
#[wasm_bindgen]
pub struct Core {
    shell: Shell,
    /// Answers `ready()`, whenever it is asked.
    ready: Promise,
}

#[wasm_bindgen]
impl Core {
    /// Reads the options' values; nothing is looked at yet.
    #[wasm_bindgen(constructor)]
    pub fn new(values: Array, host: CoreHost) -> Self {
        let (config, settings) = options::read(values, host.vault().unwrap_or_default());
        let fetch = host.fetch().unwrap_or_default();
        let (ready, settle) = promise();
        let page = HostPage { host, ready: settle };
        Self { shell: Shell::new(config, settings, fetch, Box::new(page)), ready }
    }

    /// Looks at the stores and listens to the page. Once.
    pub fn start(&self) {
        self.shell.start();
    }

    /// Settles when it is known whether somebody is signed in; never rejects.
    pub fn ready(&self) -> Promise {
        self.ready.clone()
    }

    /// What the page sees: the values of a snapshot, in the order that the package knows.
    pub fn snapshot(&self) -> Array {
        snapshot::read(&self.shell)
    }

    /// The access token as it is.
    #[wasm_bindgen(js_name = peekAccessToken)]
    pub fn peek_access_token(&self) -> Option<String> {
        Some(self.shell.peek()?.access_token.expose().to_owned())
    }

    /// A token that is good now: `{ accessToken, sid, generation }`.
    pub fn token(&self) -> Promise {
        answer(|then| self.shell.ask(Input::TokenWanted, then))
    }

    /// The token for the one retry of a request that was answered 401.
    #[wasm_bindgen(js_name = retryToken)]
    pub fn retry_token(&self, sid: String, generation: f64) -> Promise {
        answer(|then| self.shell.ask_retry_token(Sid(sid), whole(generation), then))
    }

    /// Renews the tokens, joining what is under way.
    pub fn refresh(&self) -> Promise {
        answer(|then| self.shell.ask(Input::RefreshWanted, then))
    }

    /// Posts `body` to `login`, `register` or `changePassword` and takes up the tokens of the answer. `remember`: a
    /// new session outlives the browser.
    pub fn authenticate(&self, endpoint: &str, body: JsValue, remember: bool) -> Promise {
        let what = match endpoint {
            "register" => Authentication::Register,
            "changePassword" => Authentication::ChangePassword,
            _ => Authentication::Login,
        };
        answer(|then| self.shell.ask_authenticate(what, body, remember, then))
    }

    /// Takes up tokens that the application got by itself. `as` is `login`, `refresh` or absent.
    #[wasm_bindgen(js_name = setTokens)]
    pub fn set_tokens(&self, tokens: &JsValue, kind: Option<String>, remember: bool) -> Promise {
        let kind = match kind.as_deref() {
            Some("login") => GrantKind::Login,
            Some("refresh") => GrantKind::Refresh,
            _ => GrantKind::Auto,
        };
        answer(|then| self.shell.ask_set_tokens(tokens, kind, remember, then))
    }

    /// Asks the auth server: `{ valid }`, which is `null` where it could not be asked.
    pub fn verify(&self) -> Promise {
        let (promise, settle) = promise();
        self.shell.ask_verify(Box::new(move |valid| {
            settle.with(valid.map(|valid| {
                let object = Object::new();
                set(&object, "valid", &valid.map_or(JsValue::NULL, JsValue::from));
                object.into()
            }));
        }));
        promise
    }

    /// Signs out: here before this returns, at the server by the time the promise settles, if it can be
    /// reached.
    pub fn logout(&self, everywhere: bool) -> Promise {
        let (promise, settle) = promise();
        self.shell.ask_logout(everywhere, Box::new(move |()| settle.with(Ok(JsValue::UNDEFINED))));
        promise
    }

    /// Activity that the page knows of.
    pub fn touch(&self) {
        self.shell.touch();
    }

    /// The answer to the idle prompt.
    pub fn stay(&self) {
        self.shell.stay();
    }

    /// Lets everything go. Idempotent.
    pub fn dispose(&self) {
        self.shell.dispose();
    }
}

struct HostPage {
    host: CoreHost,
    ready: Settle,
}

impl Page for HostPage {
    fn told(&self, news: News) {
        if event::is_ready(&news) {
            self.ready.with(Ok(JsValue::UNDEFINED));
        }
        let (name, payload) = event::read(news);
        if self.host.emit(name, &payload).is_err() {
            // A listener that throws is the page's business; nothing of it is quoted here.
            let _ = self.host.log("error", "a listener threw");
        }
    }
}

fn answer(ask: impl FnOnce(Reply)) -> Promise {
    let (promise, settle) = promise();
    ask(settle.into_reply());
    promise
}

fn token_object(token: Token) -> JsValue {
    let object = Object::new();
    set(&object, "accessToken", &token.access_token.expose().into());
    set(&object, "sid", &token.sid.0.into());
    set(&object, "generation", &number(token.generation).into());
    object.into()
}

/// Settles a promise.
struct Settle(Option<(Function, Function)>);

fn promise() -> (Promise, Settle) {
    let mut settle = None;
    let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
    (promise, Settle(settle))
}

impl Settle {
    fn with(&self, result: Result<JsValue, SessionError>) {
        // A promise calls its executor before it is there.
        let Some((resolve, reject)) = &self.0 else { return };
        let (settle, value) = match result {
            Ok(value) => (resolve, value),
            Err(error) => (reject, error::read(&error)),
        };
        // Neither throws.
        let _ = settle.call1(&JsValue::UNDEFINED, &value);
    }

    fn into_reply(self) -> Reply {
        Box::new(move |result| self.with(result.map(|token| token.map_or(JsValue::UNDEFINED, token_object))))
    }
}
