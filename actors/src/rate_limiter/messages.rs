//! What the rate limiter understands.

use std::net::IpAddr;
use std::time::Duration;

use actix::Message;

use crate::backend::BackendError;
use crate::domain::{EmailAddress, Password, PhoneNumber, UserId};
use crate::runtime::AskError;

/// Why the limiter failed. Nothing may be sent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimiterError {
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The store gave no answer.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// What a client wants to do. Each has a bucket of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Try a password.
    SignIn,
    /// Begin a sign-up.
    SignUp,
    /// Present a code.
    Verify,
    /// Ask for a code, or for another one.
    SendCode,
    /// Ask for a reset link.
    ForgotPassword,
    /// Reset a password.
    ResetPassword,
    /// Renew an access token.
    Refresh,
}

impl Purpose {
    /// Every purpose.
    pub(super) const ALL: [Self; 7] = [
        Self::SignIn,
        Self::SignUp,
        Self::Verify,
        Self::SendCode,
        Self::ForgotPassword,
        Self::ResetPassword,
        Self::Refresh,
    ];

    /// As in metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignUp => "sign_up",
            Self::Verify => "verify",
            Self::SendCode => "send_code",
            Self::ForgotPassword => "forgot_password",
            Self::ResetPassword => "reset_password",
            Self::Refresh => "refresh",
        }
    }
}

/// Asks whether a client may do one more thing; if so, it is counted.
#[derive(Message)]
#[rtype(result = "Result<Admission, LimiterError>")]
pub struct AdmitRequest {
    /// What for.
    pub purpose: Purpose,
    /// Who.
    pub ip: IpAddr,
}

/// The answer to [`AdmitRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Go on.
    Admitted,
    /// Too many from this client's network. Nothing was counted.
    Limited {
        /// The time to wait.
        retry_after: Duration,
    },
}

/// Tells of a wrong sign-in (S-58). The same pair counts once.
#[derive(Message)]
#[rtype(result = "Result<Suspicion, LimiterError>")]
pub struct NoteFailedSignIn {
    /// Who tried.
    pub ip: IpAddr,
    /// The address tried.
    pub email: EmailAddress,
    /// The password tried. Only a keyed 64-bit hash of the pair stays, in memory.
    pub password: Password,
}

/// The answer to [`NoteFailedSignIn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// Noted.
    Noted,
    /// This one was one too many: the client's network may not sign in for a while.
    Blocked {
        /// How long.
        lasts: Duration,
    },
}

/// Asks to send a message; if granted, it is charged to every budget it touches, durably.
#[derive(Message)]
#[rtype(result = "Result<SendAdmission, LimiterError>")]
pub struct ChargeSend {
    /// What is sent.
    pub sending: Sending,
    /// On whose behalf.
    pub ip: IpAddr,
}

/// What is sent to somebody whom a stranger may have chosen. Codes and links to one address have
/// budgets of their own: who signs up with somebody's address cannot keep their reset links away.
#[derive(Clone)]
pub enum Sending {
    /// A code to an e-mail address.
    EmailCode(EmailAddress),
    /// A code to a phone.
    PhoneCode {
        /// The phone.
        number: PhoneNumber,
        /// The account that claims it.
        account: UserId,
    },
    /// Perhaps a reset link: charged to the client alone, whether or not there is an account, so
    /// that what is left of its budget tells nothing.
    ResetRequest,
    /// A reset link, after its request was charged to the client.
    ResetLink(EmailAddress),
}

/// The answer to [`ChargeSend`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendAdmission {
    /// Charged: send it.
    Granted,
    /// A budget is spent, or the destination is paused. Nothing was charged.
    Refused {
        /// When there will be room, if nobody takes it.
        retry_after: Duration,
    },
}

/// Tells that a code sent to a phone came back.
#[derive(Message)]
#[rtype(result = "Result<(), LimiterError>")]
pub struct NotePhoneVerified {
    /// The phone.
    pub number: PhoneNumber,
}
