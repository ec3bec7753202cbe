//! A session for applications in Rust: Leptos, Yew, Dioxus, or none of them.
//!
//! [`Session`] is to Rust what `createSession` is to JavaScript: it restores what was stored, renews tokens before
//! they expire, ends the session when its user is gone, and does so in step with all other tabs. Whoever shows it
//! reads a [`Snapshot`] and [subscribes](Session::subscribe) to the next ones; requests go by [`Session::fetch`].
//!
//! ```no_run,standalone_crate
//! use serde::{Deserialize, Serialize};
//! use session_warden::client::{Options, Remember, RequestError, Session};
//!
//! #[derive(Serialize)]
//! struct Credentials<'a> {
//!     email: &'a str,
//!     password: &'a str,
//! }
//!
//! #[derive(Deserialize)]
//! struct User {
//!     email: String,
//! }
//!
//! /// Signs in where nobody is, and asks for something that wants a token.
//! async fn bookings(session: &Session) -> Result<u16, RequestError> {
//!     if !session.ready().await.is_signed_in() {
//!         let credentials = Credentials { email: "ada@example.com", password: "correct horse battery" };
//!         session.login(&credentials, Remember::Yes).await?;
//!     }
//!     let request = web_sys::Request::new_with_str("/api/bookings")?;
//!     Ok(session.fetch(request).await?.status())
//! }
//!
//! let session = Session::start(Options::default());
//! let subscription = session.subscribe(|snapshot| match snapshot.user() {
//!     Ok(Some(User { email })) => show(&email),
//!     Ok(None) => show("nobody is signed in"),
//!     Err(error) => show(&error.to_string()),
//! });
//! # fn show(_: &str) {}
//! ```
//!
//! The [guide](https://github.com/session-warden/session-warden/blob/main/docs/rust.md) shows it in applications of
//! Leptos, Yew and Dioxus.

mod audience;
mod request;
mod snapshot;
mod tokens;

pub use audience::Subscription;
pub use request::RequestError;
pub use snapshot::Snapshot;
pub use tokens::Tokens;

#[doc(no_inline)]
pub use crate::machine::{
    By, Config, EndReason, Event, Failure, PromptEndsOn, Secret, Span, Status, Storage, View, Wall,
    WhenRejected,
};
#[doc(no_inline)]
pub use crate::shell::{BadAnswer, Degraded, Endpoint, Endpoints, Fields, News, SessionError, Settings};

use crate::machine::GrantKind;
use crate::shell::{Authentication, Shell, now as clocks};
use audience::Audience;
use js_sys::JSON;
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// What a session is started with. Every part has a default.
///
/// ```no_run,standalone_crate
/// use session_warden::client::{Config, Endpoint, Endpoints, Options, Settings, Span};
///
/// let options = Options {
///     config: Config { idle_timeout: Some(Span::minutes(15)), ..Config::default() },
///     settings: Settings {
///         base_url: Some("https://auth.example.com".to_owned()),
///         endpoints: Endpoints { login: Endpoint::post("/sign-in"), ..Endpoints::default() },
///         ..Settings::default()
///     },
///     origins: vec!["https://api.example.com".to_owned()],
/// };
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The session's rules: timeouts, where tokens are kept.
    pub config: Config,
    /// Where the auth server is, how it speaks, and what the session is called.
    pub settings: Settings,
    /// Origins besides the page's own that [`Session::fetch`] may take the access token to, such as
    /// `https://api.example.com`. Default: none.
    pub origins: Vec<String>,
}

/// Whether a session outlives the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Remember {
    /// It is found again when the browser is opened the next time.
    #[default]
    Yes,
    /// It ends when the browser is closed.
    No,
}

impl From<bool> for Remember {
    fn from(checked: bool) -> Self {
        if checked { Self::Yes } else { Self::No }
    }
}

/// One tab's session. Cheap to clone; when the last clone is dropped, timers, listeners and locks are gone.
#[derive(Clone)]
pub struct Session {
    shell: Shell,
    audience: Rc<Audience>,
    origins: Rc<[String]>,
}

impl Session {
    /// Looks at what is stored and listens to the page and to other tabs. Returns at once: until the stores have
    /// been read the session is [`Status::Loading`].
    #[must_use = "the session ends with its last clone"]
    pub fn start(options: Options) -> Self {
        let Options { config, settings, origins } = options;
        let audience = Rc::new(Audience::default());
        let shell = Shell::new(config, settings, None, Box::new(Rc::clone(&audience)));
        audience.watch(&shell);
        shell.start();
        Self { shell, audience, origins: origins.into() }
    }

