//! Phone numbers in E.164.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest spelling of an international number worth parsing.
const MAX_INPUT: usize = 32;

/// The text is not a valid international number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a valid phone number in international form, like +2348012345678")]
pub struct InvalidPhone;

/// A valid number of a geographic country, in E.164 (`+` and at most 15 digits, S-20).
///
/// Satellite, premium international and global-service prefixes (+882, +979, …) belong to no
/// country and are refused.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PhoneNumber {
    e164: String,
    country: String,
}

impl PhoneNumber {
    /// Parses a number that starts with `+`; separators are allowed.
    pub fn parse(text: &str) -> Result<Self, InvalidPhone> {
        if text.len() > MAX_INPUT || !text.starts_with('+') {
            return Err(InvalidPhone);
        }
        let number = phonenumber::parse(None, text).map_err(|_| InvalidPhone)?;
        let country = number.country().id().ok_or(InvalidPhone)?;
        if !number.is_valid() || number.extension().is_some() {
            return Err(InvalidPhone);
        }
        let e164 = number.format().mode(phonenumber::Mode::E164).to_string();
        Ok(Self { e164, country: country.as_ref().to_owned() })
    }

    /// A number for samples. Not parsed: that loads the numbering plans of the world, and a server
    /// starts without them.
    pub(crate) fn example() -> Self {
        Self { e164: "+2348012345678".to_owned(), country: "NG".to_owned() }
    }

    /// `+` and digits.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// ISO 3166-1 alpha-2 code of the number's country, in upper case.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The number without its last four digits: what ten thousand adjacent numbers have in common.
    #[must_use]
    pub fn block(&self) -> &str {
        self.e164.get(..self.e164.len().saturating_sub(4)).unwrap_or_default()
    }

    /// The country prefix's first digits and the last two: enough to recognise, not to call.
    #[must_use]
    pub fn masked(&self) -> String {
        let (start, end) = (self.e164.get(..3), self.e164.get(self.e164.len() - 2..));
        format!("{}***{}", start.unwrap_or("+"), end.unwrap_or_default())
    }
}

impl fmt::Debug for PhoneNumber {
    /// Masked: a number is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_number_are_one_number() {
        for text in ["+2348012345678", "+234 801 234 5678", "+234-801-234-5678"] {
            let phone = PhoneNumber::parse(text).unwrap();
            assert_eq!((phone.e164(), phone.country()), ("+2348012345678", "NG"));
        }
    }

    #[test]
    fn the_example_is_what_parsing_its_text_yields() {
        let example = PhoneNumber::example();
        assert_eq!(PhoneNumber::parse(example.e164()), Ok(example));
    }

    #[test]
    fn adjacent_numbers_share_a_block() {
        let block = |text| PhoneNumber::parse(text).unwrap().block().to_owned();
        assert_eq!(block("+2348012345678"), "+234801234");
        assert_eq!(block("+2348012345678"), block("+2348012349999"));
        assert_ne!(block("+2348012345678"), block("+2348012355678"));
    }

    #[test]
    fn invalid_and_placeless_numbers_are_refused() {
        for text in [
            "",
            "+",
            "2348012345678",
            "08012345678",
            "+1 555 0100",
            "+999123456789",
            "+88213123456",
            "+979123456789",
            "+2348012345678;ext=5",
            "+２３４８０１２３４５６７８",
            "+23480\n12345678",
            &format!("+{}", "1".repeat(40)),
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(InvalidPhone), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_e164(text in "\\+[0-9 ()-]{1,20}") {
            if let Ok(phone) = PhoneNumber::parse(&text) {
                let digits = phone.e164().strip_prefix('+').unwrap();
                prop_assert!((7..=15).contains(&digits.len()) && !digits.starts_with('0'));
                prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()));
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = PhoneNumber::parse(&text);
        }
    }
}
