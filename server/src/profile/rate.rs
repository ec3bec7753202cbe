use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

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

/// A text that is no [`Rate`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a number and a duration such as `20/1m`")]
pub struct RateError(String);

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
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || RateError(text.to_owned());
        let (count, period) = text.split_once('/').ok_or_else(error)?;
        Ok(Self {
            count: count.trim().parse().map_err(|_| error())?,
            period: period.trim().parse().map_err(|_| error())?,
        })
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
