//! The section `delivery`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Problems, encoding};

/// From the shortest outage worth surviving to a week: nobody acts on older news.
const KEEP_NEWS: [Duration; 2] = [Duration::from_mins(1), Duration::from_hours(7 * 24)];

/// The section `delivery`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct DeliverySettings {
    pub queue: usize,
    pub lanes: usize,
    #[serde(with = "encoding::duration")]
    pub keep_news: Duration,
}

impl DeliverySettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require_within("delivery.queue", self.queue, &(1..=1_000_000));
        problems.require_within("delivery.lanes", self.lanes, &(1..=64));
        let [min, max] = KEEP_NEWS;
        problems.require_time_within("delivery.keep_news", self.keep_news, &(min..=max));
    }
}
