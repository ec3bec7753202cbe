use std::time::Duration;

use serde::Deserialize;

use crate::period::{Period, PeriodError};

/// Names of the environment variables that a system reads. All but the first may be left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Holds the secret that signs tokens; empty or unset means a fresh random one.
    pub secret: String,
    /// Each holds a secret that signed tokens before: such tokens are honoured until they die.
    #[serde(default)]
    pub previous_secrets: Vec<String>,
    /// Holds a secret of its own for refresh tokens.
    pub refresh_secret: Option<String>,
    /// Each holds what that was before.
    #[serde(default)]
    pub previous_refresh_secrets: Vec<String>,
    /// Holds the secret that binds CSRF tokens to sessions.
    pub session_secret: Option<String>,
    /// Each holds what that was before.
    #[serde(default)]
    pub previous_session_secrets: Vec<String>,
    /// Holds the name of the signature algorithm.
    pub algorithm: Option<String>,
    /// Holds the lifetime of access tokens.
    pub access_ttl: Option<PeriodVariable>,
    /// Holds the lifetime of refresh tokens.
    pub refresh_ttl: Option<PeriodVariable>,
    /// Holds the issuer.
    pub issuer: Option<String>,
    /// Holds the audience.
    pub audience: Option<String>,
    /// Holds the least severe level that is logged.
    pub log_level: Option<String>,
}

/// A variable that holds a length of time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodVariable {
    /// The variable's name.
    pub variable: String,
    /// What its value counts.
    pub unit: PeriodUnit,
}

/// How a variable's value is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeriodUnit {
    /// A bare number of seconds.
    Seconds,
    /// A bare number of minutes.
    Minutes,
    /// A bare number of hours.
    Hours,
    /// A bare number of days.
    Days,
    /// A number with its unit, such as `15m` or `7d`.
    Duration,
}

impl PeriodUnit {
    /// Reads a variable's value.
    ///
    /// # Errors
    /// When the value is no number (or, for [`PeriodUnit::Duration`], no duration), or out of a [`Period`]'s bounds.
    pub fn parse(self, value: &str) -> Result<Period, PeriodError> {
        let seconds_per_unit = match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 60 * 60,
            Self::Days => 24 * 60 * 60,
            Self::Duration => return value.parse(),
        };
        let count: u64 = value.parse().map_err(|_| PeriodError::NotANumber(value.to_owned()))?;
        let seconds = count.saturating_mul(seconds_per_unit);
        Period::new(Duration::from_secs(seconds), value)
    }
}
