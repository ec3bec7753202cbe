//! Tokens that an application got by itself.

use super::to_js;
use crate::machine::{Secret, Span};
use crate::shell::{number, set};
use js_sys::Object;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// Tokens that an application got by itself, from a provider's page for instance.
///
/// ```no_run,standalone_crate
/// # use session_warden::client::{Remember, Session, SessionError, Span, Tokens};
/// # async fn take_up(session: Session, access: String, refresh: String) -> Result<(), SessionError> {
/// let tokens = Tokens::new(access).refresh_token(refresh).expires_in(Span::minutes(15));
/// session.set_tokens(&tokens, Remember::Yes).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Tokens {
    access_token: Secret,
    refresh_token: Option<Secret>,
    expires_in: Option<Span>,
    user: Option<JsValue>,
}

impl Tokens {
    /// An access token. Where it is a JWT it says by itself when it expires and whose it is.
    pub fn new(access_token: impl Into<String>) -> Self {
        Self { access_token: Secret::new(access_token), refresh_token: None, expires_in: None, user: None }
    }

    /// What the tokens are renewed with. Without one the session keeps the one that it has.
    #[must_use]
    pub fn refresh_token(self, refresh_token: impl Into<String>) -> Self {
        Self { refresh_token: Some(Secret::new(refresh_token)), ..self }
    }

    /// How long the access token lives from now.
    #[must_use]
    pub fn expires_in(self, lifetime: Span) -> Self {
        Self { expires_in: Some(lifetime), ..self }
    }

    /// Who the user is, for [`Snapshot::user`](super::Snapshot::user). Left out where it cannot be JSON.
    #[must_use]
    pub fn user(self, user: &impl Serialize) -> Self {
        Self { user: to_js(user), ..self }
    }

    pub(super) fn to_js(&self) -> JsValue {
        let object = Object::new();
        set(&object, "access_token", &self.access_token.expose().into());
        if let Some(token) = &self.refresh_token {
            set(&object, "refresh_token", &token.expose().into());
        }
        if let Some(lifetime) = self.expires_in {
            set(&object, "expires_in", &(number(lifetime.0) / 1_000.0).into());
        }
        if let Some(user) = &self.user {
            set(&object, "user", user);
        }
        object.into()
    }
}
