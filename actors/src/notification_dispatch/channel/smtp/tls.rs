//! Whom to trust, and the handshake.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::failure::{Cause, Failure, Stage};
use super::socket::Socket;

/// An encrypted connection.
pub(super) type TlsSocket = StreamOwned<ClientConnection, Socket>;

/// Why no relay could be trusted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The extra certificates cannot be read.
    #[error("the certificates in {}: {cause}", path.display())]
    CaFile {
        /// `email.smtp_ca_file`.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The system trusts nobody.
    #[error(
        "this system has no root certificates: install ca-certificates, or set email.smtp_ca_file"
    )]
    NoRoots,
    /// The cryptography provider refused.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

/// What checks relays: the system's roots and those of `ca_file`, by aws-lc.
///
/// Unless it `is_needed`, nobody is trusted.
pub(super) fn client_config(
    is_needed: bool,
    ca_file: Option<&Path>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    if is_needed {
        // Some systems hold certificates that do not parse: the others are of use all the same.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(path) = ca_file {
        add_file(&mut roots, path)
            .map_err(|cause| TlsError::CaFile { path: path.to_owned(), cause })?;
    }
    if is_needed && roots.is_empty() {
        return Err(TlsError::NoRoots);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())? {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.len() == before { Err("there is none".to_owned()) } else { Ok(()) }
}

/// Shakes hands to the end: when this returns, the other side has proved to be `host`.
pub(super) fn encrypt(
    mut socket: Socket,
    host: &str,
    config: &Arc<ClientConfig>,
) -> Result<TlsSocket, Failure> {
    let tls = |error| Failure { stage: Stage::Tls, cause: Cause::Tls(error) };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Failure::unusable(Stage::Tls, "the relay's name cannot be certified"))?;
    let mut connection = ClientConnection::new(Arc::clone(config), name).map_err(tls)?;
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut socket) {
            return Err(match cause(error) {
                Ok(error) => tls(error),
                Err(error) => Failure { stage: Stage::Tls, cause: Cause::Io(error) },
            });
        }
    }
    Ok(StreamOwned::new(connection, socket))
}

/// rustls hides its errors in those of the socket.
fn cause(error: io::Error) -> Result<rustls::Error, io::Error> {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => Ok(error.clone()),
        None => Err(error),
    }
}
