//! Tests of the key and its keyed hashes.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::runtime::SeededRandom;

fn id(n: u8) -> ChallengeId {
    ChallengeId::from_bytes([n; 16])
}

fn code(n: u32) -> OtpCode {
    OtpCode::from_number(n).unwrap()
}

#[test]
fn s16_the_stored_form_is_hmac_sha256_of_the_key_with_all_the_code_is_bound_to() {
    let mut expected = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    expected.update(b"bioentrust one-time code v1");
    expected.update(&[1]);
    expected.update(&[3; 16]);
    expected.update(b"000042");
    let mac = OtpKey::from_bytes([7; 32]).mac(Purpose::SignUp, id(3), &code(42));
    assert_eq!(mac.as_bytes(), expected.finalize().into_bytes().as_slice());
}

#[test]
fn s13_the_same_code_of_another_request_purpose_or_server_hashes_differently() {
    let key = OtpKey::from_bytes([7; 32]);
    let mac = key.mac(Purpose::SignUp, id(3), &code(42));
    assert!(mac.matches(&key.mac(Purpose::SignUp, id(3), &code(42))));
    assert!(!mac.matches(&key.mac(Purpose::Phone, id(3), &code(42))));
    assert!(!mac.matches(&key.mac(Purpose::SignUp, id(4), &code(42))));
    assert!(!mac.matches(&key.mac(Purpose::SignUp, id(3), &code(43))));
    let other = OtpKey::from_bytes([8; 32]);
    assert!(!mac.matches(&other.mac(Purpose::SignUp, id(3), &code(42))));
}

#[test]
fn a_created_key_is_found_again_and_only_its_owner_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/otp.key");
    let made = OtpKey::load_or_create(&path, &SeededRandom::new(1)).unwrap();
    let found = OtpKey::load_or_create(&path, &SeededRandom::new(2)).unwrap();
    assert_eq!(made.0, found.0);
    assert_eq!(fs::read(&path).unwrap(), made.0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let files = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(files, 1, "the temporary file is gone");
}

#[test]
fn a_file_of_another_length_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("otp.key");
    for length in [0, 31, 33, 64] {
        fs::write(&path, vec![1; length]).unwrap();
        let refusal = OtpKey::load_or_create(&path, &SeededRandom::new(1)).err().unwrap();
        assert_eq!(refusal.kind(), io::ErrorKind::InvalidData, "{length} bytes");
        assert_eq!(fs::read(&path).unwrap(), vec![1; length]);
    }
}

#[test]
fn a_key_that_appeared_meanwhile_is_used_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("otp.key");
    fs::write(&path, [9; 32]).unwrap();
    let key = create(&path, &SeededRandom::new(1)).unwrap();
    assert_eq!((key.0, fs::read(&path).unwrap()), ([9; 32], vec![9; 32]));
}
