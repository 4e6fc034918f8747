//! One structured log event per security-relevant act (S-78).
//!
//! The line also has the time and, from the flow's span, the request id. It never has a
//! password, a code, a token, a link or a whole address.

use actors::domain::{Client, UserId};
use tracing::info;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A sign-up was accepted for verification, or refused.
    SignUp,
    /// An e-mail code was presented.
    VerifyEmail,
    /// A password was presented.
    SignIn,
    /// A password was right, and its hash was replaced by a better one.
    RenewHash,
    /// A refresh token was used.
    Refresh,
    /// A session was signed out.
    SignOut,
    /// A code was sent to a phone, or asked for again.
    SendCode,
    /// An SMS code was presented.
    VerifyPhone,
    /// A reset link was asked for.
    ForgotPassword,
    /// A password was reset, which signs every session out.
    ResetPassword,
    /// A client tried one pair of address and password too many.
    CredentialStuffing,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Success,
    /// Refused: a wrong secret, or a state that forbids it.
    Failure,
    /// Refused for now: too many requests, attempts or messages.
    Limited,
    /// Its sign-ins are refused for a while.
    Blocked,
    /// An outdated refresh token came back: the session was revoked.
    ReuseDetected,
}

impl Event {
    /// Writes the event to the log. The user is known by a random id only.
    pub fn log(self, outcome: Outcome, user: Option<UserId>, client: &Client) {
        let user = user.map(|id| id.to_string());
        info!(
            target: "bioentrust_auth::security",
            event = self.name(),
            outcome = outcome.name(),
            user,
            ip = %client.ip,
        );
    }

    fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::VerifyEmail => "verify_email",
            Self::SignIn => "sign_in",
            Self::RenewHash => "renew_hash",
            Self::Refresh => "refresh",
            Self::SignOut => "sign_out",
            Self::SendCode => "send_code",
            Self::VerifyPhone => "verify_phone",
            Self::ForgotPassword => "forgot_password",
            Self::ResetPassword => "reset_password",
            Self::CredentialStuffing => "credential_stuffing",
        }
    }
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Limited => "limited",
            Self::Blocked => "blocked",
            Self::ReuseDetected => "reuse_detected",
        }
    }
}
