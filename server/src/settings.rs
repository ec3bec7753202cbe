//! What a start needs to know, put together from flags, environment and profile, in that order.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use thiserror::Error;
use tracing::level_filters::LevelFilter;

use crate::cli::Cli;
use crate::http::{AllowedOrigin, ClientHeader, Mount};
use crate::period::Period;
use crate::profile::{Algorithm, Environment, PeriodVariable, Profile, ProfileError, SecretSizes};
use crate::secrets::{Secret, SecretError, SecretOrigin};
use crate::store::DatabaseLocation;
use crate::tls::Tls;
use crate::tokens::{CsrfTokens, KeyRing, Keys};

/// Names the database in every profile.
const DATABASE_URL: &str = "DATABASE_URL";

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
    pub secrets: Secrets,
    /// Directories served beside the API.
    pub mounts: Vec<Mount>,
    /// Other origins whose pages may call the API.
    pub allowed_origins: Vec<AllowedOrigin>,
    /// Whether and with what to speak HTTPS.
    pub tls: Tls,
    /// Where a proxy names the client.
    pub client_header: Option<ClientHeader>,
    /// Is run when something needs a look.
    pub alert: Option<PathBuf>,
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
    /// A lifetime for refresh tokens, in a profile that has none.
    #[error("--refresh-ttl: the profile `{0}` has no refresh tokens")]
    NoRefreshTokens(String),
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

/// What signs. Never shown.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Signs access tokens and, where there is none of their own, refresh tokens.
    pub access: Secret,
    /// Signed them before.
    pub previous_access: Vec<Secret>,
    /// Signs refresh tokens.
    pub refresh: Option<Secret>,
    /// Signed them before.
    pub previous_refresh: Vec<Secret>,
    /// Binds CSRF tokens to sessions; where there is none, what signs access tokens does.
    pub session: Option<Secret>,
    /// Bound them before.
    pub previous_session: Vec<Secret>,
}

impl Secrets {
    /// The keys that tokens are signed with.
    pub(crate) fn keys(&self, algorithm: Algorithm) -> Result<Keys, SecretError> {
        let access = KeyRing::new(algorithm, &self.access, &self.previous_access)?;
        let refresh = match &self.refresh {
            Some(secret) => KeyRing::new(algorithm, secret, &self.previous_refresh)?,
            None => access.clone(),
        };
        Ok(Keys { access, refresh })
    }

    /// What is to be said of them to those who run the server.
    pub(crate) fn remarks(&self, names: &Environment) -> Vec<String> {
        let secrets = [
            (Some(&names.secret), Some(&self.access)),
            (names.refresh_secret.as_ref(), self.refresh.as_ref()),
            (names.session_secret.as_ref(), self.session.as_ref()),
        ];
        let remark = |(name, secret): (Option<&String>, Option<&Secret>)| {
            let (name, secret) = (name?, secret?);
            match secret.origin() {
                SecretOrigin::Generated => Some(format!(
                    "{name} is empty or unset: made a random secret for this run; sessions of earlier runs are void"
                )),
                SecretOrigin::Environment if !secret.is_strong() => {
                    Some(format!("{name} is shorter than 32 bytes: tokens could be forged by guessing it"))
                }
                SecretOrigin::Environment => None,
            }
        };
        secrets.into_iter().filter_map(remark).collect()
    }

    pub(crate) fn csrf(&self) -> CsrfTokens {
        match &self.session {
            Some(session) => CsrfTokens::new(session, &self.previous_session),
            None => CsrfTokens::new(&self.access, &self.previous_access),
        }
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

        let algorithm = Self::algorithm(&profile, environment)?;
        let tokens = &mut profile.tokens;
        tokens.algorithm = algorithm;
        tokens.issuer = variables.text(names.issuer.as_deref())?.or(tokens.issuer.take());
        tokens.audience = variables.text(names.audience.as_deref())?.or(tokens.audience.take());
        let access_ttl = variables.period(names.access_ttl.as_ref())?;
        let refresh_ttl = variables.period(names.refresh_ttl.as_ref())?;
        if tokens.refresh_ttl.is_none() && cli.refresh_ttl.is_some() {
            return Err(SettingsError::NoRefreshTokens(profile.name));
        }
        tokens.access_ttl = cli.access_ttl.or(access_ttl).unwrap_or(tokens.access_ttl);
        tokens.refresh_ttl = cli.refresh_ttl.or(refresh_ttl).or(tokens.refresh_ttl);
        for renewal in [tokens.refresh_ttl, tokens.remembered_ttl].into_iter().flatten() {
            if renewal < tokens.access_ttl {
                return Err(SettingsError::Lifetimes { refresh: renewal, access: tokens.access_ttl });
            }
        }
        profile.passwords.bcrypt_cost = cli.bcrypt_cost.unwrap_or(profile.passwords.bcrypt_cost);

        let secrets = variables.secrets(&names, profile.secrets, profile.tokens.algorithm)?;
        check_mounts(&cli.mounts)?;
        Ok(Self {
            profile,
            listen: cli.listen,
            database: match cli.database {
                Some(database) => database,
                None => variables.parsed(Some(DATABASE_URL), |value| value.parse())?.unwrap_or_default(),
            },
            secrets,
            tls: match (cli.tls_cert, cli.tls_key) {
                (Some(certificates), Some(key)) => Tls::Files { certificates, key },
                _ if cli.tls => Tls::SelfSigned,
                _ => Tls::Off,
            },
            client_header: cli.client_header,
            alert: cli.alert,
            mounts: cli.mounts,
            allowed_origins: cli.allowed_origins,
            log_level: variables.parsed(names.log_level.as_deref(), log_level)?.unwrap_or(LevelFilter::INFO),
        })
    }
}

