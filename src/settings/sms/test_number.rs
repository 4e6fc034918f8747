//! Entries of `sms.test_numbers`.

use std::collections::BTreeSet;
use std::fmt;

use actors::domain::{OtpCode, PhoneNumber, TestNumber, Timestamp};
use serde::{Deserialize, Serialize};
use time::{Date, Month};

use crate::settings::{Problems, Profile};

const KEY: &str = "sms.test_numbers";

/// The text is no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "each must be a number, its code of 6 digits and, if it is to end, its last day: \
     \"+14155552671 424242 2027-01-31\""
)]
pub struct InvalidTestNumber;

/// "NUMBER CODE" or "NUMBER CODE LAST-DAY".
///
/// The code is no secret: it proves a number that nobody owns.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct TestNumberEntry {
    pub(super) number: PhoneNumber,
    code: OtpCode,
    /// In UTC, the whole day.
    last_day: Option<Date>,
}

impl TestNumberEntry {
    pub(super) fn test_number(&self) -> TestNumber {
        TestNumber {
            number: self.number.clone(),
            code: self.code.clone(),
            until: self.last_day.map(end_of),
        }
    }

    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.last_day.is_some_and(|day| now >= end_of(day))
    }
}

/// What the entries may not be, all together.
pub(super) fn check(entries: &[TestNumberEntry], profile: Profile, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let number = entry.number.e164();
        problems.require(seen.insert(number), KEY, format_args!("{number} is there twice"));
        problems.require(
            !profile.is_production() || entry.last_day.is_some(),
            KEY,
            format_args!("{number} must have a last day in production"),
        );
    }
}

impl TryFrom<String> for TestNumberEntry {
    type Error = InvalidTestNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut words = text.split_whitespace();
        let (number, code) = (words.next(), words.next());
        let (Some(number), Some(code)) = (number, code) else { return Err(InvalidTestNumber) };
        let last_day = match words.next() {
            Some(day) => Some(parse_day(day).ok_or(InvalidTestNumber)?),
            None => None,
        };
        if words.next().is_some() {
            return Err(InvalidTestNumber);
        }
        let number = PhoneNumber::parse(number).map_err(|_| InvalidTestNumber)?;
        let code = OtpCode::parse(code).map_err(|_| InvalidTestNumber)?;
        Ok(Self { number, code, last_day })
    }
}

impl From<TestNumberEntry> for String {
    fn from(entry: TestNumberEntry) -> Self {
        entry.to_string()
    }
}

impl fmt::Display for TestNumberEntry {
    /// As it is written in the settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number.e164(), self.code.expose())?;
        self.last_day.map_or(Ok(()), |day| write!(f, " {day}"))
    }
}

impl fmt::Debug for TestNumberEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestNumberEntry({self})")
    }
}

/// "2027-01-31".
fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// The moment at which `day` is over.
fn end_of(day: Date) -> Timestamp {
    let next = day.next_day().unwrap_or(day);
    let seconds = next.midnight().assume_utc().unix_timestamp();
    Timestamp::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TestNumberEntry, InvalidTestNumber> {
        TestNumberEntry::try_from(text.to_owned())
    }

    #[test]
    fn an_entry_is_a_number_a_code_and_perhaps_a_last_day() {
        for text in ["+14155552671 424242", "+14155552671 000000 2028-02-29"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "+14155552671",
            "424242 +14155552671",
            "+1 555 0100 424242",
            "+14155552671 42424",
            "+14155552671 424242 2027-02-29",
            "+14155552671 424242 2027-1-31",
            "+14155552671 424242 31.01.2027",
            "+14155552671 424242 2027-01-31T00:00",
            "+14155552671 424242 2027-01-31 x",
        ] {
            assert_eq!(parse(text), Err(InvalidTestNumber), "{text}");
        }
    }

    #[test]
    fn the_last_day_is_a_whole_one() {
        let entry = parse("+14155552671 424242 2022-01-16").unwrap();
        let end = Timestamp::from_secs(1_642_377_600);
        assert_eq!(entry.test_number().until, Some(end));
        assert!(entry.is_expired(end));
        assert!(!entry.is_expired(Timestamp::from_millis(end.as_millis() - 1)));
        assert!(!parse("+14155552671 424242").unwrap().is_expired(Timestamp::from_secs(u64::MAX)));
    }
}
