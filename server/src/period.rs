//! Lengths of time as people write them: `60s`, `30m`, `7d`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

/// A length of time in whole seconds: at least one second, at most ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(NonZeroU32);

/// Why a text is no [`Period`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PeriodError {
    /// The text is not a duration at all.
    #[error("`{0}` is not a duration such as `60s`, `30m` or `7d`")]
    Syntax(String),
    /// The text is not the bare number that is asked for.
    #[error("`{0}` is not a whole number")]
    NotANumber(String),
    /// A fraction of a second is asked for, or nothing.
    #[error("`{0}` is not a whole number of seconds above zero")]
    NotWholeSeconds(String),
    /// The duration is longer than ten years.
    #[error("`{0}` is longer than 10 years")]
    TooLong(String),
}

impl Period {
    const MAX_SECONDS: u64 = 10 * 365 * 24 * 60 * 60;

    /// Takes `duration` as a period; `written` is how the user put it, for the error.
    ///
    /// # Errors
    /// When `duration` is zero, has a fraction of a second, or is longer than ten years.
    pub fn new(duration: Duration, written: &str) -> Result<Self, PeriodError> {
        if duration.as_secs() > Self::MAX_SECONDS {
            return Err(PeriodError::TooLong(written.to_owned()));
        }
        match u32::try_from(duration.as_secs()).ok().and_then(NonZeroU32::new) {
            Some(seconds) if duration.subsec_nanos() == 0 => Ok(Self(seconds)),
            _ => Err(PeriodError::NotWholeSeconds(written.to_owned())),
        }
    }

    /// The period of so many seconds, where they are at least one and at most ten years.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        NonZeroU32::new(seconds).filter(|s| u64::from(s.get()) <= Self::MAX_SECONDS).map(Self)
    }

    /// The length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0.get()
    }

    /// The length as the standard library counts it.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0.get() as u64)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let duration = humantime::parse_duration(text).map_err(|_| PeriodError::Syntax(text.to_owned()))?;
        Self::new(duration, text)
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.as_duration()).fmt(f)
    }
}
