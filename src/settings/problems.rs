//! Everything that is wrong with the settings, to be mended in one go.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::encoding::Written;

/// At least one reason not to start, each with the key, variable or file it is about.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

#[derive(Debug)]
struct Problem {
    subject: String,
    message: String,
}

impl Problems {
    /// Notes that something is wrong with `subject`.
    pub(super) fn add(&mut self, subject: impl Into<String>, message: impl fmt::Display) {
        self.0.push(Problem { subject: subject.into(), message: message.to_string() });
    }

    /// Takes over all of `others`.
    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Notes `message` unless `holds`.
    pub(super) fn require(&mut self, holds: bool, key: &str, message: impl fmt::Display) {
        if !holds {
            self.add(key, message);
        }
    }

    /// Requires a number within bounds.
    pub(super) fn require_within<T>(&mut self, key: &str, value: T, bounds: &RangeInclusive<T>)
    where
        T: PartialOrd + fmt::Display + Copy,
    {
        let (min, max) = (bounds.start(), bounds.end());
        self.require(bounds.contains(&value), key, format_args!("must be from {min} to {max}"));
    }

    /// Requires a time within bounds.
    pub(super) fn require_time_within(
        &mut self,
        key: &str,
        value: Duration,
        bounds: &RangeInclusive<Duration>,
    ) {
        let (min, max) = (Written(*bounds.start()), Written(*bounds.end()));
        self.require(bounds.contains(&value), key, format_args!("must be from {min} to {max}"));
    }

    /// Requires whole seconds within bounds: the times in tokens know nothing finer.
    pub(super) fn require_seconds_within(
        &mut self,
        key: &str,
        value: Duration,
        bounds: &RangeInclusive<Duration>,
    ) {
        self.require_time_within(key, value, bounds);
        self.require(value.subsec_nanos() == 0, key, "must be a whole number of seconds");
    }

    /// An error if there is any problem.
    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    /// One line per problem: `tokens.access_ttl: must be from 1s to 1h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{}: {}", problem.subject, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
