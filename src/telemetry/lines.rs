//! One event, one line: whatever an event holds.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes events to `out`, each as one line without control characters (S-80).
///
/// A line that cannot be written is counted and forgotten: the next one is tried again.
pub(super) struct Lines<W> {
    out: W,
    unwritable: Arc<AtomicUsize>,
}

impl<W> Lines<W> {
    pub(super) fn new(out: W, unwritable: Arc<AtomicUsize>) -> Self {
        Self { out, unwritable }
    }
}

impl<W: Write> Write for Lines<W> {
    /// `event` is one whole event, as tracing-subscriber writes it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = escape(&String::from_utf8_lossy(event));
        if self.out.write_all(line.as_bytes()).is_err() {
            self.unwritable.fetch_add(1, Ordering::Relaxed);
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // A failure is counted with the next line.
        let _ = self.out.flush();
        Ok(())
    }
}

/// Escapes every control character but the line end. The escapes are those of JSON, whose own
/// formatter leaves DEL and C1 as they are; terminals obey both.
fn escape(event: &str) -> String {
    let text = event.strip_suffix('\n').unwrap_or(event);
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(line, "\\u{:04x}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_end_stays_a_control_character() {
        assert_eq!(escape("plain ü\n"), "plain ü\n");
        assert_eq!(escape("no end"), "no end\n");
        assert_eq!(
            escape("a\r\nb\tc\u{1b}[31m\0\u{7f}\u{9b}\n\n"),
            "a\\r\\nb\\tc\\u001b[31m\\u0000\\u007f\\u009b\\n\n",
        );
    }
}
