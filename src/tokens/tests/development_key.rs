//! The key that a development server makes for itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn generate(folder: &std::path::Path, algorithm: Algorithm) -> Key {
    KeyRing::load_or_generate(folder, algorithm).unwrap_or_else(|e| panic!("{e}")).into_signer()
}

fn refused(folder: &std::path::Path, algorithm: Algorithm) -> String {
    KeyRing::load_or_generate(folder, algorithm).err().unwrap().to_string()
}

#[test]
fn it_is_made_once_and_found_again() {
    for (algorithm, name) in [
        (Algorithm::EdDsa, "signing-key.pem"),
        (Algorithm::Es256, "signing-key.pem"),
        (Algorithm::Hs256, "signing-key.jwk"),
    ] {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("not/yet/there");
        let first = generate(&folder, algorithm);
        assert_eq!(first.algorithm(), algorithm);
        let text = fs::read(folder.join(name)).unwrap();
        assert_eq!(generate(&folder, algorithm).id(), first.id());
        assert_eq!(fs::read(folder.join(name)).unwrap(), text);

        let names: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [name], "nothing temporary is left");
        let mode = fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[test]
fn it_is_pkcs8_version_1_so_that_other_tools_read_it() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), Algorithm::EdDsa);
    let text = fs::read_to_string(folder.path().join("signing-key.pem")).unwrap();
    let block = pem::parse(&text).unwrap();
    assert_eq!((block.tag(), block.contents().len()), ("PRIVATE KEY", 48));
    assert!(jsonwebtoken::EncodingKey::from_ed_pem(text.as_bytes()).is_ok());
}

#[test]
fn it_is_refused_once_others_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), Algorithm::EdDsa);
    let path = folder.path().join("signing-key.pem");
    for mode in [0o640, 0o604, 0o660, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let message = refused(folder.path(), Algorithm::EdDsa);
        assert!(message.contains(&format!("has mode {mode:03o}")), "{message}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    generate(folder.path(), Algorithm::EdDsa);
}

#[test]
fn an_existing_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing-key.pem");
    fs::write(&path, "precious").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let message = refused(folder.path(), Algorithm::EdDsa);
    assert!(message.ends_with("signing-key.pem: is neither PEM (PKCS#8) nor a JWK"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn a_key_of_another_algorithm_is_named_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), Algorithm::Es256);
    let message = refused(folder.path(), Algorithm::EdDsa);
    assert!(
        message.ends_with("holds a key for ES256, but tokens are to be signed with EdDSA"),
        "{message}",
    );
}

#[test]
fn processes_that_start_together_agree_on_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| generate(folder.path(), Algorithm::EdDsa).id().to_string()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let message = refused(&folder.path().join("file/below"), Algorithm::EdDsa);
    assert!(message.ends_with("signing-key.pem: cannot be created: not a directory"), "{message}");
}
