//! Where templates write to.

use std::io;

use zeroize::Zeroizing;

use super::super::Medium;
use super::sources::Part;

/// Most texts are shorter; pages are about 5 KiB.
const FIRST_CAPACITY: usize = 1024;

/// Bytes that leave no copy behind in memory, also when they outgrow their place.
#[derive(Default)]
pub(super) struct Wiped(Zeroizing<Vec<u8>>);

impl io::Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let capacity = needed.next_power_of_two().max(FIRST_CAPACITY);
            let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wiped {
    /// The text without the space around it; a mail's ends in a line break.
    pub(super) fn into_text(self, part: Part, medium: Medium) -> Zeroizing<String> {
        // Templates write whole characters.
        let text = std::str::from_utf8(&self.0).unwrap_or_default().trim();
        let mut kept = Zeroizing::new(String::with_capacity(text.len() + 1));
        kept.push_str(text);
        if (part, medium) == (Part::Text, Medium::Email) {
            kept.push('\n');
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_written_piece_by_piece_is_read_whole() {
        let mut wiped = Wiped::default();
        for _ in 0..1000 {
            wiped.write_all("\n é ".as_bytes()).unwrap();
        }
        let whole = "\n é ".repeat(1000);
        assert_eq!(*wiped.into_text(Part::Html, Medium::Email), whole.trim());
    }

    #[test]
    fn a_mail_s_text_ends_in_a_line_break_and_nothing_else_does() {
        for (part, medium, end) in [
            (Part::Text, Medium::Email, "a\n"),
            (Part::Text, Medium::Sms, "a"),
            (Part::Subject, Medium::Email, "a"),
        ] {
            let mut wiped = Wiped::default();
            wiped.write_all(b"a\n\n").unwrap();
            assert_eq!(*wiped.into_text(part, medium), end);
        }
    }
}
