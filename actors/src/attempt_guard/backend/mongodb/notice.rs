//! When somebody was last told of a sign-up with their address (S-50).

use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};

use super::document::{Operations, State, count, object};
use crate::attempt_guard::backend::NOTICE_EVERY;
use crate::attempt_guard::clocks::believed;
use crate::domain::Timestamp;

/// The default was never told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notice {
    told_at: Timestamp,
}

impl Notice {
    pub(super) fn of(told_at: Timestamp) -> Self {
        Self { told_at }
    }

    /// Whether they may be told now; if so, they are.
    pub(super) fn allow(self, now: Timestamp) -> (Self, bool) {
        let told_at = believed(self.told_at, now);
        if now < told_at.after(NOTICE_EVERY) {
            return (Self { told_at }, false);
        }
        (Self { told_at: now }, true)
    }

    pub(super) fn told_at(self) -> Timestamp {
        self.told_at
    }
}

impl State for Notice {
    type Stored = Self;
    const COLLECTION: &'static str = "guard_notices";
    const OPERATIONS: Operations = Operations {
        read: "guard_notices.read",
        write: "guard_notices.write",
        trim: "guard_notices.trim",
    };

    fn json_schema() -> Document {
        object(doc! { "told_at": count() })
    }

    fn store(&self) -> Self {
        *self
    }

    fn restore(stored: Self) -> Self {
        stored
    }
}
