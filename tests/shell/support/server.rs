//! The auth server, scripted: the one thing that a test inside a page cannot have for real.

use super::page::{empty, get, json, respond, set, silence, text};
use js_sys::{Function, JSON, Promise};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The next tokens, with `expires_in`.
    Tokens,
    /// A status and a body, of whatever kind.
    Status(u16, &'static str),
    /// The same, with a `Retry-After`.
    Pause(u16, &'static str),
    /// A JSON body with status 200.
    Body(JsValue),
    /// `fetch` rejects, as it does without a network.
    Unreachable,
    /// No answer ever comes.
    Silence,
    /// `fetch` throws instead of returning a promise.
    Throws,
    /// `fetch` returns this instead of a promise of a response.
    Returns(JsValue),
}

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) init: JsValue,
    pub(crate) body: JsValue,
}

impl Request {
    pub(crate) fn bearer(&self) -> Option<String> {
        text(&get(&self.init, "headers"), "authorization")
    }

    /// A text member of the JSON body.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        text(&self.body, name)
    }

    pub(crate) fn option(&self, name: &str) -> JsValue {
        get(&self.init, name)
    }

    pub(crate) fn is_aborted(&self) -> bool {
        get(&self.option("signal"), "aborted").is_truthy()
    }
}

/// An auth server that rotates refresh tokens strictly: each is good once.
#[derive(Clone)]
pub(crate) struct Server(Rc<State>);

struct State {
    requests: RefCell<Vec<Request>>,
    replies: RefCell<BTreeMap<String, Reply>>,
    gates: RefCell<BTreeMap<String, Promise>>,
    issued: Cell<u32>,
    lifetime: Cell<f64>,
}

/// Answers of one path are held back until this is opened.
pub(crate) struct Gate {
    server: Server,
    path: String,
    resolve: Function,
}

impl Gate {
    pub(crate) fn open(self) {
        self.server.0.gates.borrow_mut().remove(&self.path);
        self.resolve.call0(&JsValue::UNDEFINED).expect("a promise's own function does not throw");
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        Self(Rc::new(State {
            requests: RefCell::default(),
            replies: RefCell::default(),
            gates: RefCell::default(),
            issued: Cell::new(0),
            lifetime: Cell::new(3_600.0),
        }))
    }

    /// The `expires_in` of the tokens issued from now on, in seconds.
    pub(crate) fn lifetime(&self, seconds: f64) {
        self.0.lifetime.set(seconds);
    }

    /// Requests to `path` are answered so from now on.
    pub(crate) fn reply(&self, path: &str, reply: Reply) {
        self.0.replies.borrow_mut().insert(path.to_owned(), reply);
    }

    /// Requests to `path` are worked on at once, but their answers are held back.
    pub(crate) fn hold(&self, path: &str) -> Gate {
        let mut resolve = None;
        let promise = Promise::new(&mut |done, _| resolve = Some(done));
        self.0.gates.borrow_mut().insert(path.to_owned(), promise);
        let resolve = resolve.expect("a promise calls its function at once");
        Gate { server: self.clone(), path: path.to_owned(), resolve }
    }

    pub(crate) fn requests(&self, path: &str) -> Vec<Request> {
        self.0.requests.borrow().iter().filter(|request| request.url == path).cloned().collect()
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.requests(path).len()
    }

    /// The last request to `path`.
    pub(crate) fn last(&self, path: &str) -> Request {
        self.requests(path).pop().expect("a request was sent")
    }

    /// Every request there was, in order.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.0.requests.borrow().iter().map(|request| request.url.clone()).collect()
    }

    pub(crate) fn fetch(&self) -> Function {
        let server = self.clone();
        let fetch: Closure<dyn Fn(String, JsValue) -> Result<JsValue, JsValue>> =
            Closure::new(move |url, init| server.take(url, init));
        fetch.into_js_value().unchecked_into()
    }

    fn take(&self, url: String, init: JsValue) -> Result<JsValue, JsValue> {
        let body = text(&init, "body").map_or(JsValue::UNDEFINED, |body| json(&body));
        let request = Request { url: url.clone(), init, body };
        self.0.requests.borrow_mut().push(request.clone());
        let reply = match self.0.replies.borrow().get(&url) {
            Some(reply) => reply.clone(),
            None => self.usual(&request),
        };
        let response = match reply {
            Reply::Throws => return Err(js_sys::Error::new("thrown by the test's fetch").into()),
            Reply::Returns(value) => return Ok(value),
            Reply::Silence => return Ok(silence(&request.option("signal")).into()),
            Reply::Unreachable => Err(js_sys::TypeError::new("Failed to fetch").into()),
            Reply::Tokens => Ok(respond(200, None, &stringified(&self.tokens()))),
            Reply::Status(status, body) => Ok(respond(status, None, body)),
            Reply::Pause(status, retry_after) => Ok(respond(status, Some(retry_after), "{}")),
            Reply::Body(body) => Ok(respond(200, None, &stringified(&body))),
        };
        let gate = self.0.gates.borrow().get(&url).cloned();
        let answer = async move {
            if let Some(gate) = gate {
                JsFuture::from(gate).await?;
            }
            response
        };
        Ok(future_to_promise(answer).into())
    }

    fn usual(&self, request: &Request) -> Reply {
        match request.url.as_str() {
            "/login" | "/register" => Reply::Tokens,
            "/refresh" if request.field("refresh_token") == Some(self.refresh_token()) => Reply::Tokens,
            "/refresh" => Reply::Status(400, r#"{ "error": "invalid_grant" }"#),
            "/logout" => Reply::Status(204, ""),
            "/verify" => Reply::Status(200, "{}"),
            _ => Reply::Status(404, r#"{ "error": "not_found" }"#),
        }
    }

    fn tokens(&self) -> JsValue {
        self.0.issued.set(self.0.issued.get() + 1);
        let answer = empty();
        set(&answer, "access_token", self.access_token());
        set(&answer, "refresh_token", self.refresh_token());
        set(&answer, "expires_in", self.0.lifetime.get());
        answer
    }

    /// The access token that was issued last.
    pub(crate) fn access_token(&self) -> String {
        format!("access-{}", self.0.issued.get())
    }

    /// The one refresh token that is good.
    pub(crate) fn refresh_token(&self) -> String {
        format!("refresh-{}", self.0.issued.get())
    }
}

fn stringified(value: &JsValue) -> String {
    JSON::stringify(value).expect("the test's own values are plain").into()
}
