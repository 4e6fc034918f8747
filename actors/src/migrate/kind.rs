//! What is moved, and how far that is.

use std::fmt;

/// A kind of entity, in the order in which they are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Accounts.
    Users,
    /// Accounts with a session or an epoch.
    Sessions,
    /// Sessions that were ended while tokens of theirs may be in circulation.
    EndedSessions,
    /// Sign-in failures of an account.
    SignInFailures,
    /// The client addresses that an account signs in from.
    KnownClients,
    /// Wrong guesses of codes.
    GuessBudgets,
    /// Sign-up notices that were sent.
    SignUpNotices,
}

/// What is being done to a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Making sure that the target holds nothing.
    CheckEmpty,
    /// Copying.
    Move,
    /// Reading both sides.
    Verify,
}

/// How far a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// To what.
    pub kind: Kind,
    /// To how many of them so far.
    pub done: u64,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Users => "accounts",
            Self::Sessions => "accounts with sessions",
            Self::EndedSessions => "ended sessions",
            Self::SignInFailures => "sign-in failures",
            Self::KnownClients => "known client addresses",
            Self::GuessBudgets => "guess budgets",
            Self::SignUpNotices => "sign-up notices",
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CheckEmpty => "looking at the target's",
            Self::Move => "moving",
            Self::Verify => "verifying",
        })
    }
}

impl Kind {
    /// Whether a store may list the same one twice. MongoDB writes ended sessions that leave a long
    /// list to their new place first.
    pub(super) fn may_repeat(self) -> bool {
        self == Self::EndedSessions
    }
}
