//! What the OTP manager understands.

use std::net::IpAddr;

use actix::Message;
use serde::{Deserialize, Serialize};

use crate::backend::BackendError;
use crate::domain::{
    AppId, ChallengeId, EmailAddress, OtpCode, PasswordHash, PersonName, PhoneNumber, Timestamp,
    UserId,
};
use crate::runtime::AskError;

/// Why the OTP manager refused or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtpError {
    /// The bound on pending codes is reached (100 000 unless configured otherwise, S-45).
    #[error("too many codes are pending")]
    Full,
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The store gave no answer.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// What a code proves when it comes back. It lives with the code and dies with it.
#[derive(Clone, Serialize, Deserialize)]
pub enum Subject {
    /// A sign-up that has proved nothing yet: no account exists for it.
    SignUp(PendingSignUp),
    /// A number that the account's owner says is theirs.
    Phone(PendingPhone),
}

/// What an unproved sign-up asked for.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingSignUp {
    /// The address the code goes to.
    pub email: EmailAddress,
    /// Given name.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// Hash of the chosen password; the password itself is never kept (S-45).
    pub password_hash: PasswordHash,
    /// The address belonged to an account already: the code was never sent to anybody, and the
    /// request only looks like a sign-up (`signup.hide_existing_accounts`).
    pub decoy: bool,
}

/// An unproved claim to a phone number.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingPhone {
    /// Whose claim it is.
    pub user_id: UserId,
    /// The number the code goes to.
    pub number: PhoneNumber,
    /// The client application the code is bound to.
    pub app_id: Option<AppId>,
}

/// What a code is for. A code of one purpose never works for another (S-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Verifying the e-mail address of a sign-up.
    SignUp,
    /// Verifying a phone number.
    Phone,
}

/// Where a code goes. Wrong-guess budgets are counted per destination.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Destination {
    /// An e-mail address.
    Email(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
}

impl Subject {
    /// The purpose of codes for this subject.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match self {
            Self::SignUp(_) => Purpose::SignUp,
            Self::Phone(_) => Purpose::Phone,
        }
    }

    /// Where codes for this subject go.
    #[must_use]
    pub fn destination(&self) -> Destination {
        match self {
            Self::SignUp(sign_up) => Destination::Email(sign_up.email.clone()),
            Self::Phone(phone) => Destination::Phone(phone.number.clone()),
        }
    }

    /// The account that asked for the code, where there is one already.
    #[must_use]
    pub fn account(&self) -> Option<UserId> {
        match self {
            Self::SignUp(_) => None,
            Self::Phone(phone) => Some(phone.user_id),
        }
    }
}

/// Issues a code. At most 5 codes per purpose and destination are pending; when full, the oldest
/// from the same source makes room, else the oldest of all (S-45).
#[derive(Message)]
#[rtype(result = "Result<IssuedOtp, OtpError>")]
pub struct IssueOtp {
    /// What the code will prove.
    pub subject: Subject,
    /// Who asks for it.
    pub source: IpAddr,
}

/// A code on its way out.
pub struct IssuedOtp {
    /// Known to the caller only.
    pub request_id: ChallengeId,
    /// To be sent to the destination, and shown to nobody else.
    pub code: OtpCode,
    /// What it will prove.
    pub subject: Subject,
    /// From this moment on the code is dead.
    pub expires_at: Timestamp,
}

/// Looks at a pending code without using it up.
#[derive(Message)]
#[rtype(result = "Result<Option<PendingOtp>, OtpError>")]
pub struct FindOtp {
    /// The request.
    pub request_id: ChallengeId,
    /// What the caller takes it to be for; another purpose finds nothing.
    pub purpose: Purpose,
}

/// The answer to [`FindOtp`].
pub struct PendingOtp {
    /// Where the code went.
    pub destination: Destination,
    /// The account that asked for it, where there is one already.
    pub account: Option<UserId>,
}

/// Presents a code. The attempt is counted, durably, before the comparison (S-15).
#[derive(Message)]
#[rtype(result = "Result<VerifyOtpOutcome, OtpError>")]
pub struct VerifyOtp {
    /// The request.
    pub request_id: ChallengeId,
    /// What the caller takes it to be for.
    pub purpose: Purpose,
    /// The code presented.
    pub code: OtpCode,
    /// The client application presenting it; must equal the one the code is bound to.
    pub app_id: Option<AppId>,
    /// How many attempts this request may have had in all, where the wrong-guess budget of the
    /// destination allows fewer than the code itself.
    pub attempts_allowed: u8,
}

/// The answer to [`VerifyOtp`]. Of any number of parallel correct codes, one is accepted.
pub enum VerifyOtpOutcome {
    /// The code was right; it and all others for the same purpose and destination are used up.
    Accepted(Subject),
    /// Not compared: the request has had the attempts allowed.
    OutOfTries,
    /// Unknown, expired, used, of another purpose or application, or wrong: callers cannot tell
    /// which (S-49).
    Refused,
}

/// Looks at what [`ResendOtp`] would do, without doing it: whoever pays for messages wants to know
/// where this one would go.
#[derive(Message)]
#[rtype(result = "Result<ResendPreview, OtpError>")]
pub struct PreviewResend {
    /// The request.
    pub request_id: ChallengeId,
}

/// The answer to [`PreviewResend`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResendPreview {
    /// A code would be sent.
    Ready {
        /// To there.
        destination: Destination,
        /// For this account, if there is one.
        account: Option<UserId>,
    },
    /// The cool-down since the last code is not over.
    TooSoon {
        /// When it will be.
        retry_at: Timestamp,
    },
    /// No such request is pending.
    Unknown,
}

/// Replaces the code of a pending request. The attempts made stay counted (S-18).
#[derive(Message)]
#[rtype(result = "Result<ResendOtpOutcome, OtpError>")]
pub struct ResendOtp {
    /// The request.
    pub request_id: ChallengeId,
}

/// The answer to [`ResendOtp`].
pub enum ResendOtpOutcome {
    /// The old code is dead; this one is to be sent.
    Reissued(IssuedOtp),
    /// The cool-down since the last code is not over.
    TooSoon {
        /// When it will be.
        retry_at: Timestamp,
    },
    /// No such request is pending.
    Unknown,
}
