//! The reference auth backend of Session Warden: accounts, tokens and sessions, as one of several systems.
//!
//! Which system it plays is said by a [`Profile`], a TOML file: paths, lifetimes, names, policies. The program
//! is [`Cli`] → [`Settings`] → [`Server`]; tests go the same way, with their own [`Clock`] and port 0.
//!
//! A request meets, in order: `http` (routes, bodies, errors, headers), `passwords` or `tokens` (is it who it
//! says it is), `store` (what is remembered, in SQLite; all SQL is there).

mod app;
mod cleanup;
mod cli;
mod clock;
mod http;
pub mod logging;
mod passwords;
mod period;
mod profile;
mod server;
mod settings;
mod store;
mod tokens;

pub use cli::Cli;
pub use clock::{Clock, SystemClock, Timestamp};
pub use http::{AllowedOrigin, Mount, MountError, OriginError};
pub use passwords::{BcryptCost, BcryptCostError};
pub use period::{Period, PeriodError};
pub use profile::{
    Algorithm, Endpoint, EndpointError, Endpoints, Environment, Fields, Limits, MinLength, Passwords,
    PeriodUnit, PeriodVariable, Profile, ProfileError, RefusalStatus, Refusals, Resource, ResourcePath,
    Tokens, UnknownAlgorithm,
};
pub use server::{Server, StartError};
pub use settings::{KeyOrigin, Settings, SettingsError, SigningKey};
pub use store::{DatabaseLocation, DatabaseLocationError, OpenError};
