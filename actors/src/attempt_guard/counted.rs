//! A record together with the tries that are not in it yet.

use serde::{Deserialize, Serialize};

use super::in_flight::InFlight;

/// What was settled, and what is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted<R> {
    /// What was settled.
    pub(super) record: R,
    /// Admitted, and not settled yet.
    pub(super) in_flight: InFlight,
}

impl<R> Counted<R> {
    /// A record that nothing is under way for.
    pub(super) fn idle(record: R) -> Self {
        Self { record, in_flight: InFlight::default() }
    }
}
