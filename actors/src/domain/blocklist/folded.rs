//! Texts as they are compared: lower-cased, in NFC.

use std::ops::Deref;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Most bytes of one UTF-8 byte after lower-casing and NFC (UAX #15: 3 times; lower-casing
/// grows `İ` by a half): with this room a string never grows, which would leave a copy behind.
const GROWTH: usize = 6;

/// A folded text, wiped when dropped: it may be a password.
pub(super) struct Folded(Zeroizing<String>);

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Zeroizing::new(String::with_capacity(text.len() * GROWTH));
        folded.extend(text.chars().flat_map(char::to_lowercase).nfc());
        Self(folded)
    }

    /// Its letters and digits only, without accents: neither these nor punctuation hide a name.
    pub(super) fn bare(&self) -> Self {
        let mut bare = Zeroizing::new(String::with_capacity(self.len() * GROWTH));
        bare.extend(self.nfd().filter(|c| c.is_alphanumeric()));
        Self(bare)
    }

    /// The text with a space in the place of each `word`, which must not be empty.
    pub(super) fn without(&self, word: &str) -> Self {
        let mut rest = Zeroizing::new(String::with_capacity(self.len() + 1));
        for piece in self.split(word) {
            rest.push_str(piece);
            rest.push(' ');
        }
        rest.pop();
        Self(rest)
    }
}

impl Deref for Folded {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
