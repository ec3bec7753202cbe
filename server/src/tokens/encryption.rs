//! Access tokens that tell those who carry them nothing: the signed token inside an encrypted one (RFC 7519, 5.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use biscuit::Empty;
use biscuit::jwa::{ContentEncryptionAlgorithm, EncryptionOptions, KeyManagementAlgorithm};
use biscuit::jwe::{Compact, Header, RegisteredHeader};
use biscuit::jwk::JWK;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::secrets::Secret;

const KEY_MANAGEMENT: KeyManagementAlgorithm = KeyManagementAlgorithm::DirectSymmetricKey;
const ENCRYPTION: ContentEncryptionAlgorithm = ContentEncryptionAlgorithm::A256GCM;

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// The library could not encrypt, for want of randomness.
#[derive(Debug, Error)]
#[error("the token could not be encrypted")]
pub(crate) struct EncryptionError;

/// A key for access tokens, of the secret that signs them.
#[derive(Clone)]
pub(crate) struct EncryptionKey(Zeroizing<Vec<u8>>);

impl EncryptionKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
        // The secret itself signs: what encrypts must be of no use there.
        mac.update(b"access token encryption");
        Self(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
    }

    /// Wraps a signed token; `key_id` tells which key opens it.
    pub(crate) fn encrypt(&self, signed: &str, key_id: &str) -> Result<String, EncryptionError> {
        let header = RegisteredHeader {
            cek_algorithm: KEY_MANAGEMENT,
            enc_algorithm: ENCRYPTION,
            content_type: Some("JWT".to_owned()),
            key_id: Some(key_id.to_owned()),
            ..RegisteredHeader::default()
        };
        let token =
            Compact::new_decrypted(Header::from_registered_header(header), signed.as_bytes().to_vec());
        let mut nonce = vec![0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| EncryptionError)?;
        let options = EncryptionOptions::AES_GCM { nonce };
        let token = token.encrypt(&self.jwk(), &options).map_err(|_| EncryptionError)?;
        Ok(token.encrypted().map_err(|_| EncryptionError)?.to_string())
    }

    /// The signed token inside, if this key opens it.
    pub(crate) fn decrypt(&self, token: &str) -> Option<String> {
        let token = Compact::<Vec<u8>, Empty>::new_encrypted(token);
        let token = token.decrypt(&self.jwk(), KEY_MANAGEMENT, ENCRYPTION).ok()?;
        String::from_utf8(token.payload().ok()?.clone()).ok()
    }

    fn jwk(&self) -> JWK<Empty> {
        JWK::new_octet_key(&self.0, Empty::default())
    }
}

/// Whether this has the shape of an encrypted token. The library is not asked about what has another: it is
/// made for tokens, and this comes from anywhere.
pub(crate) fn is_encrypted(token: &str) -> bool {
    let parts: Vec<_> = token.split('.').collect();
    let [_header, key, nonce, _content, tag] = parts.as_slice() else { return false };
    let has_bytes = |part: &str, bytes| URL_SAFE_NO_PAD.decode(part).is_ok_and(|part| part.len() == bytes);
    key.is_empty() && has_bytes(nonce, NONCE_BYTES) && has_bytes(tag, TAG_BYTES)
}
