//! What the npm package calls: options in, snapshots and typed errors out.
//!
//! The package's TypeScript wraps this class; it is not called by applications directly.

mod error;
mod event;
mod options;
mod snapshot;

use crate::machine::{GrantKind, Input, Sid};
use crate::shell::{Asked, Authentication, News, Page, SessionError, Shell, Token, number, whole};
use js_sys::{Array, Function, Object, Promise, Reflect};
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen]
extern "C" {
    /// What the package hands in: where news goes, and what replaces the page's `fetch`.
    pub type CoreHost;

    #[wasm_bindgen(method, catch)]
    fn emit(this: &CoreHost, name: &str, payload: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn log(this: &CoreHost, level: &str, message: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn fetch(this: &CoreHost) -> Result<Option<Function>, JsValue>;
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
    /// Reads the options; nothing is looked at yet.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, host: CoreHost) -> Self {
        let (config, settings) = options::read(options);
        let fetch = host.fetch().unwrap_or_default();
        let mut settle: Option<Function> = None;
        let ready = Promise::new(&mut |resolve, _| settle = Some(resolve));
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
        answer(self.shell.ask(Input::TokenWanted))
    }

    /// The token for the one retry of a request that was answered 401.
    #[wasm_bindgen(js_name = retryToken)]
    pub fn retry_token(&self, sid: String, generation: f64) -> Promise {
        answer(self.shell.ask_retry_token(Sid(sid), whole(generation)))
    }

    /// Renews the tokens, joining what is under way.
    pub fn refresh(&self) -> Promise {
        answer(self.shell.ask(Input::RefreshWanted))
    }

    /// Posts `body` to `login`, `register` or `changePassword` and takes up the tokens of the answer.
    pub fn authenticate(&self, endpoint: &str, body: JsValue) -> Promise {
        let shell = self.shell.clone();
        let what = match endpoint {
            "register" => Authentication::Register,
            "changePassword" => Authentication::ChangePassword,
            _ => Authentication::Login,
        };
        promise(async move { shell.authenticate(what, &body).await.map(|()| JsValue::UNDEFINED) })
    }

    /// Takes up tokens that the application got by itself. `as` is `login`, `refresh` or absent.
    #[wasm_bindgen(js_name = setTokens)]
    pub fn set_tokens(&self, tokens: &JsValue, kind: Option<String>) -> Promise {
        let kind = match kind.as_deref() {
            Some("login") => GrantKind::Login,
            Some("refresh") => GrantKind::Refresh,
            _ => GrantKind::Auto,
        };
        match self.shell.ask_set_tokens(tokens, kind) {
            Ok(asked) => answer(asked),
            Err(error) => Promise::reject(&error::read(&error)),
        }
    }

    /// Asks the auth server: `{ valid }`, which is `null` where it could not be asked.
    pub fn verify(&self) -> Promise {
        let shell = self.shell.clone();
        promise(async move {
            let valid = shell.verify().await?;
            let object = Object::new();
            set(&object, "valid", &valid.map_or(JsValue::NULL, JsValue::from));
            Ok(object.into())
        })
    }

    /// Signs out: here before this returns, at the server by the time the promise settles, if it can be
    /// reached.
    pub fn logout(&self, everywhere: bool) -> Promise {
        let told = self.shell.logout(everywhere);
        promise(async move {
            told.await;
            Ok(JsValue::UNDEFINED)
        })
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
    ready: Option<Function>,
}

impl Page for HostPage {
    fn told(&self, news: News) {
        if event::is_ready(&news)
            && let Some(settle) = &self.ready
        {
            // The resolve function of a promise does not throw.
            let _ = settle.call0(&JsValue::UNDEFINED);
        }
        let (name, payload) = event::read(news);
        if self.host.emit(name, &payload).is_err() {
            // A listener that throws is the page's business; nothing of it is quoted here.
            let _ = self.host.log("error", "a listener threw");
        }
    }
}

fn answer(asked: Asked) -> Promise {
    promise(async move { Ok(asked.await?.map_or(JsValue::UNDEFINED, token_object)) })
}

fn token_object(token: Token) -> JsValue {
    let object = Object::new();
    set(&object, "accessToken", &token.access_token.expose().into());
    set(&object, "sid", &token.sid.0.into());
    set(&object, "generation", &number(token.generation).into());
    object.into()
}

/// Boxed, so that the code around a promise is there once and not once for each call.
fn promise(work: impl Future<Output = Result<JsValue, SessionError>> + 'static) -> Promise {
    run(Box::pin(work))
}

fn run(work: Pin<Box<dyn Future<Output = Result<JsValue, SessionError>>>>) -> Promise {
    future_to_promise(async move { work.await.map_err(|error| error::read(&error)) })
}

/// A plain object takes any property.
fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}
