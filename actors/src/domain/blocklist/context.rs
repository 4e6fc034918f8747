//! Passwords made of words that everybody knows about their owner or the service.

use super::Folded;
use crate::domain::PhoneNumber;

/// Shorter words are in too many good passwords.
const MIN_WORD: usize = 4;
/// Fewer letters and digits beside such a word add nothing: "john" and "!1x".
const MIN_REST: usize = 4;
/// Digits alone add as little as a date does: "john" and "31121999".
const MAX_DIGITS: usize = 8;
/// The end of a phone number, which every way of writing it has.
const PHONE_DIGITS: usize = 8;

/// Known words: letters and digits only, folded, without accents.
#[derive(Clone, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Adds `name` as a whole and each of its words.
    pub(super) fn add(&mut self, name: &str) {
        let folded = Folded::of(name);
        self.add_word(&folded.bare());
        for word in folded.split(|c: char| !c.is_alphanumeric()) {
            self.add_word(&Folded::of(word).bare());
        }
    }

    /// Adds the digits that a number has however its country is written.
    pub(super) fn add_phone(&mut self, phone: &PhoneNumber) {
        let number = phone.e164();
        self.add_word(number.get(number.len().saturating_sub(PHONE_DIGITS)..).unwrap_or(number));
    }

    fn add_word(&mut self, word: &str) {
        if word.chars().count() >= MIN_WORD {
            self.0.push(word.to_owned());
        }
    }

    /// Whether `password` holds a known word and little else: fewer than 4 letters and digits,
    /// or at most 8 digits.
    pub(super) fn make_up(&self, password: &Folded) -> bool {
        let password = password.bare();
        let mut known: Vec<&str> = self.0.iter().map(String::as_str).collect();
        // The longest first: "johnson" is not "john" and "son".
        known.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        let (mut rest, mut found) = (password, false);
        for word in known {
            if rest.contains(word) {
                (rest, found) = (rest.without(word), true);
            }
        }
        let left = rest.chars().filter(|c| !c.is_whitespace());
        let (letters, digits) = left.fold((0, 0), |(letters, digits), c| {
            if c.is_numeric() { (letters, digits + 1) } else { (letters + 1, digits) }
        });
        found && (letters + digits < MIN_REST || letters == 0 && digits <= MAX_DIGITS)
    }
}
