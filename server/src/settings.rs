//! What a start needs to know, put together from flags, environment and profile, in that order.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;

use thiserror::Error;
use tracing::level_filters::LevelFilter;

use crate::cli::Cli;
use crate::http::{AllowedOrigin, Mount};
use crate::period::Period;
use crate::profile::{PeriodVariable, Profile, ProfileError};
use crate::store::DatabaseLocation;

/// Everything that a server is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The system to play, with flags and environment already worked in.
    pub profile: Profile,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where accounts and sessions are kept.
    pub database: DatabaseLocation,
    /// What signs tokens.
    pub signing_key: SigningKey,
    /// Directories served beside the API.
    pub mounts: Vec<Mount>,
    /// Other origins whose pages may call the API.
    pub allowed_origins: Vec<AllowedOrigin>,
    /// The least severe level that is logged.
    pub log_level: LevelFilter,
}

/// Why the settings make no start.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// There is no such profile, or it is wrong.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// An environment variable has a value that it cannot have.
    #[error("environment variable {variable}: {message}")]
    Variable {
        /// The variable's name.
        variable: String,
        /// What is wrong.
        message: String,
    },
    /// Flags and environment leave refresh tokens that die before their access tokens.
    #[error("refresh tokens would live {refresh}, shorter than access tokens, {access}")]
    Lifetimes {
        /// The lifetime of refresh tokens.
        refresh: Period,
        /// The lifetime of access tokens.
        access: Period,
    },
    /// A mount's directory is not there.
    #[error("--mount {0}: not a directory")]
    MountMissing(Mount),
    /// Two mounts at one path.
    #[error("--mount {0}: this path is mounted already")]
    MountTwice(Mount),
    /// The operating system gave no randomness for a secret.
    #[error("cannot make a secret: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// What signs tokens. Never shown.
#[derive(Clone)]
pub struct SigningKey {
    bytes: Vec<u8>,
    origin: KeyOrigin,
}

/// Where a [`SigningKey`] is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// An environment variable.
    Environment,
    /// The operating system's randomness, at this start.
    Generated,
}

impl SigningKey {
    const GENERATED_BYTES: usize = 32;

    fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = vec![0; Self::GENERATED_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self { bytes, origin: KeyOrigin::Generated })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the key is from.
    #[must_use]
    pub const fn origin(&self) -> KeyOrigin {
        self.origin
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Settings {
    /// Puts the settings together; `environment` looks up a variable.
    ///
    /// # Errors
    /// When the profile cannot be had, a variable or a mount is wrong, or the lifetimes contradict each other.
    pub fn resolve(cli: Cli, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let mut profile = Profile::load(&cli.profile)?;
        let names = profile.environment.clone();
        let variables = Variables(environment);

        if let Some(algorithm) = variables.parsed(&names.algorithm, |value| value.parse())? {
            profile.tokens.algorithm = algorithm;
        }
        let access_ttl = variables.period(&names.access_ttl)?;
        let refresh_ttl = variables.period(&names.refresh_ttl)?;
        let tokens = &mut profile.tokens;
        tokens.access_ttl = cli.access_ttl.or(access_ttl).unwrap_or(tokens.access_ttl);
        tokens.refresh_ttl = cli.refresh_ttl.or(refresh_ttl).unwrap_or(tokens.refresh_ttl);
        if tokens.refresh_ttl < tokens.access_ttl {
            return Err(SettingsError::Lifetimes { refresh: tokens.refresh_ttl, access: tokens.access_ttl });
        }
        profile.passwords.bcrypt_cost = cli.bcrypt_cost.unwrap_or(profile.passwords.bcrypt_cost);

        check_mounts(&cli.mounts)?;
        Ok(Self {
            profile,
            listen: cli.listen,
            database: cli.database,
            signing_key: match variables.text(&names.secret)? {
                Some(secret) => SigningKey { bytes: secret.into_bytes(), origin: KeyOrigin::Environment },
                None => SigningKey::generate()?,
            },
            mounts: cli.mounts,
            allowed_origins: cli.allowed_origins,
            log_level: variables.parsed(&names.log_level, log_level)?.unwrap_or(LevelFilter::INFO),
        })
    }
}

struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    /// A variable's value; an empty one counts as unset.
    fn text(&self, name: &str) -> Result<Option<String>, SettingsError> {
        let Some(value) = (self.0)(name) else { return Ok(None) };
        let text = value.into_string().map_err(|_| SettingsError::Variable {
            variable: name.to_owned(),
            message: "the value is not UTF-8".to_owned(),
        })?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn parsed<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, SettingsError> {
        let parsed = self.text(name)?.map(|text| parse(&text)).transpose();
        parsed.map_err(|error| SettingsError::Variable {
            variable: name.to_owned(),
            message: error.to_string(),
        })
    }

    fn period(&self, variable: &PeriodVariable) -> Result<Option<Period>, SettingsError> {
        self.parsed(&variable.variable, |value| variable.unit.parse(value))
    }
}

/// Reads a level by the names in use, Python's among them.
fn log_level(name: &str) -> Result<LevelFilter, String> {
    match name.to_ascii_lowercase().as_str() {
        "error" | "critical" => Ok(LevelFilter::ERROR),
        "warn" | "warning" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(format!("`{name}` is not one of error, warn, info, debug, trace")),
    }
}

fn check_mounts(mounts: &[Mount]) -> Result<(), SettingsError> {
    let mut paths = HashSet::new();
    for mount in mounts {
        if !mount.directory().is_dir() {
            return Err(SettingsError::MountMissing(mount.clone()));
        }
        if !paths.insert(mount.url_path()) {
            return Err(SettingsError::MountTwice(mount.clone()));
        }
    }
    Ok(())
}
