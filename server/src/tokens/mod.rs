//! Tokens: issued for one use, and refused for any other.

mod csrf;
mod encryption;
mod keys;

use std::fmt;

use chrono::{DateTime, Utc};
use jwt_compact::{Claims, CreationError, ParseError, UntrustedToken, ValidationError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

pub(crate) use csrf::CsrfTokens;
pub(crate) use encryption::EncryptionError;
pub(crate) use keys::KeyRing;

use crate::clock::Timestamp;
use crate::profile::{self, AccessFormat, Claim, Profile, Style};
use crate::store::{Account, Grant};

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) roles: Option<Vec<String>>,
    /// Whether the login asked for a long session; its renewals have to know.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) remembered: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A token whose signature, type, issuer and audience are right; it may have expired.
#[derive(Debug, Clone)]
pub(crate) struct Authentic(Claims<TokenClaims>);

impl Authentic {
    pub(crate) const fn claims(&self) -> &TokenClaims {
        &self.0.custom
    }

    /// Refuses a token whose time is over: from the very second of `exp` on, as RFC 7519 has it.
    pub(crate) fn check_time(&self, now: Timestamp) -> Result<(), TokenError> {
        match self.0.expiration {
            Some(expiration) if now.unix_seconds() < expiration.timestamp() => Ok(()),
            Some(_) => Err(TokenError::Expired),
            None => Err(TokenError::Malformed),
        }
    }

    /// How long it lives yet; negative where it is dead.
    pub(crate) fn seconds_left(&self, now: Timestamp) -> i64 {
        let expiration = self.0.expiration.map_or(i64::MIN, |expiration| expiration.timestamp());
        Timestamp::from_unix_seconds(expiration).seconds_since(now)
    }

    /// The whole payload, standard claims included.
    pub(crate) const fn payload(&self) -> &Claims<TokenClaims> {
        &self.0
    }
}

/// Fresh tokens.
pub(crate) struct Issued {
    pub(crate) access: String,
    /// None where one token does for both.
    pub(crate) refresh: Option<String>,
    pub(crate) grant: Grant,
    pub(crate) remembered: bool,
}

/// Why a token could not be made.
#[derive(Debug, Error)]
pub(crate) enum SigningError {
    #[error(transparent)]
    Creation(#[from] CreationError),
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
}

/// Signs and checks tokens as a profile has them.
pub(crate) struct Tokens {
    keys: Keys,
    style: Style,
    profile: profile::Tokens,
}

/// What signs and checks each type of token.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) access: KeyRing,
    pub(crate) refresh: KeyRing,
}

impl Tokens {
    pub(crate) fn new(profile: &Profile, keys: Keys) -> Self {
        Self { keys, style: profile.exchange.style, profile: profile.tokens.clone() }
    }

    /// What the next tokens of a session will be: ids and times, to be stored before they are signed.
    pub(crate) fn plan(&self, session_id: &str, remembered: bool, now: Timestamp) -> Grant {
        let refresh_jti = Uuid::new_v4().to_string();
        let expires_at = now.after(self.profile.renewal_ttl(remembered));
        let (access_jti, access_expires_at) = match self.style {
            Style::Sliding => (refresh_jti.clone(), expires_at),
            Style::Body | Style::Cookies => (Uuid::new_v4().to_string(), now.after(self.profile.access_ttl)),
        };
        Grant {
            session_id: session_id.to_owned(),
            refresh_jti,
            access_jti,
            issued_at: now,
            access_expires_at,
            expires_at,
        }
    }

    /// Signs the tokens that were planned. The same plan gives the same tokens; where they are encrypted, the same
    /// ones inside.
    pub(crate) fn sign(
        &self,
        grant: Grant,
        account: &Account,
        remembered: bool,
    ) -> Result<Issued, SigningError> {
        let claimed = |claim| self.profile.claims.contains(&claim);
        let claims = |token_type, jti: &str, expires_at| {
            let mut claims = Claims::new(TokenClaims {
                sub: account.id.clone(),
                token_type,
                jti: jti.to_owned(),
                sid: grant.session_id.clone(),
                iss: self.profile.issuer.clone(),
                aud: self.profile.audience.clone(),
                email: None,
                roles: None,
                remembered,
            });
            claims.issued_at = utc(grant.issued_at);
            claims.expiration = utc(expires_at);
            claims
        };
        let mut access = claims(TokenType::Access, &grant.access_jti, grant.access_expires_at);
        access.custom.email = claimed(Claim::Email).then(|| account.email.clone());
        access.custom.roles = claimed(Claim::Roles).then(|| account.roles.clone());
        let refresh = match self.style {
            Style::Sliding => None,
            Style::Body | Style::Cookies => {
                Some(claims(TokenType::Refresh, &grant.refresh_jti, grant.expires_at))
            }
        };
        let mut access = self.keys.access.sign(&access)?;
        if self.profile.access_format == AccessFormat::Jwe {
            access = self.keys.access.encrypt(&access)?;
        }
        Ok(Issued {
            access,
            refresh: refresh.map(|claims| self.keys.refresh.sign(&claims)).transpose()?,
            grant,
            remembered,
        })
    }

    /// The type of the token that renews a session.
    pub(crate) const fn renewing_type(&self) -> TokenType {
        match self.style {
            Style::Sliding => TokenType::Access,
            Style::Body | Style::Cookies => TokenType::Refresh,
        }
    }

    /// Checks everything but the time.
    pub(crate) fn authenticate(&self, token: &str, expected: TokenType) -> Result<Authentic, TokenError> {
        let opened = if encryption::is_encrypted(token) { self.keys.access.decrypt(token) } else { None };
        let token = UntrustedToken::new(opened.as_deref().unwrap_or(token))?;
        // By which keys, its type says; what it says counts once a key of that type has confirmed it.
        let claimed = token.deserialize_claims_unchecked::<TokenClaims>()?.custom.token_type;
        let keys = match claimed {
            TokenType::Access => &self.keys.access,
            TokenType::Refresh => &self.keys.refresh,
        };
        let claims = keys.verify::<TokenClaims>(&token)?;
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

    /// The public keys with which others check access tokens.
    pub(crate) fn public_keys(&self) -> Vec<Value> {
        self.keys.access.public_keys()
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
