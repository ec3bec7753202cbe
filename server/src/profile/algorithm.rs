use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Algorithm {
    /// HMAC with SHA-256: one secret signs and checks.
    Hs256,
}

/// A signature algorithm that this server does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not supported; the one algorithm is `HS256`")]
pub struct UnknownAlgorithm(String);

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "HS256" => Ok(Self::Hs256),
            _ => Err(UnknownAlgorithm(name.to_owned())),
        }
    }
}

impl TryFrom<String> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}
