//! How tokens go between client and server.

use std::fmt;

use axum::http::HeaderName;
use serde::{Deserialize, Deserializer};

use crate::period::Period;

/// How a client gets its tokens and renews them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Access and refresh token in JSON bodies.
    Body,
    /// One token in JSON bodies, which is presented in `Authorization` to get the next.
    Sliding,
    /// Access and refresh token in cookies that no script can read.
    Cookies,
}

/// How a client gets its tokens and renews them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Where the tokens are.
    pub style: Style,
}

/// Cookies of the style [`Style::Cookies`]. All are `Secure` and of one host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookies {
    /// Holds the access token; `HttpOnly`.
    pub access: CookieName,
    /// Holds the refresh token; `HttpOnly`.
    pub refresh: CookieName,
    /// Holds what unsafe requests have to repeat in a header; readable by the page.
    pub csrf: CookieName,
    /// The header in which unsafe requests repeat it.
    pub csrf_header: Header,
    /// To which requests of other sites the cookies go along.
    pub same_site: SameSite,
}

/// The cookie attribute `SameSite`. `None` is not offered: these cookies are nobody else's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// To none.
    Strict,
    /// To top-level navigations by GET.
    Lax,
}

/// A cookie's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct CookieName(String);

impl CookieName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CookieName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(format!("`{name}` is not a cookie name of letters, digits, `-`, `.` and `_`"));
        }
        Ok(Self(name))
    }
}

impl fmt::Display for CookieName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Headers in which tokens and what belongs to them go along, beside bodies. All are optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    /// Carries the refresh token, in requests and in answers that hand out tokens.
    pub refresh_token: Option<Header>,
    /// Says in answers that hand out tokens when the access token dies, in seconds since the epoch.
    pub token_expiry: Option<Header>,
    /// Says in answers that hand out tokens whom they are for.
    pub user_id: Option<Header>,
    /// Answers to any request may renew the tokens that it came with.
    pub renewal: Option<Renewal>,
}

/// Tokens renewed beside any answer, for requests that bring a refresh token along.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The access token's life is renewed when no more than this is left of it.
    pub before: Period,
    /// Carries the new access token.
    pub access_token: Header,
    /// Carries the new refresh token.
    pub refresh_token: Header,
}

/// The name of an HTTP header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(HeaderName);

impl Header {
    /// The name.
    #[must_use]
    pub const fn name(&self) -> &HeaderName {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        HeaderName::from_bytes(name.as_bytes())
            .map(Self)
            .map_err(|_| serde::de::Error::custom(format!("`{name}` is not the name of a header")))
    }
}
