use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Algorithm {
    /// HMAC with SHA-256: one secret signs and checks.
    Hs256,
    /// ECDSA on P-256: checked with a public key, which the server publishes.
    Es256,
    /// Ed25519: checked with a public key, which the server publishes.
    EdDsa,
}

/// A signature algorithm that this server does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not supported; there are `HS256`, `ES256` and `EdDSA`")]
pub struct UnknownAlgorithm(String);

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "HS256" => Ok(Self::Hs256),
            "ES256" => Ok(Self::Es256),
            "EdDSA" => Ok(Self::EdDsa),
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

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hs256 => "HS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        })
    }
}
