//! The only place where an error becomes an HTTP answer.
//!
//! Every match here is exhaustive: a new refusal does not compile until it has a status, a code
//! and a sentence. How an answer is dressed (seed body, status body, RFC 9457) is in [`render`].

mod from_errors;
mod render;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;

pub use render::{Dress, render};
pub(crate) use render::{ErrorBody, Rfc9457Body, StatusBody};

/// Every refusal this server gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not one JSON object in UTF-8.
    MalformedJson,
    /// A field is missing, of the wrong type, given twice, or not a valid value.
    InvalidField {
        /// The field's name, as the contract spells it.
        field: &'static str,
        /// What it must be, to follow the name in a sentence. Never the value.
        reason: String,
    },
    /// A field this server does not know is given twice: two readers could disagree on it.
    DuplicateField,
    /// A page of an origin that is not in `server.cors_origins` asks.
    CrossOriginRefused,
    /// The query string is not what the path takes.
    MalformedQuery,
    /// A parameter of the query string is unknown, given twice, or not a valid value.
    InvalidParameter {
        /// Its name, or what stands for it.
        name: Cow<'static, str>,
        /// What is wrong with it, to follow the name in a sentence. Never the value.
        reason: &'static str,
    },
    /// A new password is shorter than the configured minimum.
    PasswordTooShort {
        /// The configured minimum.
        minimum: usize,
    },
    /// A new password is one that many have, or is made of names that everybody knows.
    PasswordTooCommon,
    /// The reset link, the sign-in behind it, the address or the new password will not do.
    ResetRefused,
    /// No token, or one that this endpoint does not accept.
    Unauthorized {
        /// Whether a token was presented at all (RFC 6750 §3.1).
        token_presented: bool,
    },
    /// The e-mail code is wrong, expired, used or unknown.
    SignUpFailed,
    /// Unknown address or wrong password.
    SignInRefused,
    /// The SMS code is wrong, expired, used or unknown.
    VerificationFailed,
    /// No such path.
    NotFound,
    /// The path does not know the method.
    MethodNotAllowed,
    /// The request body did not arrive in time.
    BodyTimeout,
    /// A verified account has the address.
    EmailTaken,
    /// The request body is larger than 16 KiB.
    BodyTooLarge,
    /// The request body is not `application/json`.
    UnsupportedMediaType,
    /// Too many requests, failed sign-ins or messages lately.
    TooManyAttempts {
        /// The time to wait.
        retry_after: Duration,
    },
    /// The last code was sent a moment ago.
    ResendTooSoon {
        /// The time to wait.
        retry_after: Duration,
    },
    /// A bug: the request was given up.
    Internal,
    /// More work than this server takes on. Nothing was done.
    Overloaded,
    /// Something this server depends on does not answer. Nothing was done.
    Unavailable,
    /// The change may or may not have been made.
    OutcomeUnknown,
}

/// What an answer says, however it is dressed.
pub struct Description {
    /// HTTP status.
    pub status: StatusCode,
    /// The stable `X-Error-Code`.
    pub code: &'static str,
    /// One sentence for a person.
    pub sentence: Cow<'static, str>,
    /// What the code means in general, for the API document.
    pub meaning: &'static str,
}

/// Seconds a client is asked to wait when this server cannot know better.
const RETRY_AFTER_OVERLOAD: Duration = Duration::from_secs(1);
const RETRY_AFTER_OUTAGE: Duration = Duration::from_secs(2);

impl Problem {
    /// A field that is not what the contract says.
    pub fn field(field: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidField { field, reason: reason.into() }
    }

