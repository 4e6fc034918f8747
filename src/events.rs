//! Security-relevant acts (S-78): each leaves one line in the log and one event in the audit
//! trail. Neither has a password, a code, a token, a link or a whole address (S-79).

mod act;

use std::str::FromStr;

pub use act::Act;

/// The text is none of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The word in the log and in the trail. It never changes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord),
                }
            }
        }
    };
}

words! {
    /// What happened.
    Event {
        /// A sign-up was accepted for verification, or refused.
        SignUp = "sign_up",
        /// An e-mail code was presented.
        VerifyEmail = "verify_email",
        /// A password was presented.
        SignIn = "sign_in",
        /// Failures in a row disabled the sign-in to an address (S-52).
        Lock = "lock",
        /// A password was right, and its hash was replaced by a better one.
        RenewHash = "renew_hash",
        /// A refresh token was used.
        Refresh = "refresh",
        /// A session was signed out.
        SignOut = "sign_out",
        /// A code was handed to delivery, for a sign-up or a phone, or asked for again.
        SendCode = "send_code",
        /// An SMS code was presented.
        VerifyPhone = "verify_phone",
        /// A reset link was asked for.
        ForgotPassword = "forgot_password",
        /// A password was reset, which signs every session out.
        ResetPassword = "reset_password",
        /// A client tried one pair of address and password too many.
        CredentialStuffing = "credential_stuffing",
        /// The server took up work, with the settings it was given.
        ServerStart = "server_start",
        /// The server stopped in order.
        ServerStop = "server_stop",
    }
}

words! {
    /// How it ended.
    Outcome {
        /// As asked.
        Success = "success",
        /// Refused: a wrong secret, or a state that forbids it; or it could not be done.
        Failure = "failure",
        /// Refused for now: too many requests, attempts or messages.
        Limited = "limited",
        /// Further sign-ins are refused: of a client for a while, of an address until its owner
        /// resets the password.
        Blocked = "blocked",
        /// An outdated refresh token came back: the session was revoked.
        ReuseDetected = "reuse_detected",
    }
}

words! {
    /// What was presented as a proof, or sent to become one.
    Factor {
        /// The account's password.
        Password = "password",
        /// A code sent by e-mail.
        EmailCode = "email_code",
        /// A code sent by text message.
        SmsCode = "sms_code",
        /// The refresh token of a session.
        RefreshToken = "refresh_token",
        /// The token of a reset link.
        ResetLink = "reset_link",
        /// The access token of a sign-in a moment ago.
        RecentSignIn = "recent_sign_in",
    }
}

impl Event {
    /// What is always presented, where that is one thing.
    const fn factor(self) -> Option<Factor> {
        match self {
            Self::SignIn | Self::Lock | Self::RenewHash | Self::CredentialStuffing => {
                Some(Factor::Password)
            }
            Self::VerifyEmail => Some(Factor::EmailCode),
            Self::VerifyPhone => Some(Factor::SmsCode),
            Self::Refresh | Self::SignOut => Some(Factor::RefreshToken),
            Self::SignUp
            | Self::SendCode
            | Self::ForgotPassword
            | Self::ResetPassword
            | Self::ServerStart
            | Self::ServerStop => None,
        }
    }
}
