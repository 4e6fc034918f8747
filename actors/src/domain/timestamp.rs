//! A moment in wall-clock time.

use std::num::NonZeroU8;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, TimePrecision};
use time::format_description::well_known::{Iso8601, Rfc3339};

/// ISO 8601 as RFC 3339 has it, with milliseconds always: `Rfc3339` leaves out zeros at the end.
const MILLIS: EncodedConfig = Config::DEFAULT
    .set_time_precision(TimePrecision::Second { decimal_digits: NonZeroU8::new(3) })
    .encode();

/// Milliseconds since the Unix epoch, UTC. Kept as an integer so that stores on every machine
/// compare it alike.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the Unix epoch, the unit of JWT claims.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// RFC 3339 in UTC, as `2022-01-16T14:40:00.000Z`. Always of one length (until the year 9999), so
    /// that texts sort as moments do.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let nanos = i128::from(self.0) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .format(&Iso8601::<MILLIS>)
            .unwrap_or_default()
    }

    /// Reads RFC 3339 with any offset; what is finer than a millisecond is cut off. `None`: it is
    /// not that, or before 1970.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let nanos = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
        u64::try_from(nanos.div_euclid(1_000_000)).ok().map(Self)
    }

    /// The moment `by` later.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }

    /// The moment `by` earlier.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }

    /// The time from `earlier` to `self`; zero when `earlier` is in fact later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_is_read_as_it_is_written() {
        for (text, millis) in [
            ("2022-01-16T14:40:00Z", 1_642_344_000_000),
            ("2022-01-16T15:40:00.123456+01:00", 1_642_344_000_123),
            ("1970-01-01T00:00:00Z", 0),
        ] {
            let read = Timestamp::parse_rfc3339(text).unwrap();
            assert_eq!(read.as_millis(), millis, "{text}");
            assert_eq!(Timestamp::parse_rfc3339(&read.to_rfc3339()), Some(read));
        }
        for text in
            ["", "2022-01-16", "1642344000", "1969-12-31T23:59:59.999Z", "2022-13-01T00:00:00Z"]
        {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn texts_sort_as_moments_do() {
        let texts: Vec<String> = [0, 7, 70, 77, 1000, 1_642_344_000_000, 1_642_344_000_010]
            .map(|millis| Timestamp::from_millis(millis).to_rfc3339())
            .into();
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[2], "1970-01-01T00:00:00.070Z");
    }
}
