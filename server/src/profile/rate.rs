use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use crate::period::Period;

/// So many in a length of time, written `20/1m`. Unused ones do not pile up beyond that number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    count: NonZeroU32,
    period: Period,
}

/// Why a text is no [`Rate`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RateError {
    /// It does not say how many, or not in which time.
    #[error("`{0}` is not a number and a duration such as `20/1m`")]
    Syntax(String),
    /// Nobody could count that fast.
    #[error("`{0}` is more than one a nanosecond")]
    TooFast(String),
}

impl Rate {
    /// How many at once.
    #[must_use]
    pub const fn count(self) -> NonZeroU32 {
        self.count
    }

    /// The time in which all of them come back.
    #[must_use]
    pub const fn period(self) -> Period {
        self.period
    }

    pub(crate) const fn once_in(period: Period) -> Self {
        Self { count: NonZeroU32::MIN, period }
    }

    /// The time in which one of them comes back; never zero.
    #[must_use]
    pub fn replenish_one(self) -> Duration {
        self.period.as_duration() / self.count.get()
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || RateError::Syntax(text.to_owned());
        let (count, period) = text.split_once('/').ok_or_else(error)?;
        let rate = Self {
            count: count.trim().parse().map_err(|_| error())?,
            period: period.trim().parse().map_err(|_| error())?,
        };
        if rate.replenish_one().is_zero() {
            return Err(RateError::TooFast(text.to_owned()));
        }
        Ok(rate)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.period)
    }
}
