//! Rates and quotas as a person writes them: "10/1m burst 20", "5/1h".

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use actors::rate_limiter as rules;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Problems;

/// More often than a thousand a millisecond is no limit.
const MAX_COUNT: u32 = 1_000_000;
const PERIODS: [Duration; 2] = [Duration::from_secs(1), Duration::from_hours(31 * 24)];
const RATE: &str = "must be a rate such as \"10/1m\" or \"10/1m burst 20\"";
const QUOTA: &str = "must be a quota such as \"10/1h\"";

/// So many in such a time on average, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(rules::Rate);

/// At most so many in any such time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(rules::Quota);

impl Rate {
    /// As the rate limiter takes it.
    #[must_use]
    pub const fn rule(self) -> rules::Rate {
        self.0
    }

    pub(super) fn check(self, key: &str, problems: &mut Problems) {
        let rules::Rate { count, per, burst } = self.0;
        Quota(rules::Quota { count, per }).check(key, problems);
        problems.require(
            (1..=MAX_COUNT).contains(&burst),
            key,
            format_args!("must have a burst from 1 to {MAX_COUNT}"),
        );
    }
}

impl Quota {
    /// As the rate limiter takes it.
    #[must_use]
    pub const fn rule(self) -> rules::Quota {
        self.0
    }

    pub(super) fn check(self, key: &str, problems: &mut Problems) {
        let rules::Quota { count, per } = self.0;
        problems.require(
            (1..=MAX_COUNT).contains(&count),
            key,
            format_args!("must count from 1 to {MAX_COUNT}"),
        );
        let [min, max] = PERIODS;
        problems.require(
            (min..=max).contains(&per),
            key,
            format_args!(
                "must be per {} to {}",
                humantime::format_duration(min),
                humantime::format_duration(max)
            ),
        );
    }
}

impl FromStr for Quota {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (count, per) = text.split_once('/').ok_or(QUOTA)?;
        let count = count.trim().parse().map_err(|_| QUOTA)?;
        let per = humantime::parse_duration(per.trim()).map_err(|_| QUOTA)?;
        Ok(Self(rules::Quota { count, per }))
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    /// Without a burst, all of the count may come at once.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (quota, burst) = match text.split_once("burst") {
            Some((quota, burst)) => (quota, Some(burst.trim().parse().map_err(|_| RATE)?)),
            None => (text, None),
        };
        let Quota(rules::Quota { count, per }) = quota.parse().map_err(|_| RATE)?;
        Ok(Self(rules::Rate { count, per, burst: burst.unwrap_or(count) }))
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.count, humantime::format_duration(self.0.per))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules::Rate { count, per, burst } = self.0;
        Quota(rules::Quota { count, per }).fmt(f)?;
        if burst == count { Ok(()) } else { write!(f, " burst {burst}") }
    }
}

/// Both are texts in the settings.
macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Rate);
as_text!(Quota);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_quotas_read_as_they_are_written() {
        for (text, count, seconds, burst) in [
            ("10/1m burst 20", 10, 60, 20),
            ("5/1h burst 3", 5, 3600, 3),
            ("30/5m", 30, 300, 30),
            ("60/1m 30s", 60, 90, 60),
        ] {
            let rate: Rate = text.parse().unwrap();
            let per = Duration::from_secs(seconds);
            assert_eq!(rate.rule(), rules::Rate { count, per, burst });
            assert_eq!(rate.to_string(), text);
        }
        assert_eq!("5 / 1h  burst  3".parse::<Rate>().unwrap().to_string(), "5/1h burst 3");
        assert_eq!("10/1day".parse::<Quota>().unwrap().to_string(), "10/1day");
    }

    #[test]
    fn anything_else_is_neither() {
        for text in [
            "",
            "10",
            "/1m",
            "10/",
            "ten/1m",
            "-1/1m",
            "10/1",
            "10/1m burst",
            "10/1m, 20",
            "1/1m x",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text:?}");
            assert!(text.parse::<Quota>().is_err(), "{text:?}");
        }
        assert!("10/1m burst 20".parse::<Quota>().is_err());
    }
}