    /// Status, code and sentences.
    #[expect(clippy::too_many_lines, reason = "one table, a row for each refusal")]
    #[must_use]
    pub fn describe(&self) -> Description {
        use StatusCode as S;
        let of = |status, code, sentence: &'static str, meaning| Description {
            status,
            code,
            sentence: Cow::Borrowed(sentence),
            meaning,
        };
        match self {
            Self::MalformedJson => of(
                S::BAD_REQUEST,
                "malformed_json",
                "The body must be one JSON object in UTF-8",
                "the body is not one JSON object in UTF-8",
            ),
            Self::InvalidField { field, reason } => Description {
                sentence: Cow::Owned(format!("{field} {reason}")),
                ..of(
                    S::BAD_REQUEST,
                    "invalid_field",
                    "",
                    "a field is missing, of the wrong type, given twice or invalid; the sentence names it",
                )
            },
            Self::DuplicateField => of(
                S::BAD_REQUEST,
                "duplicate_field",
                "A field is given twice",
                "an unknown field is given twice",
            ),
            Self::CrossOriginRefused => of(
                S::FORBIDDEN,
                "cross_origin_refused",
                "Pages of this origin may not call this service",
                "the origin is not configured, or the method or a header is not allowed to it",
            ),
            Self::MalformedQuery => of(
                S::BAD_REQUEST,
                "malformed_query",
                "The query string is not valid",
                "the query string is not valid",
            ),
            Self::InvalidParameter { name, reason } => Description {
                sentence: Cow::Owned(format!("{name} {reason}")),
                ..Self::MalformedQuery.describe()
            },
            Self::PasswordTooShort { minimum } => Description {
                sentence: Cow::Owned(format!(
                    "Password should be more than {} characters",
                    minimum.saturating_sub(1)
                )),
                ..of(S::BAD_REQUEST, "password_too_short", "", "the new password is too short")
            },
            Self::PasswordTooCommon => of(
                S::BAD_REQUEST,
                "password_too_common",
                "Password is too common",
                "many people have the new password, or it is little more than a name, address or \
                 number of its owner or of this service",
            ),
            Self::ResetRefused => of(
                S::BAD_REQUEST,
                "reset_refused",
                "Invalid token or password",
                "the token, the address or the new password will not do",
            ),
            Self::Unauthorized { .. } => of(
                S::UNAUTHORIZED,
                "unauthorized",
                "Unauthorized",
                "no token, or one that this endpoint does not accept",
            ),
            Self::SignUpFailed => of(
                S::UNAUTHORIZED,
                "otp_invalid",
                "Signup Failed",
                "the code is wrong, expired, used or unknown",
            ),
            Self::SignInRefused => of(
                S::UNAUTHORIZED,
                "invalid_credentials",
                "Invalid login credentials",
                "unknown address or wrong password",
            ),
            Self::VerificationFailed => of(
                S::UNAUTHORIZED,
                "otp_invalid",
                "Verification failed",
                "the code is wrong, expired, used or unknown",
            ),
            Self::NotFound => of(S::NOT_FOUND, "not_found", "No such path", "no such path"),
            Self::MethodNotAllowed => of(
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This path does not accept the method; Allow lists those it does",
                "the path does not accept the method",
            ),
            Self::BodyTimeout => of(
                S::REQUEST_TIMEOUT,
                "body_timeout",
                "The request body did not arrive in time",
                "the request body did not arrive in time",
            ),
            Self::EmailTaken => of(
                S::CONFLICT,
                "email_taken",
                "Email address already in use",
                "a verified account has the address",
            ),
            Self::BodyTooLarge => of(
                S::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "The body must not be larger than 16 KiB",
                "the request body is larger than 16 KiB",
            ),
            Self::UnsupportedMediaType => of(
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The Content-Type must be application/json",
                "the request body is not application/json in UTF-8",
            ),
            Self::TooManyAttempts { .. } => of(
                S::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many attempts; try again later",
                "too many requests, failed attempts or messages lately; Retry-After tells when to try again",
            ),
            Self::ResendTooSoon { .. } => of(
                S::TOO_MANY_REQUESTS,
                "resend_too_soon",
                "A code was sent a moment ago; try again later",
                "the cool-down since the last code is not over; Retry-After tells when it is",
            ),
            Self::Internal => of(
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side",
                "a fault of this server",
            ),
            Self::Overloaded => of(
                S::SERVICE_UNAVAILABLE,
                "overloaded",
                "The server is busy; nothing was done, try again",
                "more work than the server takes on; nothing was done",
            ),
            Self::Unavailable => of(
                S::SERVICE_UNAVAILABLE,
                "unavailable",
                "The service is not available at the moment; nothing was done, try again",
                "a dependency does not answer; nothing was done",
            ),
            Self::OutcomeUnknown => of(
                S::SERVICE_UNAVAILABLE,
                "outcome_unknown",
                "The service did not answer in time; the request may have taken effect",
                "the change may or may not have been made",
            ),
        }
    }

    /// What `Retry-After` says, where there is one.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { retry_after } | Self::ResendTooSoon { retry_after } => {
                Some(*retry_after)
            }
            Self::Overloaded => Some(RETRY_AFTER_OVERLOAD),
            Self::Unavailable | Self::OutcomeUnknown => Some(RETRY_AFTER_OUTAGE),
            Self::MalformedJson
            | Self::InvalidField { .. }
            | Self::DuplicateField
            | Self::CrossOriginRefused
            | Self::MalformedQuery
            | Self::InvalidParameter { .. }
            | Self::PasswordTooShort { .. }
            | Self::PasswordTooCommon
            | Self::ResetRefused
            | Self::Unauthorized { .. }
            | Self::SignUpFailed
            | Self::SignInRefused
            | Self::VerificationFailed
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::BodyTimeout
            | Self::EmailTaken
            | Self::BodyTooLarge
            | Self::UnsupportedMediaType
            | Self::Internal => None,
        }
    }

    /// One of each, for the list of codes in the API document.
    #[must_use]
    pub fn catalogue() -> Vec<Self> {
        let retry_after = RETRY_AFTER_OVERLOAD;
        vec![
            Self::MalformedJson,
            Self::InvalidField { field: "", reason: String::new() },
            Self::DuplicateField,
            Self::CrossOriginRefused,
            Self::MalformedQuery,
            Self::PasswordTooShort { minimum: 8 },
            Self::PasswordTooCommon,
            Self::ResetRefused,
            Self::Unauthorized { token_presented: false },
            Self::SignUpFailed,
            Self::SignInRefused,
            Self::NotFound,
            Self::MethodNotAllowed,
            Self::BodyTimeout,
            Self::EmailTaken,
            Self::BodyTooLarge,
            Self::UnsupportedMediaType,
            Self::TooManyAttempts { retry_after },
            Self::ResendTooSoon { retry_after },
            Self::Internal,
            Self::Overloaded,
            Self::Unavailable,
            Self::OutcomeUnknown,
        ]
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe().sentence)
    }
}
