//! What makes the server play one system and not another. All of it is data: a TOML file, checked in full
//! before the server starts.

mod algorithm;
mod check;
mod endpoint;
mod environment;
mod exchange;
mod load;
mod rate;
mod status;

use std::num::{NonZeroU32, NonZeroUsize};

use serde::Deserialize;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use endpoint::{Endpoint, EndpointError, ResourcePath};
pub use environment::{Environment, PeriodUnit, PeriodVariable};
pub use exchange::{CookieName, Cookies, Exchange, Header, Headers, Renewal, SameSite, Style};
pub use load::ProfileError;
pub use rate::{Rate, RateError};
pub use status::{LockedStatus, MalformedStatus, RefusalStatus, UnknownAccountStatus};

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
    /// What it asks of secrets in its environment.
    pub secrets: Option<SecretSizes>,
    /// Where its endpoints are.
    pub endpoints: Endpoints,
    /// How tokens go between client and server.
    pub exchange: Exchange,
    /// Its cookies, where tokens go in cookies.
    pub cookies: Option<Cookies>,
    /// Headers beside bodies.
    #[serde(default)]
    pub headers: Headers,
    /// What its tokens look like and how long they live.
    pub tokens: Tokens,
    /// What it does with sessions.
    #[serde(default)]
    pub sessions: Sessions,
    /// What it calls the members of requests and answers.
    pub fields: Fields,
    /// How it says no.
    pub refusals: Refusals,
    /// What it asks of passwords.
    pub passwords: Passwords,
    /// When it locks accounts.
    pub lockout: Lockout,
    /// Which roles there are.
    #[serde(default)]
    pub roles: Roles,
    /// How often auth endpoints may be asked.
    pub rates: Rates,
    /// What it allows a request.
    pub limits: Limits,
    /// Routes that need an access token.
    #[serde(default)]
    pub resources: Vec<Resource>,
}

/// Fewest random bytes of secrets, which are then given in base64.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSizes {
    /// Of what signs access tokens.
    pub access_bytes: NonZeroUsize,
    /// Of what signs refresh tokens.
    pub refresh_bytes: NonZeroUsize,
    /// Of what binds CSRF tokens to sessions.
    pub session_bytes: NonZeroUsize,
}

/// Method and path of each endpoint. Those that may be left out are not there then.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// Makes an account and signs it in.
    pub register: Endpoint,
    /// Signs in with e-mail address and password.
    pub login: Endpoint,
    /// Exchanges the token that renews for new ones.
    pub refresh: Endpoint,
    /// Says whether an access token is good.
    pub verify: Option<Endpoint>,
    /// Tells a page that cannot see its tokens what they say.
    pub token_info: Option<Endpoint>,
    /// Ends a session, or all of a user's.
    pub logout: Endpoint,
    /// Ends all sessions of a user.
    pub logout_all: Option<Endpoint>,
    /// Sets a new password and ends the user's other sessions.
    pub change_password: Option<Endpoint>,
    /// Tells whom an access token belongs to.
    pub user: Option<Endpoint>,
    /// Lists the user's sessions; `DELETE` below it, with an id, ends one.
    pub sessions: Option<ResourcePath>,
    /// Publishes the public keys.
    pub jwks: Option<ResourcePath>,
    /// Says that the server is up.
    pub health: ResourcePath,
    /// Says that the server can do its work.
    pub ready: Option<ResourcePath>,
    /// Counts what happens, for Prometheus.
    pub metrics: Option<ResourcePath>,
    /// Describes all of these.
    pub openapi: Option<ResourcePath>,
}

/// What a profile's tokens look like and how long they live.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// How tokens are signed.
    pub algorithm: Algorithm,
    /// How long an access token lives.
    pub access_ttl: Period,
    /// How long a refresh token lives; every refresh starts it anew. Not where one token slides.
    pub refresh_ttl: Option<Period>,
    /// How long the token that renews lives where the login asked to be remembered.
    pub remembered_ttl: Option<Period>,
    /// `iss`: set on every token and asked of every token.
    pub issuer: Option<String>,
    /// `aud`: set on every token and asked of every token.
    pub audience: Option<String>,
    /// What access tokens say of the user besides the id.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Whether those who carry an access token can read it.
    #[serde(default)]
    pub access_format: AccessFormat,
    /// What an access token is checked against besides its signature and its time.
    pub access_check: AccessCheck,
    /// How long after its use a refresh token brings the same answer once more; none, where left out.
    pub reuse_grace: Option<Period>,
}