    /// The session as it is.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.shell)
    }

    /// Waits until it is known whether somebody is signed in: a few seconds at the longest, where the browser's
    /// stores do not answer.
    pub async fn ready(&self) -> Snapshot {
        if self.snapshot().view.status == Status::Loading {
            self.audience.ready().await;
        }
        self.snapshot()
    }

    /// Calls `listener` with every new snapshot, until the [`Subscription`] is dropped. The listener may call the
    /// session.
    pub fn subscribe(&self, listener: impl Fn(&Snapshot) + 'static) -> Subscription {
        self.audience.subscribe(listener)
    }

    /// Calls `listener` with everything that happens: what a snapshot does not tell, such as that the tokens were
    /// renewed, or by which tab.
    pub fn listen(&self, listener: impl Fn(&News) + 'static) -> Subscription {
        self.audience.listen(listener)
    }

    /// Posts `credentials` as JSON to [`Endpoints::login`] and takes up the tokens of the answer.
    ///
    /// # Errors
    /// [`SessionError::Http`] where the auth server says no; the others as they say.
    pub async fn login(
        &self,
        credentials: &impl Serialize,
        remember: Remember,
    ) -> Result<Snapshot, SessionError> {
        self.authenticate(Authentication::Login, credentials, remember).await
    }

    /// Posts `details` as JSON to [`Endpoints::register`] and takes up the tokens of the answer.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn register(
        &self,
        details: &impl Serialize,
        remember: Remember,
    ) -> Result<Snapshot, SessionError> {
        self.authenticate(Authentication::Register, details, remember).await
    }

    /// Posts `details` as JSON to [`Endpoints::change_password`]; takes up the tokens of the answer, or renews the
    /// tokens where it holds none.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn change_password(&self, details: &impl Serialize) -> Result<Snapshot, SessionError> {
        self.authenticate(Authentication::ChangePassword, details, Remember::Yes).await
    }

    /// Takes up tokens that the application got by itself: for the user who is signed in they take the place of the
    /// session's tokens, for anybody else a new session begins.
    ///
    /// # Errors
    /// [`SessionError::BadAnswer`] names the member that makes no sense.
    pub async fn set_tokens(&self, tokens: &Tokens, remember: Remember) -> Result<Snapshot, SessionError> {
        let remember = remember == Remember::Yes;
        self.shell.set_tokens(&tokens.to_js(), GrantKind::Auto, remember).await?;
        Ok(self.snapshot())
    }

    /// An access token that is good now, renewed first where it must be; `None` where nobody is signed in.
    ///
    /// # Errors
    /// [`SessionError::Failed`] where the token has expired and the auth server is out of reach.
    pub async fn access_token(&self) -> Result<Option<Secret>, SessionError> {
        match self.shell.token().await {
            Ok(token) => Ok(Some(token.access_token)),
            Err(SessionError::Failed { failure: Failure::SignedOut, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The access token as it is, expired or not.
    pub fn peek_access_token(&self) -> Option<Secret> {
        Some(self.shell.peek()?.access_token)
    }

    /// Renews the tokens, joining a refresh that is under way.
    ///
    /// # Errors
    /// [`SessionError::Failed`].
    pub async fn refresh(&self) -> Result<Snapshot, SessionError> {
        self.shell.refresh().await?;
        Ok(self.snapshot())
    }

    /// Asks the auth server whether the access token is valid; an authoritative no ends the session. `None`: it could
    /// not be asked.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token); and where nobody is signed in.
    pub async fn verify(&self) -> Result<Option<bool>, SessionError> {
        self.shell.verify().await
    }

    /// Signs out, in every tab: here before this returns; at the server, as far as it can be reached, when the future
    /// is done. The request goes out whether the future is awaited or not.
    pub fn logout(&self) -> impl Future<Output = ()> + use<> {
        self.shell.logout(false)
    }

    /// As [`logout`](Self::logout), in all of the user's sessions.
    pub fn logout_everywhere(&self) -> impl Future<Output = ()> + use<> {
        self.shell.logout(true)
    }

    /// The user is active, as the application knows and the session cannot: in a frame, a video.
    pub fn touch(&self) {
        self.shell.touch();
    }

    /// The answer to the idle prompt.
    pub fn stay(&self) {
        self.shell.stay();
    }

    /// Lets everything go, whatever clones there are. Who waits is told [`SessionError::Disposed`].
    pub fn dispose(&self) {
        self.shell.dispose();
        self.audience.dispose();
    }

    /// What is below: for an application that sends its requests by something else than `fetch` and wants
    /// [`Shell::token`] and [`Shell::retry_token`].
    pub const fn shell(&self) -> &Shell {
        &self.shell
    }

    async fn authenticate(
        &self,
        what: Authentication,
        body: &impl Serialize,
        remember: Remember,
    ) -> Result<Snapshot, SessionError> {
        let body = to_js(body).ok_or(SessionError::BadAnswer(BadAnswer("body")))?;
        self.shell.authenticate(what, &body, remember == Remember::Yes).await?;
        Ok(self.snapshot())
    }
}

/// What the page's clock shows: for countdowns to the instants of a [`View`].
pub fn now() -> Wall {
    clocks().wall
}

/// By way of JSON, which is what is sent.
fn to_js(value: &impl Serialize) -> Option<JsValue> {
    JSON::parse(&serde_json::to_string(value).ok()?).ok()
}
