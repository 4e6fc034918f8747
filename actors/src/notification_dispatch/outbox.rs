//! News: notices that must not be lost with the process, as the outbox keeps them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Notice;
use super::retry::History;
use crate::domain::{EmailAddress, Language, OutboxId, PersonName, PhoneNumber, Timestamp};

/// How long a process may hold an entry before another may take it for lost. Longer than
/// [`HOLD`] and a last try together.
pub(super) const LEASE: Duration = Duration::from_mins(2);
/// How long an entry waits in memory, for its turn or to be tried again, before it goes back.
pub(super) const HOLD: Duration = Duration::from_mins(1);

/// A notice that holds no secret and stays true: it is kept on disk until it is delivered. The
/// order of kinds and fields is the stored shape: append only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// [`Notice::AlreadyRegistered`].
    AlreadyRegistered {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
    },
    /// [`Notice::PasswordChanged`].
    PasswordChanged {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
    },
    /// [`Notice::PhoneVerified`].
    PhoneVerified {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
        /// The number.
        number: PhoneNumber,
        /// When.
        at: Timestamp,
    },
    /// [`Notice::RefreshReuse`].
    RefreshReuse {
        /// The account's address.
        to: EmailAddress,
        /// Whom to greet.
        first_name: PersonName,
        /// When.
        at: Timestamp,
    },
    /// [`Notice::SignInAfterFailures`].
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

/// News in the outbox, held by whoever claimed it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutboxEntry {
    /// Random.
    pub(crate) id: OutboxId,
    /// What to tell.
    pub(crate) news: News,
    /// The language to tell it in.
    pub(crate) language: Language,
    /// The request that caused it.
    pub(crate) request_id: Option<String>,
    /// When that was.
    pub(crate) queued_at: Timestamp,
    /// When it is given up.
    pub(crate) valid_until: Timestamp,
    /// Tries so far, and whether one may have delivered it.
    pub(crate) history: History,
    /// How often it has been claimed: the present claim's number.
    pub(crate) claim: u32,
}

impl News {
    /// The news in `notice`; none when it brings a code or a link. Those are secrets, die within
    /// minutes, and can be asked for again.
    pub(super) fn of(notice: &Notice) -> Option<Self> {
        match notice.clone() {
            Notice::AlreadyRegistered { to, first_name } => {
                Some(Self::AlreadyRegistered { to, first_name })
            }
            Notice::PasswordChanged { to, first_name } => {
                Some(Self::PasswordChanged { to, first_name })
            }
            Notice::PhoneVerified { to, first_name, number, at } => {
                Some(Self::PhoneVerified { to, first_name, number, at })
            }
            Notice::RefreshReuse { to, first_name, at } => {
                Some(Self::RefreshReuse { to, first_name, at })
            }
            Notice::SignInAfterFailures { to, first_name, failures, at } => {
                Some(Self::SignInAfterFailures { to, first_name, failures, at })
            }
            Notice::SignUpCode { .. }
            | Notice::PasswordResetLink { .. }
            | Notice::PhoneCode { .. } => None,
        }
    }
}

impl From<News> for Notice {
    fn from(news: News) -> Self {
        match news {
            News::AlreadyRegistered { to, first_name } => {
                Self::AlreadyRegistered { to, first_name }
            }
            News::PasswordChanged { to, first_name } => Self::PasswordChanged { to, first_name },
            News::PhoneVerified { to, first_name, number, at } => {
                Self::PhoneVerified { to, first_name, number, at }
            }
            News::RefreshReuse { to, first_name, at } => Self::RefreshReuse { to, first_name, at },
            News::SignInAfterFailures { to, first_name, failures, at } => {
                Self::SignInAfterFailures { to, first_name, failures, at }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification_dispatch::kind::Kind;
    use crate::notification_dispatch::templates::samples;

    #[test]
    fn what_brings_a_secret_is_no_news_and_everything_else_is() {
        for notice in Kind::ALL.into_iter().flat_map(samples) {
            let brings_a_secret = notice.code().is_some() || notice.link().is_some();
            assert_eq!(News::of(&notice).is_none(), brings_a_secret, "{}", notice.kind().name());
        }
    }

    #[test]
    fn news_are_the_same_notice_again() {
        for notice in Kind::ALL.into_iter().flat_map(samples) {
            let Some(news) = News::of(&notice) else { continue };
            let again = Notice::from(news.clone());
            assert_eq!((again.kind(), again.to()), (notice.kind(), notice.to()));
            assert_eq!(News::of(&again), Some(news));
        }
    }
}
