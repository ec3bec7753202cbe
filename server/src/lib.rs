//! The reference auth backend of Session Warden: accounts, tokens and sessions, as one of several systems.
//!
//! Which system it plays is said by a [`Profile`], a TOML file: paths, lifetimes, names, policies. The program
//! is [`Cli`] → [`Settings`] → [`Server`]; tests go the same way, with their own [`Clock`] and port 0.
//!
//! A request meets, in order: `http` (routes, credentials, bodies, errors, headers), `limits`, `passwords` or
//! `tokens` (is it who it says it is), `store` (what is remembered; all SQL is there). What happened goes to
//! `audit`, which logs, counts and raises alerts.

mod alerts;
mod app;
mod audit;
mod cleanup;
mod cli;
mod clock;
pub mod commands;
mod http;
mod limits;
pub mod logging;
mod passwords;
mod period;
mod profile;
mod secrets;
mod server;
mod settings;
mod store;
mod tls;
mod tokens;

pub use app::SetupError;
pub use cli::{Cli, Command};
pub use clock::{Clock, SystemClock, Timestamp};
pub use http::{AllowedOrigin, ClientHeader, ClientHeaderError, Mount, MountError, OriginError};
pub use passwords::{BcryptCost, BcryptCostError};
pub use period::{Period, PeriodError};
pub use profile::{
    AccessCheck, AccessFormat, Algorithm, CharacterKind, Claim, CookieName, Cookies, Endpoint, EndpointError,
    Endpoints, Environment, Exchange, Fields, Header, Headers, Limits, LockedStatus, Lockout,
    MalformedStatus, MinLength, Passwords, PeriodUnit, PeriodVariable, Profile, ProfileError, Rate,
    RateError, Rates, RefusalStatus, Refusals, Renewal, Resource, ResourcePath, Roles, SameSite, SecretSizes,
    SessionLimit, Sessions, Style, Tokens, UnknownAccountStatus, UnknownAlgorithm, WhenFull,
};
pub use secrets::{Secret, SecretError, SecretOrigin, random_base64};
pub use server::{Server, StartError};
pub use settings::{Secrets, Settings, SettingsError};
pub use store::{BackupError, DatabaseLocation, DatabaseLocationError, OpenError};
pub use tls::{Tls, TlsError};
