//! Numbers for development and for the reviewers of app stores.

use std::collections::HashMap;
use std::sync::Arc;

use super::{OtpCode, PhoneNumber, Timestamp};

/// A number that nobody owns, with the code that proves it.
#[derive(Clone)]
pub struct TestNumber {
    /// The number.
    pub number: PhoneNumber,
    /// Its code, always the same.
    pub code: OtpCode,
    /// From this moment on the number has no code; `None` for never.
    pub until: Option<Timestamp>,
}

/// The test numbers of a server. Nothing is ever sent to them, not even when their time is over:
/// clones share them.
#[derive(Clone, Default)]
pub struct TestNumbers(Arc<HashMap<String, TestNumber>>);

impl TestNumbers {
    /// Whether `e164`, as on an envelope, is one of them.
    #[must_use]
    pub fn contains(&self, e164: &str) -> bool {
        self.0.contains_key(e164)
    }

    /// The fixed code of `number`, if it has one `now`.
    #[must_use]
    pub fn code(&self, number: &PhoneNumber, now: Timestamp) -> Option<OtpCode> {
        let test = self.0.get(number.e164())?;
        let is_over = test.until.is_some_and(|until| now >= until);
        (!is_over).then(|| test.code.clone())
    }
}

impl FromIterator<TestNumber> for TestNumbers {
    fn from_iter<I: IntoIterator<Item = TestNumber>>(numbers: I) -> Self {
        let keyed = numbers.into_iter().map(|test| (test.number.e164().to_owned(), test));
        Self(Arc::new(keyed.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_fixed_until_its_time_is_over() {
        let number = |text| PhoneNumber::parse(text).unwrap();
        let (always, limited, other) =
            (number("+2348012345678"), number("+14155552671"), number("+2348012345679"));
        let end = Timestamp::from_secs(1000);
        let test = |number: &PhoneNumber, code, until| TestNumber {
            number: number.clone(),
            code: OtpCode::parse(code).unwrap(),
            until,
        };
        let numbers: TestNumbers =
            [test(&always, "424242", None), test(&limited, "000000", Some(end))]
                .into_iter()
                .collect();
        let code = |number, now| {
            numbers.code(number, Timestamp::from_millis(now)).map(|code| code.expose().to_owned())
        };
        assert_eq!(code(&always, u64::MAX).as_deref(), Some("424242"));
        assert_eq!(code(&limited, 999_999).as_deref(), Some("000000"));
        assert_eq!(code(&limited, 1_000_000), None);
        assert_eq!(code(&other, 0), None);
        assert!(numbers.contains("+14155552671") && !numbers.contains("+2348012345679"));
    }
}
