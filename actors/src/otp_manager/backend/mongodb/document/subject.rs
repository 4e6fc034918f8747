//! The stored shape of what a code proves.

use serde::{Deserialize, Serialize};

use crate::domain::{AppId, EmailAddress, PasswordHash, PersonName, PhoneNumber, UserId};
use crate::mongo::{Bytes, Bytes16};
use crate::otp_manager::{PendingPhone, PendingSignUp, Subject};

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub(super) enum SubjectDocument {
    SignUp {
        email: EmailAddress,
        first_name: PersonName,
        last_name: PersonName,
        password_hash: PasswordHash,
        decoy: bool,
    },
    Phone {
        user_id: Bytes16,
        number: PhoneNumber,
        app_id: Option<AppId>,
    },
}

impl From<Subject> for SubjectDocument {
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
                Self::Phone { user_id: Bytes(*user_id.as_bytes()), number, app_id }
            }
        }
    }
}

impl From<SubjectDocument> for Subject {
    fn from(document: SubjectDocument) -> Self {
        match document {
            SubjectDocument::SignUp { email, first_name, last_name, password_hash, decoy } => {
                Self::SignUp(PendingSignUp { email, first_name, last_name, password_hash, decoy })
            }
            SubjectDocument::Phone { user_id, number, app_id } => {
                let user_id = UserId::from_bytes(user_id.0);
                Self::Phone(PendingPhone { user_id, number, app_id })
            }
        }
    }
}