impl Tokens {
    /// How long the token that renews a session lives.
    #[must_use]
    pub fn renewal_ttl(&self, remembered: bool) -> Period {
        let usual = self.refresh_ttl.unwrap_or(self.access_ttl);
        self.remembered_ttl.filter(|_| remembered).unwrap_or(usual)
    }
}

/// A claim that an access token may have of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Claim {
    /// The e-mail address.
    Email,
    /// The list of roles.
    Roles,
}

/// Whether those who carry an access token can read it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessFormat {
    /// They can: it is signed.
    #[default]
    Jwt,
    /// They cannot: it is signed, and encrypted with a key that the server alone has.
    Jwe,
}

/// What an access token is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessCheck {
    /// Nothing stored: it is good until it expires, whatever happens to its session.
    Stateless,
    /// The list of tokens that were taken back when their session was ended.
    Blacklist,
    /// Its session, which has to be live.
    Session,
}

/// What a profile does with sessions.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// The most that a user may have; any number, where left out.
    pub limit: Option<SessionLimit>,
    /// How long after its login a session ends, however often it is refreshed; never, where left out.
    pub max_age: Option<Period>,
}

/// The most sessions that a user may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionLimit {
    /// How many.
    pub per_user: NonZeroUsize,
    /// What one more login does.
    pub when_full: WhenFull,
}

/// What a login does when its user has as many sessions as they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFull {
    /// It ends the oldest.
    EndOldest,
    /// It is refused.
    Refuse,
}

/// Names of JSON members. What is left out is not there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// The access token in an answer.
    pub access_token: Option<String>,
    /// The refresh token, in an answer and in a request.
    pub refresh_token: Option<String>,
    /// The word `bearer` in an answer.
    pub token_type: Option<String>,
    /// The access token's lifetime in seconds in an answer.
    pub expires_in: String,
    /// The signed-in user in an answer to login and register.
    pub user: Option<String>,
    /// The signed-in user's id in an answer to login and register.
    pub user_id: Option<String>,
    /// Asks in a login to be remembered.
    pub remember: Option<String>,
}

/// Status codes of refusals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusals {
    /// Answers a refresh that is refused for good.
    pub refresh: RefusalStatus,
    /// Answers what is no token at all where an access token belongs.
    pub malformed_token: MalformedStatus,
    /// Answers a login to an account that does not exist.
    pub unknown_account: UnknownAccountStatus,
    /// Answers a login to a locked account.
    pub locked_account: LockedStatus,
}

/// Password policy and the price of a guess.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// Fewest characters of a new password, 1 to 72.
    pub min_length: MinLength,
    /// How slow bcrypt is made.
    pub bcrypt_cost: BcryptCost,
    /// Kinds of characters that a new password must have.
    #[serde(default)]
    pub require: Vec<CharacterKind>,
}

/// A kind of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CharacterKind {
    /// Small letters.
    Lower,
    /// Capital letters.
    Upper,
    /// Digits.
    Digit,
    /// What is neither letter nor digit.
    Symbol,
}

/// Wrong passwords in a row lock an account, for longer each time.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    /// So many wrong passwords lock it.
    pub failures: NonZeroU32,
    /// For so long at first, and twice as long after each further one.
    pub first: Period,
    /// But never longer than this.
    pub longest: Period,
    /// After so long without an attempt the count begins anew.
    pub forget_after: Period,
}

impl Lockout {
    /// How long an account is locked after its `failures`th wrong password in a row.
    #[must_use]
    pub fn lock_after(&self, failures: i64) -> Option<Period> {
        let surplus = u32::try_from(failures - i64::from(self.failures.get())).ok()?;
        let doubled = u64::from(self.first.seconds()).checked_shl(surplus.min(32))?;
        match u32::try_from(doubled) {
            Ok(seconds) if seconds < self.longest.seconds() => Period::from_seconds(seconds),
            _ => Some(self.longest),
        }
    }
}

/// Which roles there are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// What a new account may do.
    pub of_new_accounts: Vec<String>,
}

/// How often auth endpoints may be asked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// From one address, register, login, refresh and password change together.
    pub per_address: Rate,
    /// Logins to one account.
    pub per_account: Rate,
    /// Refused logins from one address, whatever the account: more raise an alert.
    pub refused_per_address: Rate,
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
    /// Longest time that a request's head may take to arrive.
    pub header_timeout: Period,
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
    /// Who may see it: users with one of these roles; every user, where left out.
    #[serde(default)]
    pub roles: Vec<String>,
}
