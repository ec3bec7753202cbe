//! Keys by their ids: one signs, and those that signed before still check.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jwt_compact::alg::{Ed25519, Es256, Hs256, Hs256Key, SigningKey, VerifyingKey};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{
    Algorithm as _, AlgorithmExt, Claims, CreationError, Header, UntrustedToken, ValidationError,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::encryption::{EncryptionError, EncryptionKey};
use crate::profile::Algorithm;
use crate::secrets::{Secret, SecretError};

/// So much of a hash is enough to tell keys apart.
const KEY_ID_BYTES: usize = 8;

type PrivateKey<A> = <A as jwt_compact::Algorithm>::SigningKey;

#[derive(Clone)]
enum Key {
    Hs256(Hs256Key),
    Es256(Box<PrivateKey<Es256>>),
    EdDsa(Box<PrivateKey<Ed25519>>),
}

#[derive(Clone)]
struct NamedKey {
    id: String,
    key: Key,
    encryption: EncryptionKey,
}

/// The keys of one type of token.
#[derive(Clone)]
pub(crate) struct KeyRing {
    current: NamedKey,
    previous: Vec<NamedKey>,
}

impl KeyRing {
    pub(crate) fn new(
        algorithm: Algorithm,
        current: &Secret,
        previous: &[Secret],
    ) -> Result<Self, SecretError> {
        let key = |secret| named(algorithm, secret);
        Ok(Self { current: key(current)?, previous: previous.iter().map(key).collect::<Result<_, _>>()? })
    }

    pub(crate) fn sign<C: Serialize>(&self, claims: &Claims<C>) -> Result<String, CreationError> {
        let NamedKey { id, key, encryption: _ } = &self.current;
        let header = Header::empty().with_token_type("JWT").with_key_id(id.as_str());
        match key {
            Key::Hs256(key) => Hs256.token(&header, claims, key),
            Key::Es256(key) => Es256.token(&header, claims, key),
            Key::EdDsa(key) => Ed25519.token(&header, claims, key),
        }
    }

    /// Hides a signed token from those who carry it.
    pub(crate) fn encrypt(&self, signed: &str) -> Result<String, EncryptionError> {
        self.current.encryption.encrypt(signed, &self.current.id)
    }

    /// The signed token inside an encrypted one, if one of the keys opens it.
    pub(crate) fn decrypt(&self, token: &str) -> Option<String> {
        self.keys().find_map(|key| key.encryption.decrypt(token))
    }

    /// Checks the signature: by the key that the token names or, if it names none, since other programs of a
    /// system may sign with the same secret, by any.
    pub(crate) fn verify<C: DeserializeOwned>(
        &self,
        token: &UntrustedToken<'_>,
    ) -> Result<Claims<C>, ValidationError> {
        let named = token.header().key_id.as_deref();
        let candidates = self.keys().filter(|key| named.is_none_or(|named| named == key.id));
        let mut outcome = Err(ValidationError::InvalidSignature);
        for candidate in candidates {
            outcome = match &candidate.key {
                Key::Hs256(key) => Hs256.validator(key).validate(token),
                Key::Es256(key) => Es256.validator(&key.to_verifying_key()).validate(token),
                Key::EdDsa(key) => Ed25519.validator(&key.to_verifying_key()).validate(token),
            };
            if outcome.is_ok() {
                break;
            }
        }
        outcome.map(|token| token.into_parts().1)
    }

    /// The public keys, as RFC 7517 has them; none where the key is a secret.
    pub(crate) fn public_keys(&self) -> Vec<Value> {
        self.keys()
            .filter_map(|NamedKey { id, key, .. }| {
                let (mut jwk, algorithm) = match key {
                    Key::Hs256(_) => return None,
                    Key::Es256(key) => (json!(JsonWebKey::from(&key.to_verifying_key())), Es256.name()),
                    Key::EdDsa(key) => (json!(JsonWebKey::from(&key.to_verifying_key())), Ed25519.name()),
                };
                let members = jwk.as_object_mut()?;
                members.extend([
                    ("kid".to_owned(), id.as_str().into()),
                    ("alg".to_owned(), algorithm.into()),
                    ("use".to_owned(), "sig".into()),
                ]);
                Some(jwk)
            })
            .collect()
    }

    fn keys(&self) -> impl Iterator<Item = &NamedKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

fn named(algorithm: Algorithm, secret: &Secret) -> Result<NamedKey, SecretError> {
    let not_a_key = |_| SecretError::NotAKey(algorithm);
    let (id, key) = match algorithm {
        Algorithm::Hs256 => {
            let key = Hs256Key::new(secret.bytes());
            // A hash of the secret itself would be somewhere to check guesses at.
            let mut mac =
                Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
            mac.update(b"key id");
            (key_id(&mac.finalize().into_bytes()), Key::Hs256(key))
        }
        Algorithm::Es256 => {
            let bytes = secret.private_key(algorithm)?;
            let key = <PrivateKey<Es256> as SigningKey<Es256>>::from_slice(&bytes).map_err(not_a_key)?;
            let public = VerifyingKey::<Es256>::as_bytes(&key.to_verifying_key()).into_owned();
            (key_id(&Sha256::digest(public)), Key::Es256(Box::new(key)))
        }
        Algorithm::EdDsa => {
            let bytes = secret.private_key(algorithm)?;
            let key = <PrivateKey<Ed25519> as SigningKey<Ed25519>>::from_slice(&bytes).map_err(not_a_key)?;
            let public = VerifyingKey::<Ed25519>::as_bytes(&key.to_verifying_key()).into_owned();
            (key_id(&Sha256::digest(public)), Key::EdDsa(Box::new(key)))
        }
    };
    Ok(NamedKey { id, key, encryption: EncryptionKey::new(secret) })
}

fn key_id(hash: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(hash.get(..KEY_ID_BYTES).unwrap_or(hash))
}
