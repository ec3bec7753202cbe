//! Requests that bring the access token along.

use super::Session;
use crate::machine::Failure;
use crate::shell::{SessionError, Token};
use core::error::Error;
use core::fmt;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response, Url};

#[wasm_bindgen]
extern "C" {
    /// Of the page or of a worker.
    #[wasm_bindgen(catch)]
    fn fetch(request: &Request) -> Result<Promise<Response>, JsValue>;

    #[wasm_bindgen(thread_local_v2, js_namespace = location, js_name = origin)]
    static ORIGIN: String;
}

/// Why a request has no answer.
#[derive(Clone, Debug)]
pub enum RequestError {
    /// There is no good token to be had, or a login failed.
    Session(SessionError),
    /// What the browser says: the network, CORS, an aborted request.
    Browser(JsValue),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(error) => error.fmt(f),
            Self::Browser(error) => match error.dyn_ref::<js_sys::Error>() {
                Some(error) => f.write_str(&String::from(error.message())),
                None => f.write_str("the request failed"),
            },
        }
    }
}

impl Error for RequestError {}

impl From<SessionError> for RequestError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<JsValue> for RequestError {
    fn from(error: JsValue) -> Self {
        Self::Browser(error)
    }
}

impl Session {
    /// Sends `request` with the access token, renewed first where it must be, and answers one 401 with one refresh and
    /// one retry. A second 401 is the caller's.
    ///
    /// The token goes to the page's own origin and to [`Options::origins`](super::Options::origins) only. A request
    /// elsewhere, one that has an `Authorization` header already, and one while nobody is signed in is sent as it is.
    ///
    /// Requests and responses of [gloo-net](https://docs.rs/gloo-net) become these by `into`.
    ///
    /// # Errors
    /// [`RequestError::Session`] where somebody is signed in, the token has expired and the auth server is out of
    /// reach; [`RequestError::Browser`] where `fetch` itself fails.
    pub async fn fetch(&self, request: impl Into<Request>) -> Result<Response, RequestError> {
        let request = request.into();
        if !self.may_see_token(&request.url()) || request.headers().has("authorization")? {
            return send(&request).await;
        }
        let token = match self.shell.token().await {
            Ok(token) => token,
            Err(SessionError::Failed { failure: Failure::SignedOut, .. }) => return send(&request).await,
            Err(error) => return Err(error.into()),
        };
        // A body can be read once, and a header that stays in the caller's own request would outlive its token.
        let first = request.clone()?;
        let response = send_with(&first, &token).await?;
        let is_elsewhere = response.redirected() && !self.may_see_token(&response.url());
        if response.status() != 401 || is_elsewhere {
            return Ok(response);
        }
        match self.shell.retry_token(token.sid, token.generation).await {
            Ok(token) => send_with(&request, &token).await,
            // The 401 says more than why there is no other token.
            Err(_) => Ok(response),
        }
    }

    /// An opaque origin reads `null` and equals every other, so that the scheme is looked at as well.
    fn may_see_token(&self, url: &str) -> bool {
        Url::new(url).is_ok_and(|url| {
            let origin = url.origin();
            matches!(&*url.protocol(), "http:" | "https:")
                && (ORIGIN.with(|own| *own == origin) || self.origins.contains(&origin))
        })
    }
}

async fn send_with(request: &Request, token: &Token) -> Result<Response, RequestError> {
    let value = format!("Bearer {}", token.access_token.expose());
    request.headers().set("authorization", &value)?;
    send(request).await
}

async fn send(request: &Request) -> Result<Response, RequestError> {
    Ok(fetch(request)?.await?)
}
