//! What the tests of this folder share. Request `n` has the code that the test gives it.

use std::net::{IpAddr, Ipv4Addr};

use super::backend::{Attempt, NewChallenge};
use super::key::CodeMac;
use super::{OtpKey, PendingPhone, PendingSignUp, Purpose, Subject};
use crate::domain::{
    AppId, ChallengeId, EmailAddress, OtpCode, PasswordHash, PersonName, PhoneNumber, Timestamp,
    UserId,
};

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_642_344_000_000);

pub(super) fn sign_up(email: &str) -> Subject {
    Subject::SignUp(PendingSignUp {
        email: EmailAddress::parse(email).unwrap(),
        first_name: PersonName::parse("Jo").unwrap(),
        last_name: PersonName::parse("Doe").unwrap(),
        password_hash: PasswordHash::from_phc(
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
        ),
        decoy: false,
    })
}

pub(super) fn phone(app_id: Option<&str>) -> Subject {
    Subject::Phone(PendingPhone {
        user_id: UserId::from_bytes([9; 16]),
        number: PhoneNumber::parse("+2348012345678").unwrap(),
        app_id: app_id.map(|text| AppId::parse(text).unwrap()),
    })
}

pub(super) fn id(n: u128) -> ChallengeId {
    ChallengeId::from_bytes(n.to_be_bytes())
}

pub(super) fn source(n: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, n).into()
}

pub(super) fn mac(n: u128, purpose: Purpose, code: u32) -> CodeMac {
    OtpKey::from_bytes([7; 32]).mac(purpose, id(n), &OtpCode::from_number(code).unwrap())
}

pub(super) fn new(n: u128, subject: Subject, code: u32) -> NewChallenge {
    let mac = mac(n, subject.purpose(), code);
    NewChallenge { id: id(n), subject, source: source(1), mac }
}

pub(super) fn attempt(n: u128, purpose: Purpose, code: u32) -> Attempt {
    Attempt { id: id(n), purpose, mac: mac(n, purpose, code), app_id: None, allowed: u8::MAX }
}
