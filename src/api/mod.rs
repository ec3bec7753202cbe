//! What the npm package calls: options in, snapshots and typed errors out.
//!
//! The package's TypeScript wraps this class; it is not called by applications directly.

mod error;
mod event;
mod options;
mod snapshot;

use crate::machine::{GrantKind, Input, Sid};
use crate::shell::{Authentication, News, Page, Reply, SessionError, Shell, Taken, Token, number, whole};
use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Where news goes. Nothing of it throws.
    pub type CoreHost;

    #[wasm_bindgen(method)]
    fn emit(this: &CoreHost, event: u8, first: &JsValue, second: &JsValue);

    /// The two ends of a promise.
    pub type Settle;

    #[wasm_bindgen(method)]
    fn resolve(this: &Settle, value: &JsValue);

    #[wasm_bindgen(method)]
    fn reject(this: &Settle, error: &JsValue);

    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    fn token_values(access_token: &str, sid: &str, generation: f64) -> JsValue;
}

/// One tab's session.
#[wasm_bindgen]
pub struct Core {
    shell: Shell,
}

#[wasm_bindgen]
impl Core {
    /// Reads the options' values; nothing is looked at yet. `fetch` replaces the page's own, `vault` seals tokens.
    #[wasm_bindgen(constructor)]
    pub fn new(values: Array, host: CoreHost, fetch: Option<Function>, vault: Option<Object>) -> Self {
        let (config, settings) = options::read(values, vault);
        Self { shell: Shell::new(config, settings, fetch, Box::new(HostPage(host))) }
    }

    /// Looks at the stores and listens to the page. Once.
    pub fn start(&self) {
        self.shell.start();
    }

    /// What the page sees: the values of a snapshot, in the order that the package knows.
    pub fn snapshot(&self) -> Array {
        snapshot::read(&self.shell)
    }

    /// The access token as it is.
    #[wasm_bindgen(js_name = peekAccessToken)]
    pub fn peek_access_token(&self) -> JsValue {
        self.shell.peek().map_or(JsValue::UNDEFINED, |token| token.access_token.expose().into())
    }

    /// A token that is good now.
    pub fn token(&self, settle: Settle) {
        self.shell.ask(Input::TokenWanted, reply(settle));
    }

    /// The token for the one retry of a request that was answered 401.
    #[wasm_bindgen(js_name = retryToken)]
    pub fn retry_token(&self, sid: String, generation: f64, settle: Settle) {
        self.shell.ask_retry_token(Sid(sid), whole(generation), reply(settle));
    }

    /// Renews the tokens, joining what is under way.
    pub fn refresh(&self, settle: Settle) {
        self.shell.ask(Input::RefreshWanted, reply(settle));
    }

    /// Posts `body` to login (0), register (1) or change password (2) and takes up the tokens of the answer.
    /// `remember`: a new session outlives the browser.
    pub fn authenticate(&self, endpoint: u8, body: JsValue, remember: bool, settle: Settle) {
        let what = match endpoint {
            1 => Authentication::Register,
            2 => Authentication::ChangePassword,
            _ => Authentication::Login,
        };
        self.shell.ask_authenticate(what, body, remember, reply(settle));
    }

    /// Takes up tokens that the core has not asked for. `kind`: those of the application's own, for what they look like
    /// (0), for a login (1), for a refresh (2); those in the answer to a login that the page has sent by itself, in the
    /// epoch `number` (3); those beside the answer to a request with the token of the session `sid` and the generation
    /// `number` (4). One function, since a page downloads the glue of each.
    #[wasm_bindgen(js_name = takeTokens)]
    pub fn take_tokens(
        &self,
        tokens: &JsValue,
        kind: u8,
        remember: bool,
        sid: String,
        number: f64,
        settle: Settle,
    ) {
        let number = whole(number);
        let given = |kind| Taken::Given { kind, remember };
        let how = match kind {
            1 => given(GrantKind::Login),
            2 => given(GrantKind::Refresh),
            3 => Taken::SignIn { epoch: number },
            4 => Taken::Beside { sid: Sid(sid), generation: number },
            _ => given(GrantKind::Auto),
        };
        self.shell.ask_take(tokens, how, reply(settle));
    }

    /// Ends the session: a resource has refused the token of `generation`, which was new.
    #[wasm_bindgen(js_name = tokenRefused)]
    pub fn token_refused(&self, sid: String, generation: f64) {
        self.shell.token_refused(Sid(sid), whole(generation));
    }

    /// Asks the auth server whether the token is valid; `null` where it could not be asked.
    pub fn verify(&self, settle: Settle) {
        self.shell.ask_verify(Box::new(move |valid| {
            answer(&settle, valid.map(|valid| valid.map_or(JsValue::NULL, JsValue::from)));
        }));
    }

    /// Signs out: here before this returns, at the server by the time the promise settles, if it can be
    /// reached.
    pub fn logout(&self, everywhere: bool, settle: Settle) {
        self.shell.ask_logout(everywhere, reply(settle));
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

struct HostPage(CoreHost);

impl Page for HostPage {
    fn told(&self, news: News) {
        let (event, first, second) = event::read(news);
        self.0.emit(event as u8, &first, &second);
    }
}

fn reply(settle: Settle) -> Reply {
    Box::new(move |result| {
        answer(&settle, result.map(|token| token.map_or(JsValue::UNDEFINED, |token| values_of(&token))));
    })
}

fn answer(settle: &Settle, result: Result<JsValue, SessionError>) {
    match result {
        Ok(value) => settle.resolve(&value),
        Err(error) => settle.reject(&error::read(&error)),
    }
}

fn values_of(token: &Token) -> JsValue {
    token_values(token.access_token.expose(), &token.sid.0, number(token.generation))
}
