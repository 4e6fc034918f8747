//! Plaintext passwords: normalised once, wiped when dropped, never shown.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroize;

/// S-04. The byte cap bounds the work of normalising; the code-point cap is the documented rule.
const MAX_BYTES: usize = 1024;
const MAX_CODE_POINTS: usize = 128;

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Fewer code points than the configured minimum.
    #[error("should be more than {} characters", .minimum - 1)]
    TooShort {
        /// The configured minimum, 8 or more.
        minimum: usize,
    },
    /// More than 128 code points or 1024 bytes.
    #[error("must have at most 128 characters and 1024 bytes")]
    TooLong,
    /// A C0 control or DEL.
    #[error("must not contain control characters")]
    ControlCharacter,
}

/// A password in Unicode NFC (S-05), never truncated. It has no `Debug` and is wiped on drop.
#[derive(Clone)]
pub struct Password {
    normalised: SecretString,
    /// Where that is another text.
    as_typed: Option<SecretString>,
}

impl Password {
    /// A password being chosen: every rule applies.
    pub fn choose(text: &SecretString, minimum: usize) -> Result<Self, InvalidPassword> {
        let password = Self::present(text)?;
        if password.expose().chars().count() < minimum {
            return Err(InvalidPassword::TooShort { minimum });
        }
        Ok(Self { as_typed: None, ..password })
    }

    /// A password being presented at sign-in. A short one is merely wrong, not malformed; the
    /// upper bounds hold here too, because they bound the work (S-04).
    pub fn present(text: &SecretString) -> Result<Self, InvalidPassword> {
        let text = text.expose_secret();
        if text.len() > MAX_BYTES {
            return Err(InvalidPassword::TooLong);
        }
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(InvalidPassword::ControlCharacter);
        }
        // Room for the longest expansion of NFC (UAX #15: 3 times), so that growing never
        // leaves an unwiped copy behind.
        let mut normalised = String::with_capacity(MAX_BYTES * 3);
        normalised.extend(text.nfc());
        if normalised.chars().count() > MAX_CODE_POINTS || normalised.len() > MAX_BYTES {
            normalised.zeroize();
            return Err(InvalidPassword::TooLong);
        }
        let as_typed = (normalised != text).then(|| SecretString::from(text));
        let exact = SecretString::from(normalised.as_str());
        normalised.zeroize();
        Ok(Self { normalised: exact, as_typed })
    }

    /// The normalised text, for hashing only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.normalised.expose_secret()
    }

    /// The normalised text, and what was typed where that differs: other systems did not
    /// normalise before they hashed. For verifying only.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        let as_typed = self.as_typed.as_ref().map(ExposeSecret::expose_secret);
        std::iter::once(self.expose()).chain(as_typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<Password, InvalidPassword> {
        Password::choose(&SecretString::from(text), 8)
    }

    #[test]
    fn seven_characters_are_too_few_and_eight_are_enough() {
        assert_eq!(choose("1234567").err(), Some(InvalidPassword::TooShort { minimum: 8 }));
        assert!(choose("12345678").is_ok());
        assert_eq!(
            InvalidPassword::TooShort { minimum: 8 }.to_string(),
            "should be more than 7 characters",
        );
    }

    /// S-04.
    #[test]
    fn length_counts_code_points_not_bytes() {
        assert!(choose(&"ü".repeat(8)).is_ok());
        assert!(choose(&"ü".repeat(128)).is_ok());
        assert_eq!(choose(&"ü".repeat(129)).err(), Some(InvalidPassword::TooLong));
        assert_eq!(choose(&"😀".repeat(7)).err(), Some(InvalidPassword::TooShort { minimum: 8 }));
        assert_eq!(choose(&"a".repeat(1025)).err(), Some(InvalidPassword::TooLong));
    }

    /// S-05.
    #[test]
    fn composed_and_decomposed_spellings_are_the_same_password() {
        assert_eq!(
            choose("pässword").unwrap().expose(),
            choose("pa\u{308}ssword").unwrap().expose()
        );
    }

    #[test]
    fn what_was_typed_is_kept_for_verifying_only_and_only_where_it_differs() {
        let present = |text| Password::present(&SecretString::from(text)).unwrap();
        let spellings =
            |password: Password| password.spellings().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(spellings(present("pässword")), ["pässword"]);
        assert_eq!(spellings(present("pa\u{308}ssword")), ["pässword", "pa\u{308}ssword"]);
        assert_eq!(spellings(choose("pa\u{308}ssword").unwrap()), ["pässword"]);
    }

    /// S-10. A derived `Debug` anywhere around these would not compile either.
    #[test]
    fn passwords_and_their_hashes_cannot_be_printed() {
        trait Ambiguous<Marker> {
            fn check() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + std::fmt::Debug> Ambiguous<u8> for T {}
        // Compiles only while exactly one of the two applies.
        <Password as Ambiguous<_>>::check();
        <crate::domain::PasswordHash as Ambiguous<_>>::check();
        <crate::password_hasher::Peppers as Ambiguous<_>>::check();
    }

    /// S-05.
    #[test]
    fn spaces_are_significant_and_controls_are_refused() {
        assert_eq!(choose("  pass word  ").unwrap().expose(), "  pass word  ");
        for text in ["pass\0word", "pass\nword", "pass\tword", "pass\u{7f}word"] {
            assert_eq!(choose(text).err(), Some(InvalidPassword::ControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn a_short_password_may_be_presented_but_a_long_one_not() {
        assert!(Password::present(&SecretString::from("x")).is_ok());
        assert!(Password::present(&SecretString::from("x".repeat(129))).is_err());
    }
}
