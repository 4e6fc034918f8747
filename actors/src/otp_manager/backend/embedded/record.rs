//! A pending request as stored. The shape is versioned on its own: see [`SCHEMA`].

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AppId, EmailAddress, PasswordHash, PersonName, PhoneNumber, Timestamp, UserId,
};
use crate::embedded::{decode, encode};
use crate::otp_manager::challenge::Challenge;
use crate::otp_manager::key::CodeMac;
use crate::otp_manager::{PendingPhone, PendingSignUp, Subject};

/// Raised with each change of the records below.
const SCHEMA: u8 = 1;

#[derive(Serialize, Deserialize)]
struct ChallengeRecord {
    subject: SubjectRecord,
    source: IpAddr,
    mac: [u8; 32],
    created_at: Timestamp,
    expires_at: Timestamp,
    resend_at: Timestamp,
    attempts: u8,
    resends: u8,
}

#[derive(Serialize, Deserialize)]
enum SubjectRecord {
    SignUp {
        email: EmailAddress,
        first_name: PersonName,
        last_name: PersonName,
        password_hash: PasswordHash,
        decoy: bool,
    },
    Phone {
        user_id: UserId,
        number: PhoneNumber,
        app_id: Option<AppId>,
    },
}

pub(super) fn to_bytes(challenge: &Challenge) -> Result<Vec<u8>, redb::Error> {
    encode(
        SCHEMA,
        &ChallengeRecord {
            subject: SubjectRecord::from(challenge.subject.clone()),
            source: challenge.source,
            mac: *challenge.mac.as_bytes(),
            created_at: challenge.created_at,
            expires_at: challenge.expires_at,
            resend_at: challenge.resend_at,
            attempts: challenge.attempts,
            resends: challenge.resends,
        },
    )
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Challenge, redb::Error> {
    let record: ChallengeRecord = decode(SCHEMA, bytes)?;
    Ok(Challenge {
        subject: record.subject.into(),
        source: record.source,
        mac: CodeMac::from_bytes(record.mac),
        created_at: record.created_at,
        expires_at: record.expires_at,
        resend_at: record.resend_at,
        attempts: record.attempts,
        resends: record.resends,
    })
}

impl From<Subject> for SubjectRecord {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::SignUp(PendingSignUp {
                email,
                first_name,
                last_name,
                password_hash,
                decoy,
            }) => Self::SignUp { email, first_name, last_name, password_hash, decoy },
            Subject::Phone(PendingPhone { user_id, number, app_id }) => {
                Self::Phone { user_id, number, app_id }
            }
        }
    }
}

impl From<SubjectRecord> for Subject {
    fn from(record: SubjectRecord) -> Self {
        match record {
            SubjectRecord::SignUp { email, first_name, last_name, password_hash, decoy } => {
                Self::SignUp(PendingSignUp { email, first_name, last_name, password_hash, decoy })
            }
            SubjectRecord::Phone { user_id, number, app_id } => {
                Self::Phone(PendingPhone { user_id, number, app_id })
            }
        }
    }
}
