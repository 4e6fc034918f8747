//! One-time codes.

use zeroize::ZeroizeOnDrop;

use crate::runtime::Random;

/// The text is not six ASCII digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a string of 6 digits")]
pub struct InvalidOtpCode;

/// Six decimal digits, leading zeros kept. It has no `Debug` and is wiped on drop.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct OtpCode([u8; Self::DIGITS]);

impl OtpCode {
    /// 20 bits: enough for a code that allows few attempts (S-11).
    pub const DIGITS: usize = 6;

    /// A uniform code from 000000 to 999999 (S-11).
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        Self::from_number(random.below(1_000_000)).unwrap_or(Self(*b"000000"))
    }

    /// Reads six ASCII digits; full-width and other digits are refused.
    pub fn parse(text: &str) -> Result<Self, InvalidOtpCode> {
        let digits: [u8; Self::DIGITS] = text.as_bytes().try_into().map_err(|_| InvalidOtpCode)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(InvalidOtpCode) }
    }

    /// Reads a JSON number, restoring the zeros that it lost.
    pub fn from_number(number: u32) -> Result<Self, InvalidOtpCode> {
        Self::parse(&format!("{number:06}"))
    }

    /// The digits, for sending and for the keyed hash.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Only ASCII digits are ever stored.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::SeededRandom;

    #[test]
    fn numbers_get_their_zeros_back() {
        assert_eq!(OtpCode::from_number(42).unwrap().expose(), "000042");
        assert!(OtpCode::from_number(1_000_000).is_err());
    }

    #[test]
    fn only_six_ascii_digits_are_a_code() {
        assert_eq!(OtpCode::parse("012345").unwrap().expose(), "012345");
        for text in ["", "12345", "1234567", "12345a", "１２３４５６", "12 456", "+12345", "-12345"]
        {
            assert!(OtpCode::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn codes_cover_the_whole_range_evenly() {
        let random = SeededRandom::new(7);
        let mut first_digits = [0_u32; 10];
        for _ in 0..10_000 {
            let code = OtpCode::generate(&random);
            let first = code.expose().bytes().next().unwrap() - b'0';
            first_digits[usize::from(first)] += 1;
        }
        assert!(first_digits.iter().all(|n| (850..1150).contains(n)), "{first_digits:?}");
    }
}
