//! Tokens: issued for one use, and refused for any other.

use std::fmt;

use chrono::{DateTime, Utc};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, CreationError, Header, ParseError, UntrustedToken, ValidationError};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::period::Period;
use crate::profile::{self, Algorithm};
use crate::settings::SigningKey;

/// What a token may be used for: its `type` claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TokenType {
    Access,
    Refresh,
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        })
    }
}

/// Why a token is refused. Says nothing of what the token holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum TokenError {
    #[error("the token is not a JWT of this server")]
    Malformed,
    #[error("the token's signature does not match")]
    Signature,
    #[error("the token has expired")]
    Expired,
    #[error("a token of type `{found}` was given where `{expected}` belongs")]
    Type { expected: TokenType, found: TokenType },
    #[error("the token is from another issuer")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
}

/// The claims of a token whose signature, type, issuer and audience are right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TokenClaims {
    /// The user's id.
    pub(crate) sub: String,
    #[serde(rename = "type")]
    pub(crate) token_type: TokenType,
    /// The token's own id.
    pub(crate) jti: String,
    /// The session's id.
    pub(crate) sid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) iss: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) aud: Option<String>,
}

/// A token whose signature, type, issuer and audience are right; it may have expired.
#[derive(Debug, Clone)]
pub(crate) struct Authentic(Claims<TokenClaims>);

impl Authentic {
    pub(crate) const fn claims(&self) -> &TokenClaims {
        &self.0.custom
    }

    /// Refuses a token whose time is over: from the very second of `exp` on, as RFC 7519 has it.
    pub(crate) fn unexpired(self, now: Timestamp) -> Result<Self, TokenError> {
        match self.0.expiration {
            Some(expiration) if now.unix_seconds() < expiration.timestamp() => Ok(self),
            Some(_) => Err(TokenError::Expired),
            None => Err(TokenError::Malformed),
        }
    }

    /// The whole payload, standard claims included.
    pub(crate) const fn payload(&self) -> &Claims<TokenClaims> {
        &self.0
    }
}

/// A fresh token, and what the server remembers of it.
pub(crate) struct IssuedToken {
    pub(crate) token: String,
    pub(crate) jti: String,
    pub(crate) expires_at: Timestamp,
}

/// A fresh access token with the refresh token that goes with it.
pub(crate) struct TokenPair {
    pub(crate) access: IssuedToken,
    pub(crate) refresh: IssuedToken,
}

/// Signs and checks tokens as a profile has them.
pub(crate) struct Tokens {
    key: Hs256Key,
    profile: profile::Tokens,
}

impl Tokens {
    pub(crate) fn new(profile: profile::Tokens, key: &SigningKey) -> Self {
        match profile.algorithm {
            Algorithm::Hs256 => Self { key: Hs256Key::new(key.bytes()), profile },
        }
    }

    pub(crate) const fn access_ttl(&self) -> Period {
        self.profile.access_ttl
    }

    pub(crate) fn issue_pair(
        &self,
        user_id: &str,
        session_id: &str,
        now: Timestamp,
    ) -> Result<TokenPair, CreationError> {
        Ok(TokenPair {
            access: self.issue(TokenType::Access, self.profile.access_ttl, user_id, session_id, now)?,
            refresh: self.issue(TokenType::Refresh, self.profile.refresh_ttl, user_id, session_id, now)?,
        })
    }

    fn issue(
        &self,
        token_type: TokenType,
        ttl: Period,
        user_id: &str,
        session_id: &str,
        now: Timestamp,
    ) -> Result<IssuedToken, CreationError> {
        let jti = Uuid::new_v4().to_string();
        let expires_at = now.after(ttl);
        let mut claims = Claims::new(TokenClaims {
            sub: user_id.to_owned(),
            token_type,
            jti: jti.clone(),
            sid: session_id.to_owned(),
            iss: self.profile.issuer.clone(),
            aud: self.profile.audience.clone(),
        });
        claims.issued_at = utc(now);
        claims.expiration = utc(expires_at);
        let token = Hs256.token(&Header::empty().with_token_type("JWT"), &claims, &self.key)?;
        Ok(IssuedToken { token, jti, expires_at })
    }

    /// Checks everything but the time.
    pub(crate) fn authenticate(&self, token: &str, expected: TokenType) -> Result<Authentic, TokenError> {
        let token = UntrustedToken::new(token)?;
        let token = Hs256.validator::<TokenClaims>(&self.key).validate(&token)?;
        let (_, claims) = token.into_parts();
        let TokenClaims { token_type, iss, aud, .. } = &claims.custom;
        if *token_type != expected {
            return Err(TokenError::Type { expected, found: *token_type });
        }
        if self.profile.issuer.is_some() && *iss != self.profile.issuer {
            return Err(TokenError::Issuer);
        }
        if self.profile.audience.is_some() && *aud != self.profile.audience {
            return Err(TokenError::Audience);
        }
        Ok(Authentic(claims))
    }
}

const fn utc(instant: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(instant.unix_seconds(), 0)
}

impl From<ParseError> for TokenError {
    fn from(_: ParseError) -> Self {
        Self::Malformed
    }
}

impl From<ValidationError> for TokenError {
    fn from(error: ValidationError) -> Self {
        match error {
            ValidationError::InvalidSignature => Self::Signature,
            _ => Self::Malformed,
        }
    }
}
