//! The key a development server makes for itself, once.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::{Algorithm, Key, KeyError, KeyProblem, file};

/// Loads `signing-key.pem` (HS256: `signing-key.jwk`) from `folder`, creating it if there is none.
pub(super) fn load_or_generate(folder: &Path, algorithm: Algorithm) -> Result<Key, KeyError> {
    let path = folder.join(match algorithm {
        Algorithm::EdDsa | Algorithm::Es256 => "signing-key.pem",
        Algorithm::Hs256 => "signing-key.jwk",
    });
    if !path.exists() {
        let text = generate(algorithm).map_err(|problem| KeyError::file(&path, problem))?;
        match create(&path, folder, text.as_bytes()) {
            Ok(()) => tracing::info!(path = %path.display(), %algorithm, "signing key created"),
            // Another process was faster: its key is the one.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(KeyError::file(&path, KeyProblem::NotCreated(e.kind()))),
        }
    }
    let key = file::load_private(&path)?;
    file::require(&key, algorithm, &path)?;
    Ok(key)
}

/// The text of a new key file.
pub(in crate::tokens) fn generate(algorithm: Algorithm) -> Result<Zeroizing<String>, KeyProblem> {
    // Version 1 of PKCS#8: the one that other tools and libraries read.
    let text = match algorithm {
        Algorithm::EdDsa => Ed25519KeyPair::generate()
            .and_then(|pair| pair.to_pkcs8v1())
            .map(|document| pem_text(document.as_ref())),
        Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .map(|document| pem_text(document.as_ref())),
        Algorithm::Hs256 => {
            let mut secret = Zeroizing::new([0; 32]);
            aws_lc_rs::rand::fill(&mut *secret).map(|()| jwk_text(&*secret))
        }
    };
    text.map(Zeroizing::new).map_err(|_| KeyProblem::Crypto)
}

fn pem_text(pkcs8: &[u8]) -> String {
    pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8))
}

fn jwk_text(secret: &[u8]) -> String {
    let k = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret));
    format!("{{\"kty\":\"oct\",\"use\":\"sig\",\"alg\":\"HS256\",\"k\":\"{}\"}}\n", *k)
}

/// Puts `text` at `path` whole or not at all, never over an existing file, durably.
fn create(path: &Path, folder: &Path, text: &[u8]) -> io::Result<()> {
    create_folder(folder)?;
    let mut suffix = [0; 8];
    aws_lc_rs::rand::fill(&mut suffix).map_err(io::Error::other)?;
    let temporary = folder.join(format!(".signing-key-{:016x}", u64::from_le_bytes(suffix)));
    let linked = write_private(&temporary, text)
        // Not `rename`, which would replace a key that appeared meanwhile.
        .and_then(|()| fs::hard_link(&temporary, path));
    let removed = fs::remove_file(&temporary);
    linked.and(removed)?;
    File::open(folder)?.sync_all()
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
