//! HTTPS: with the operator's certificate, or with one made at start, for trying things out.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

/// Whether and with what the server speaks HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Plain HTTP, behind something that speaks HTTPS or on one's own machine.
    Off,
    /// With a certificate that is made at start, and that nobody knows.
    SelfSigned,
    /// With files in PEM.
    Files {
        /// The certificate, followed by those that lead to a known one.
        certificates: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// Why HTTPS cannot be had.
#[derive(Debug, Error)]
pub enum TlsError {
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    SelfSigned(#[from] rcgen::Error),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {message}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Certificate and key cannot be used, or not together.
    #[error("cannot use the certificate: {0}")]
    Config(#[from] rustls::Error),
}

/// What it takes to speak HTTPS.
pub(crate) struct TlsSetup {
    pub(crate) config: Arc<ServerConfig>,
    /// The certificate in PEM, where it was made here.
    pub(crate) made: Option<String>,
}

impl TlsSetup {
    /// None where the server speaks plain HTTP. A made certificate is for `localhost` and `address`.
    pub(crate) fn new(tls: &Tls, address: IpAddr) -> Result<Option<Self>, TlsError> {
        let (certificates, key, made) = match tls {
            Tls::Off => return Ok(None),
            Tls::SelfSigned => {
                let names = vec!["localhost".to_owned(), address.to_string()];
                let made = rcgen::generate_simple_self_signed(names)?;
                let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())
                    .map_err(|message| rustls::Error::General(message.to_owned()))?;
                (vec![made.cert.der().clone()], key, Some(made.cert.pem()))
            }
            Tls::Files { certificates, key } => {
                let pem_error = |path: &Path| {
                    let path = path.to_owned();
                    move |error: rustls::pki_types::pem::Error| TlsError::Pem {
                        path,
                        message: error.to_string(),
                    }
                };
                let chain = CertificateDer::pem_slice_iter(&read(certificates)?)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(pem_error(certificates))?;
                (chain, PrivateKeyDer::from_pem_slice(&read(key)?).map_err(pem_error(key))?, None)
            }
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certificates, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(Self { config: Arc::new(config), made }))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}
