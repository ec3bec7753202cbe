//! What makes the server play one system and not another. All of it is data: a TOML file, checked in full
//! before the server starts.

mod algorithm;
mod check;
mod endpoint;
mod environment;
mod load;

use std::num::NonZeroUsize;

use serde::Deserialize;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use endpoint::{Endpoint, EndpointError, ResourcePath};
pub use environment::{Environment, PeriodUnit, PeriodVariable};
pub use load::ProfileError;

use crate::passwords::BcryptCost;
use crate::period::Period;

/// One system that the server can play.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name by which `--profile` finds it.
    pub name: String,
    /// One line for `--profiles`.
    pub summary: String,
    /// The environment variables that this system reads.
    pub environment: Environment,
    /// Where its endpoints are.
    pub endpoints: Endpoints,
    /// What its tokens look like and how long they live.
    pub tokens: Tokens,
    /// What it calls the members of requests and answers.
    pub fields: Fields,
    /// How it says no.
    pub refusals: Refusals,
    /// What it asks of passwords.
    pub passwords: Passwords,
    /// What it allows a request.
    pub limits: Limits,
    /// Routes that need an access token.
    #[serde(default)]
    pub resources: Vec<Resource>,
}

/// Method and path of each endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// Makes an account and signs it in.
    pub register: Endpoint,
    /// Signs in with e-mail address and password.
    pub login: Endpoint,
    /// Exchanges a refresh token for a new pair.
    pub refresh: Endpoint,
    /// Says whether an access token is good.
    pub verify: Endpoint,
    /// Ends a session, or all of a user's.
    pub logout: Endpoint,
    /// Sets a new password and ends the user's other sessions.
    pub change_password: Endpoint,
    /// Tells whom an access token belongs to.
    pub user: Endpoint,
    /// Says that the server is up.
    pub health: Endpoint,
}

/// Signature, lifetimes and addressees of tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// How tokens are signed.
    pub algorithm: Algorithm,
    /// How long an access token lives.
    pub access_ttl: Period,
    /// How long a refresh token lives; every refresh starts it anew.
    pub refresh_ttl: Period,
    /// `iss`: set on every token and asked of every token.
    pub issuer: Option<String>,
    /// `aud`: set on every token and asked of every token.
    pub audience: Option<String>,
}

/// Names of JSON members.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// The access token in an answer.
    pub access_token: String,
    /// The refresh token, in an answer and in a request.
    pub refresh_token: String,
    /// The word `bearer` in an answer.
    pub token_type: String,
    /// The access token's lifetime in seconds in an answer.
    pub expires_in: String,
    /// The signed-in user in an answer to login and register.
    pub user: String,
}

/// Status codes of refusals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusals {
    /// Answers a refresh that is refused for good.
    pub refresh: RefusalStatus,
}

/// A status that tells a client that its refresh token is dead: 400, 401 or 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub struct RefusalStatus(u16);

impl RefusalStatus {
    /// The status code.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for RefusalStatus {
    type Error = String;

    fn try_from(code: u16) -> Result<Self, Self::Error> {
        match code {
            400 | 401 | 403 => Ok(Self(code)),
            _ => Err(format!("{code} is no final refusal; use 400, 401 or 403")),
        }
    }
}

/// Password policy and the price of a guess.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// Fewest characters of a new password, 1 to 72.
    pub min_length: MinLength,
    /// How slow bcrypt is made.
    pub bcrypt_cost: BcryptCost,
}

/// Fewest characters of a password: 1 to 72, since bcrypt reads 72 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub struct MinLength(u16);

impl MinLength {
    /// The number of characters.
    #[must_use]
    pub const fn characters(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<u16> for MinLength {
    type Error = String;

    fn try_from(characters: u16) -> Result<Self, Self::Error> {
        match characters {
            1..=72 => Ok(Self(characters)),
            _ => Err(format!("{characters} is not between 1 and 72")),
        }
    }
}

/// Bounds on requests and on the age of rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Largest request body in bytes.
    pub body_bytes: NonZeroUsize,
    /// Longest time that a request may take.
    pub request_timeout: Period,
    /// How often expired rows are removed.
    pub cleanup_interval: Period,
}

/// A list of items per user, read by GET and added to by POST with an access token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// What the answers and the database call it.
    pub name: String,
    /// Where it is.
    pub path: ResourcePath,
}
