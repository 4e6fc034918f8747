//! What the delivery log tells.

use actix::Message;
use serde::{Deserialize, Serialize};

use super::{DispatchError, Medium};

/// Reads the last deliveries, newest first.
#[derive(Message)]
#[rtype(result = "Result<Vec<DeliveryRecord>, DispatchError>")]
pub struct ReadDeliveries(pub DeliveriesQuery);

/// Which deliveries, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveriesQuery {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those of this medium.
    pub medium: Option<Medium>,
    /// Only those with a smaller id: the page after the one that ended with it.
    pub before: Option<u64>,
    /// No more than this many.
    pub limit: usize,
}

impl Default for DeliveriesQuery {
    /// The last hundred.
    fn default() -> Self {
        Self { state: None, medium: None, before: None, limit: 100 }
    }
}

/// A delivery as an operator may see it: no code, no link, no whole address.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryRecord {
    /// Counts up from 1 with each notice since the start of the process.
    pub id: u64,
    /// How it travels.
    pub medium: Medium,
    /// What it tells.
    pub kind: &'static str,
    /// The recipient, masked (S-79).
    pub to: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Tries so far.
    pub tries: u32,
    /// What became of the last try that failed, in the provider's words; null: none failed.
    pub last_error: Option<String>,
    /// The request that caused it; null where there was none.
    pub request_id: Option<String>,
    /// When it was queued, RFC 3339 UTC.
    pub queued_at: String,
    /// When its state changed last, RFC 3339 UTC.
    pub changed_at: String,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not tried yet.
    Queued,
    /// A try is under way.
    Sending,
    /// A try failed, and there will be another.
    Waiting,
    /// The provider took it.
    Delivered,
    /// It will not be delivered: refused for good, or tried often enough.
    Failed,
    /// It was not delivered before it became worthless.
    Expired,
    /// The provider's answer was lost, and so was that of the one more try.
    PerhapsDelivered,
}

impl DeliveryState {
    /// Its name in logs and metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::PerhapsDelivered => "perhaps_delivered",
        }
    }
}