impl Settings {
    /// What a system's tokens are signed with, as far as no flag is asked.
    ///
    /// # Errors
    /// When the environment names an algorithm that there is not.
    pub fn algorithm(
        profile: &Profile,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Algorithm, SettingsError> {
        let variable = profile.environment.algorithm.as_deref();
        let named = Variables(environment).parsed(variable, |value| value.parse())?;
        Ok(named.unwrap_or(profile.tokens.algorithm))
    }
}

struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    /// A variable's value; an empty one counts as unset.
    fn text(&self, name: Option<&str>) -> Result<Option<String>, SettingsError> {
        let Some((name, value)) = name.and_then(|name| Some((name, (self.0)(name)?))) else {
            return Ok(None);
        };
        let text = value.into_string().map_err(|_| variable_error(name, "the value is not UTF-8"))?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn parsed<T, E: fmt::Display>(
        &self,
        name: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, SettingsError> {
        let parsed = self.text(name)?.map(|text| parse(&text)).transpose();
        parsed.map_err(|error| variable_error(name.unwrap_or_default(), error))
    }

    fn period(&self, variable: Option<&PeriodVariable>) -> Result<Option<Period>, SettingsError> {
        let Some(variable) = variable else { return Ok(None) };
        self.parsed(Some(&variable.variable), |value| variable.unit.parse(value))
    }

    fn secrets(
        &self,
        names: &Environment,
        sizes: Option<SecretSizes>,
        algorithm: Algorithm,
    ) -> Result<Secrets, SettingsError> {
        let secrets = Secrets {
            access: self.secret(&names.secret, sizes.map(|sizes| sizes.access_bytes), Some(algorithm))?,
            previous_access: self.previous(&names.previous_secrets, Some(algorithm))?,
            refresh: names
                .refresh_secret
                .as_deref()
                .map(|name| self.secret(name, sizes.map(|sizes| sizes.refresh_bytes), Some(algorithm)))
                .transpose()?,
            previous_refresh: self.previous(&names.previous_refresh_secrets, Some(algorithm))?,
            session: names
                .session_secret
                .as_deref()
                .map(|name| self.secret(name, sizes.map(|sizes| sizes.session_bytes), None))
                .transpose()?,
            previous_session: self.previous(&names.previous_session_secrets, None)?,
        };
        Ok(secrets)
    }

    /// A secret by its variable, or a fresh one; refused where it is too short, or no key of `algorithm`.
    fn secret(
        &self,
        name: &str,
        bytes: Option<NonZeroUsize>,
        algorithm: Option<Algorithm>,
    ) -> Result<Secret, SettingsError> {
        let secret = match self.text(Some(name))? {
            Some(text) => Secret::from_environment(text),
            None => Secret::generate()?,
        };
        // A private key has its own length.
        match (algorithm, bytes) {
            (Some(algorithm @ (Algorithm::Es256 | Algorithm::EdDsa)), _) => {
                KeyRing::new(algorithm, &secret, &[]).map(drop)
            }
            (_, Some(bytes)) => secret.check_size(bytes.get()),
            _ => Ok(()),
        }
        .map_err(|error| variable_error(name, error))?;
        Ok(secret)
    }

    /// The secrets of those variables that are set; refused where one is no key of `algorithm`.
    fn previous(&self, names: &[String], algorithm: Option<Algorithm>) -> Result<Vec<Secret>, SettingsError> {
        let mut secrets = Vec::new();
        for name in names {
            let Some(text) = self.text(Some(name))? else { continue };
            let secret = Secret::from_environment(text);
            if let Some(algorithm) = algorithm {
                KeyRing::new(algorithm, &secret, &[]).map_err(|error| variable_error(name, error))?;
            }
            secrets.push(secret);
        }
        Ok(secrets)
    }
}

fn variable_error(variable: &str, error: impl fmt::Display) -> SettingsError {
    SettingsError::Variable { variable: variable.to_owned(), message: error.to_string() }
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
