//! Why an attempt to deliver failed: what follows from it, and what the other side said.

use std::fmt;
use std::time::Duration;

/// Longest kept text, in characters: the first line of any real answer fits.
const LONGEST_DETAIL: usize = 200;
/// A run of digits this long is a code, a number or an account, not a status: SMTP's have three
/// digits, Twilio's five.
const SHORTEST_SECRET: usize = 6;
/// What stands where something was left out.
const LEFT_OUT: char = '…';

/// What follows from a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// Not delivered; a later attempt may succeed.
    #[error("not delivered for now")]
    Transient {
        /// How long the other side asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The other side may have taken the message: its answer was lost.
    #[error("perhaps delivered")]
    Ambiguous,
    /// Not delivered, and it never will be.
    #[error("refused for good")]
    Permanent,
}

/// A failed attempt. It can be logged and shown to an operator: neither recipient nor secret is
/// in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryFailure {
    /// Decides whether there is another attempt.
    pub(crate) kind: DeliveryError,
    detail: String,
}

impl DeliveryFailure {
    /// `words` are what the other side, or the network, said: its first 200 characters are kept,
    /// without line breaks, addresses, links and long numbers, which servers like to repeat.
    pub(crate) fn new(kind: DeliveryError, words: impl fmt::Display) -> Self {
        Self { kind, detail: without_secrets(&words.to_string()) }
    }
}

/// For channels that have nothing to quote.
impl From<DeliveryError> for DeliveryFailure {
    fn from(kind: DeliveryError) -> Self {
        Self { kind, detail: String::new() }
    }
}

impl fmt::Display for DeliveryFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => self.kind.fmt(f),
            detail => write!(f, "{}: {detail}", self.kind),
        }
    }
}

fn without_secrets(words: &str) -> String {
    // Left out before cut, so that no half of an address is taken for a harmless word. Bounded
    // first, so that an endless answer costs nothing.
    let bounded: String = words.chars().take(LONGEST_DETAIL * 10).collect();
    let mut kept = String::new();
    for word in bounded.split(|c: char| c.is_control() || c.is_whitespace()) {
        let word: String = word.chars().filter(|c| !is_invisible(*c)).collect();
        if word.is_empty() {
            continue;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        if word.contains('@') || word.contains("://") {
            kept.push(LEFT_OUT);
        } else {
            without_numbers(&word, &mut kept);
        }
    }
    kept.chars().take(LONGEST_DETAIL).collect()
}

fn without_numbers(word: &str, kept: &mut String) {
    let mut rest = word;
    while let Some(start) = rest.find(|c: char| c.is_numeric()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_numeric()).unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        kept.push_str(before);
        if number.chars().count() < SHORTEST_SECRET {
            kept.push_str(number);
        } else {
            kept.push(LEFT_OUT);
        }
        rest = after;
    }
    kept.push_str(rest);
}

/// Reorders or hides what stands around it (Unicode UAX 9, zero-width characters): would forge
/// what an operator reads.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn detail(words: &str) -> String {
        DeliveryFailure::new(DeliveryError::Permanent, words).detail
    }

    #[test]
    fn the_others_words_are_kept_as_one_line() {
        let kept = detail("550 5.1.1 no such\r\n  user\there\u{202e} [21211]");
        assert_eq!(kept, "550 5.1.1 no such user here [21211]");
        assert_eq!(detail(""), "");
    }

    #[test]
    fn recipients_codes_and_links_are_left_out_s79() {
        for (words, kept) in [
            ("550 <ada@example.com>: unknown", "550 … unknown"),
            ("the 'To' number +2348012345678 is not valid", "the 'To' number +… is not valid"),
            ("spam: 042137 is your code", "spam: … is your code"),
            ("see https://auth.example/reset#token=a.b.c.", "see …"),
            ("code=042137;", "code=…;"),
            ("number ٠٤٢١٣٧", "number …"),
        ] {
            assert_eq!(detail(words), kept);
        }
    }

    #[test]
    fn a_failure_says_what_kind_it_is_and_quotes_if_there_is_something_to_quote() {
        let silent = DeliveryFailure::from(DeliveryError::Ambiguous);
        assert_eq!(silent.to_string(), "perhaps delivered");
        let quoting = DeliveryFailure::new(DeliveryError::Permanent, "550 no such user");
        assert_eq!(quoting.to_string(), "refused for good: 550 no such user");
    }

    proptest! {
        #[test]
        fn whatever_was_said_no_more_is_kept_than_a_short_clean_line(words in any::<String>()) {
            let kept = detail(&words.repeat(20));
            prop_assert!(kept.chars().count() <= LONGEST_DETAIL);
            prop_assert!(!kept.contains('@') && !kept.contains(char::is_control));
        }
    }
}
