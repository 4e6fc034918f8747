//! How long a connection may take, by what moves on it.

use std::time::Duration;

use tokio::time::Instant;

/// What a connection is given. Below HTTP: nothing here knows where a request begins or ends.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Without a byte in either direction.
    pub quiet: Duration,
    /// From the first byte in until a byte goes out: longer than any request takes.
    pub answer: Duration,
    /// From the first byte out that the client does not take until it has taken all.
    pub reading: Duration,
    /// Bytes in until a byte goes out: more than any request has.
    pub request_bytes: usize,
    /// Requests that may come in, roughly, until a byte goes out. Each takes some 6 KiB once it
    /// is parsed, and actix-web parses whatever it is given.
    pub pipelined: usize,
}

/// Bytes that are not looked at: most requests are shorter, and more than a hundred do not fit in.
const UNCOUNTED: usize = 2 * 1024;

/// What has moved on one connection.
#[derive(Debug)]
pub(super) struct Progress {
    /// When the last byte moved.
    moved: Instant,
    /// When the first byte came in that nothing has gone out for.
    asked: Option<Instant>,
    /// How many bytes these are.
    asking: usize,
    /// How many heads of requests end in them, those of the first bytes aside.
    heads: usize,
    /// Since when the client has not taken everything.
    blocked: Option<Instant>,
}

impl Progress {
    /// Of a connection that was accepted at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { moved: now, asked: None, asking: 0, heads: 0, blocked: None }
    }

    /// Bytes came in.
    pub(super) fn read(&mut self, bytes: &[u8], now: Instant) {
        self.moved = now;
        self.asked.get_or_insert(now);
        self.asking = self.asking.saturating_add(bytes.len());
        if self.asking > UNCOUNTED {
            self.heads = self.heads.saturating_add(blank_lines(bytes));
        }
    }

    /// Bytes went out; `all` that there were at this moment, or some.
    pub(super) fn wrote(&mut self, all: bool, now: Instant) {
        self.moved = now;
        self.asked = None;
        self.asking = 0;
        self.heads = 0;
        if all {
            self.blocked = None;
        } else {
            self.blocked(now);
        }
    }

    /// Bytes could not go out.
    pub(super) fn blocked(&mut self, now: Instant) {
        self.blocked.get_or_insert(now);
    }

    /// Whether everything that came in has been answered.
    pub(super) fn is_at_rest(&self) -> bool {
        self.asked.is_none()
    }

    /// Whether more came in than any request has.
    pub(super) fn is_flooded(&self, patience: &Patience) -> bool {
        self.asking > patience.request_bytes
    }

    /// Whether so many requests came in that no more should be read until something goes out.
    pub(super) fn is_ahead(&self, patience: &Patience) -> bool {
        self.heads >= patience.pipelined
    }

    /// When the connection is given up unless something moves.
    pub(super) fn deadline(&self, patience: &Patience) -> Instant {
        let quiet = self.moved + patience.quiet;
        let answer = self.asked.map(|asked| asked + patience.answer);
        let reading = self.blocked.map(|blocked| blocked + patience.reading);
        [answer, reading].into_iter().flatten().fold(quiet, Instant::min)
    }
}

/// Where a head may end. A body with blank lines only seems to be more requests.
fn blank_lines(bytes: &[u8]) -> usize {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| matches!(line, [b'\n'] | [b'\r', b'\n']))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        quiet: Duration::from_secs(20),
        answer: Duration::from_secs(25),
        reading: Duration::from_mins(1),
        request_bytes: 3000,
        pipelined: 3,
    };

    /// The deadline in seconds from the start, after these events.
    fn deadline(events: impl FnOnce(&mut Progress, &dyn Fn(u64) -> Instant)) -> u64 {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        events(&mut progress, &|secs| start + Duration::from_secs(secs));
        progress.deadline(&PATIENCE).duration_since(start).as_secs()
    }

    #[tokio::test]
    async fn a_connection_may_be_quiet_for_a_while_after_each_byte() {
        assert_eq!(deadline(|_, _| ()), 20);
        assert_eq!(deadline(|p, at| p.read(b"x", at(3))), 23);
        assert_eq!(deadline(|p, at| p.wrote(true, at(7))), 27);
    }

    #[tokio::test]
    async fn drops_do_not_prolong_a_request_and_an_answer_ends_it() {
        let drops = |p: &mut Progress, at: &dyn Fn(u64) -> Instant| {
            (1..20).for_each(|secs| p.read(b"x", at(secs)));
        };
        assert_eq!(deadline(drops), 26);
        let answered = |p: &mut Progress, at: &dyn Fn(u64) -> Instant| {
            drops(p, at);
            p.wrote(true, at(19));
            p.read(b"x", at(20));
        };
        assert_eq!(deadline(answered), 40);
    }

    #[tokio::test]
    async fn sips_do_not_prolong_an_answer_and_its_end_ends_it() {
        let sips = |p: &mut Progress, at: &dyn Fn(u64) -> Instant| {
            p.blocked(at(1));
            (2..60).for_each(|secs| p.wrote(false, at(secs)));
        };
        assert_eq!(deadline(sips), 61);
        let taken = |p: &mut Progress, at: &dyn Fn(u64) -> Instant| {
            sips(p, at);
            p.wrote(true, at(60));
        };
        assert_eq!(deadline(taken), 80);
    }

    #[tokio::test]
    async fn more_bytes_than_a_request_has_are_a_flood_until_something_goes_out() {
        let now = Instant::now();
        let mut progress = Progress::new(now);
        progress.read(&[0; 3000], now);
        assert!(!progress.is_flooded(&PATIENCE));
        progress.read(b"x", now);
        assert!(progress.is_flooded(&PATIENCE));
        progress.wrote(false, now);
        assert!(!progress.is_flooded(&PATIENCE));
    }

    #[tokio::test]
    async fn requests_ahead_of_their_answers_are_counted_after_the_first_bytes() {
        let now = Instant::now();
        let mut progress = Progress::new(now);
        let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        progress.read(&request.repeat(50), now);
        assert!(!progress.is_ahead(&PATIENCE));
        progress.read(&[b'x'; 1000], now);
        progress.read(request, now);
        progress.read(b"GET / HTTP/1.1\n\n", now);
        assert!(!progress.is_ahead(&PATIENCE));
        progress.read(request, now);
        assert!(progress.is_ahead(&PATIENCE));
        progress.wrote(true, now);
        assert!(!progress.is_ahead(&PATIENCE));
    }
}
