//! What the notification dispatch understands.

use actix::Message;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Span;

use crate::domain::{EmailAddress, Language, OtpCode, PersonName, PhoneNumber, Timestamp};
use crate::runtime::{AskError, current_request};

/// Why the dispatch refused or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// The queue is full. Nothing was queued (S-89).
    #[error("too many notices are waiting to be sent")]
    QueueFull,
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// Something to tell a person. It has no `Debug`: codes and links are secrets.
#[derive(Clone)]
pub enum Notice {
    /// The code that proves an e-mail address at sign-up.
    SignUpCode {
        /// The address to prove.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
        /// The code.
        code: OtpCode,
        /// Minutes until the code dies.
        valid_minutes: u64,
    },
    /// Somebody tried to sign up with the address of an account.
    AlreadyRegistered {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
    },
    /// The link that lets its reader choose a new password.
    PasswordResetLink {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
        /// The whole link, with its token.
        link: SecretString,
        /// Minutes until the link dies.
        valid_minutes: u64,
    },
    /// The password was changed and every session signed out (S-62).
    PasswordChanged {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
    },
    /// The code that proves a phone number.
    PhoneCode {
        /// The number to prove.
        to: PhoneNumber,
        /// The code.
        code: OtpCode,
        /// Minutes until the code dies.
        valid_minutes: u64,
    },
    /// A phone number was proved and recorded.
    PhoneVerified {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
        /// The number; the mail tells its last digits only.
        number: PhoneNumber,
        /// When.
        at: Timestamp,
    },
    /// An outdated refresh token was used again, and its session ended (S-31, S-107).
    RefreshReuse {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
        /// When.
        at: Timestamp,
    },
    /// A sign-in succeeded after many failures in a row (S-107).
    SignInAfterFailures {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
        /// How many.
        failures: u32,
        /// When it succeeded.
        at: Timestamp,
    },
}

/// Asks for a place in the queue before there is a notice to put there: so a full queue refuses
/// whoever may get one and whoever will not alike (S-50), and before anything is done (S-89).
#[derive(Message)]
#[rtype(result = "Result<NoticePlace, DispatchError>")]
pub struct ReservePlace;

/// A place in the queue. Dropping it frees it.
pub struct NoticePlace(pub(super) OwnedSemaphorePermit);

/// Gives a place back unused: for a caller who must not be seen to have had no notice (S-50).
#[derive(Message)]
#[rtype(result = "Result<(), DispatchError>")]
pub struct ReturnPlace(pub NoticePlace);

/// Queues a notice. The answer means "queued"; delivery follows, with retries.
#[derive(Message)]
#[rtype(result = "Result<(), DispatchError>")]
pub struct QueueNotice {
    /// The notice.
    pub(super) notice: Notice,
    /// The language to write it in, if there are words for it in that language.
    pub(super) language: Language,
    /// The request that caused it.
    pub(super) request_id: Option<String>,
    /// What the delivery's log lines belong to.
    pub(super) request: Span,
    /// Its place, if it has one already.
    pub(super) place: Option<NoticePlace>,
}

impl QueueNotice {
    /// A notice on behalf of the present request: the delivery, whenever it takes place, is logged
    /// within the request's span and listed under its id.
    #[must_use]
    pub fn new(notice: Notice, language: Language) -> Self {
        let (request_id, request) = (current_request(), Span::current());
        Self { notice, language, request_id, request, place: None }
    }

    /// It takes a place that was reserved, and so finds room.
    #[must_use]
    pub fn in_place(self, place: NoticePlace) -> Self {
        Self { place: Some(place), ..self }
    }
}

/// Reads the development inbox, newest first. Empty where no channel is an inbox.
#[derive(Message)]
#[rtype(result = "Result<Vec<InboxMessage>, DispatchError>")]
pub struct ReadInbox {
    /// Only messages to this address or number, as it would be written on the envelope.
    pub to: Option<String>,
}

/// Reads one message of the development inbox.
#[derive(Message)]
#[rtype(result = "Result<Option<InboxMessage>, DispatchError>")]
pub struct FindInboxMessage {
    /// Its [`InboxMessage::id`].
    pub id: u64,
}

/// A message as it would have been sent. Serialised for the development inbox only.
#[derive(Clone, Serialize)]
pub struct InboxMessage {
    /// Counts up from 1.
    pub id: u64,
    /// How it would have travelled.
    pub channel: Medium,
    /// Address or number.
    pub to: String,
    /// Subject line; null for SMS.
    pub subject: Option<String>,
    /// Plain text.
    pub text: String,
    /// HTML alternative, if any.
    pub html: Option<String>,
    /// The one-time code in it, if any.
    pub code: Option<String>,
    /// The reset link in it, if any.
    pub link: Option<String>,
    /// When it was delivered, RFC 3339 UTC.
    pub at: String,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
}

impl Medium {
    /// Its name in logs and metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}
