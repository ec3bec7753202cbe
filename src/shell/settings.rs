//! What the shell needs to know besides the machine's rules.

use super::Degraded;
use js_sys::Object;

/// Where the auth server is, how it speaks, and what the session is called.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Namespace of the row, the copy, the lock and the channel. Default: `session`.
    pub name: String,
    /// Put before every endpoint that is a path. Default: none, so that paths belong to the page's origin.
    pub base_url: Option<String>,
    /// Whether cookies go along with auth requests, as `fetch` has it: `omit`, `same-origin`, `include`.
    /// Default: `same-origin`.
    pub credentials: String,
    /// Where to send what.
    pub endpoints: Endpoints,
    /// What the members of requests and answers are called, where the usual names do not fit.
    pub fields: Fields,
    /// The events that count as activity.
    pub activity_events: Vec<String>,
    /// Whether activity in frames of the same origin counts. Default: no.
    pub frames: bool,
    /// Whether events that a script made count as activity. Default: no.
    pub synthetic_activity: bool,
    /// Whether changes are announced to other tabs and heard from them. Default: yes.
    pub cross_tab: bool,
    /// What seals the tokens before they are stored, where they are not to be stored as they are: an object with the
    /// methods of the package's `Vault` (`vault.ts`). Default: none.
    pub vault: Option<Object>,
    /// What is known beforehand to be missing. Default: nothing.
    pub degraded: Option<Degraded>,
}

/// Where to send what: a path or an absolute URL, and the method.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Answers with tokens. Default: `POST /login`.
    pub login: Endpoint,
    /// Answers with tokens. Default: `POST /register`.
    pub register: Endpoint,
    /// Answers with new tokens. Default: `POST /refresh`.
    pub refresh: Endpoint,
    /// Default: `POST /logout`.
    pub logout: Endpoint,
    /// For all of the user's sessions; where there is none, `logout` is sent `everywhere: true`.
    pub logout_all: Option<Endpoint>,
    /// Says whether the access token is valid. Default: `POST /verify`.
    pub verify: Endpoint,
    /// May answer with tokens. Default: `POST /change-password`.
    pub change_password: Endpoint,
}

/// One endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// A path or an absolute URL.
    pub url: String,
    /// The HTTP method. Default: `POST`.
    pub method: Option<String>,
}

/// Names of members; `None`: the usual ones, in snake and camel case.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// The access token. Usual: `access_token`, `accessToken`, `token`.
    pub access_token: Option<String>,
    /// The refresh token, in answers and in the refresh request. Usual: `refresh_token`, `refreshToken`.
    pub refresh_token: Option<String>,
    /// The lifetime in seconds. Usual: `expires_in`, `expiresIn`.
    pub expires_in: Option<String>,
    /// The expiry. Usual: `expires_at`, `expiresAt`.
    pub expires_at: Option<String>,
    /// The user object. Usual: `user`.
    pub user: Option<String>,
}

impl Endpoint {
    /// A `POST` endpoint.
    pub fn post(url: &str) -> Self {
        Self { url: url.to_owned(), method: None }
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            login: Endpoint::post("/login"),
            register: Endpoint::post("/register"),
            refresh: Endpoint::post("/refresh"),
            logout: Endpoint::post("/logout"),
            logout_all: None,
            verify: Endpoint::post("/verify"),
            change_password: Endpoint::post("/change-password"),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let events = ["pointerdown", "pointermove", "keydown", "wheel", "scroll", "touchstart", "touchmove"];
        Self {
            name: "session".to_owned(),
            base_url: None,
            credentials: "same-origin".to_owned(),
            endpoints: Endpoints::default(),
            fields: Fields::default(),
            activity_events: events.map(str::to_owned).to_vec(),
            frames: false,
            synthetic_activity: false,
            cross_tab: true,
            vault: None,
            degraded: None,
        }
    }
}
