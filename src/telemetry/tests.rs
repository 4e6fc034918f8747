use std::io;
use std::sync::{Mutex, PoisonError};

use actors::runtime::ManualClock;
use serde_json::Value;
use tracing::{debug, info, subscriber, trace, warn};

use super::*;

/// Collects what would have been printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).unwrap()
    }

    fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `events` print at `level`.
fn print(level: Level, json: bool, events: impl FnOnce()) -> Printed {
    let printed = Printed::default();
    let out = printed.clone();
    let writer = move || Lines::new(out.clone(), Arc::default());
    let log = super::subscriber(level.into(), json, ManualClock::default(), writer);
    subscriber::with_default(log, events);
    printed
}

#[test]
fn text_is_one_readable_line_with_utc_milliseconds() {
    let printed = print(Level::Info, false, || info!(address = "127.0.0.1:1", "listening"));
    assert_eq!(
        printed.text(),
        "2022-01-16T14:40:00.000Z  INFO bioentrust_auth::telemetry::tests: \
         listening address=\"127.0.0.1:1\"\n",
    );
}

#[test]
fn json_is_one_flat_object_per_line() {
    let printed = print(Level::Info, true, || {
        let _request = tracing::info_span!("request", id = "r1").entered();
        info!(address = "127.0.0.1:1", "listening");
    });
    let [event] = printed.json().try_into().unwrap();
    assert_eq!(event["timestamp"], "2022-01-16T14:40:00.000Z");
    assert_eq!(event["level"], "INFO");
    assert_eq!(event["message"], "listening");
    assert_eq!(event["address"], "127.0.0.1:1");
    assert_eq!(event["target"], "bioentrust_auth::telemetry::tests");
    assert_eq!(event["span"]["id"], "r1");
}

/// S-80: nobody writes log lines or commands the terminal by what they send.
#[test]
fn control_characters_in_fields_and_messages_are_escaped_in_both_formats() {
    const HOSTILE: &str = "x\r\n2022-01-16 INFO forged\u{1b}[2J\u{9b}31m\u{7f}\u{8}\0\tend";
    for json in [false, true] {
        let printed = print(Level::Info, json, || {
            let _span =
                tracing::info_span!("request", agent = %HOSTILE, quoted = HOSTILE).entered();
            info!(shown = %HOSTILE, debugged = ?HOSTILE, text = HOSTILE, "{HOSTILE}");
        });
        let text = printed.text();
        let line = text.strip_suffix('\n').unwrap();
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(line.contains("forged"), "{line}");
        if json {
            let [event] = printed.json().try_into().unwrap();
            assert_eq!(event["text"], HOSTILE, "JSON loses nothing");
        }
    }
}

/// S-79: at `trace` some libraries print whole requests, with the tokens in them.
#[test]
fn libraries_never_log_below_warn_whatever_the_level() {
    let events = || {
        trace!(target: "actix_http::h1", "Authorization: Bearer secret");
        debug!(target: "h2::codec", "Authorization: Bearer secret");
        info!(target: "actors_of_somebody_else", "their info");
        info!(target: "bioentrust_authority::x", "their info");
        warn!(target: "actix_server", "their warning");
        error!(target: "redb", "their error");
        trace!(target: "actors", "our trace");
        trace!(target: "actors::runtime::handle", "our trace");
        debug!("our debug");
    };
    let messages = |level| {
        let messages = print(level, true, events).json();
        messages.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    };
    let theirs = ["their warning", "their error"];
    let all: Vec<String> = messages(Level::Trace);
    assert_eq!(all, [&theirs[..], &["our trace", "our trace", "our debug"]].concat());
    let ours: Vec<String> = messages(Level::Debug);
    assert_eq!(ours, [&theirs[..], &["our debug"]].concat());
    let at_warn: Vec<String> = messages(Level::Warn);
    assert_eq!(at_warn, theirs);
    let at_error: Vec<String> = messages(Level::Error);
    assert_eq!(at_error, ["their error"]);
}

#[test]
fn a_panic_is_an_error_event_with_its_place() {
    let printed = print(Level::Info, true, || {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(log_panic));
        let caught = std::panic::catch_unwind(|| panic!("broken {}", "invariant"));
        std::panic::set_hook(before);
        assert!(caught.is_err());
    });
    let [event] = printed.json().try_into().unwrap();
    assert_eq!((&event["level"], &event["message"]), (&"ERROR".into(), &"panicked".into()));
    assert_eq!(event["cause"], "broken invariant");
    assert!(event["location"].as_str().unwrap().starts_with("src/telemetry/tests.rs:"));
}

/// Blocks in its first write until the test ends, like a pipe that nobody reads.
struct Stuck {
    entered: mpsc::Sender<()>,
    release: mpsc::Receiver<()>,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.entered.send(());
        let _ = self.release.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// S-82: stdout full.
#[test]
fn a_full_standard_output_blocks_nobody_and_drops_are_counted() {
    const ROOM: usize = 4;
    let (entered, writing) = mpsc::channel();
    let (_release_at_end, release) = mpsc::channel();
    let (writer, guard) = background(Stuck { entered, release }, ROOM);
    let log = super::subscriber(LevelFilter::INFO, true, ManualClock::default(), writer);
    subscriber::with_default(log, || {
        info!("taken by the thread");
        writing.recv().unwrap();
        for _ in 0..ROOM + 3 {
            info!("served all the same");
        }
    });
    assert_eq!(guard.dropped_lines(), 3);
    drop(guard); // returns although nothing can be flushed
}

/// Refuses every write but the last, like a pipe whose reader went away and came back.
struct Flaky {
    failures_left: usize,
    printed: Printed,
}

impl Write for Flaky {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failures_left > 0 {
            self.failures_left -= 1;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.printed.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

/// S-82: stdout closed.
#[test]
fn a_closed_standard_output_is_counted_and_tried_again() {
    let printed = Printed::default();
    let out = Flaky { failures_left: 2, printed: printed.clone() };
    let (writer, mut guard) = background(out, 100);
    let log = super::subscriber(LevelFilter::INFO, true, ManualClock::default(), writer);
    subscriber::with_default(log, || {
        for number in 1..=3 {
            info!(number, "event");
        }
    });
    drop(guard.worker.take()); // flushes
    assert_eq!(guard.dropped_lines(), 2);
    let [event] = printed.json().try_into().unwrap();
    assert_eq!(event["number"], 3);
}

#[test]
fn the_format_follows_the_profile_unless_it_is_given() {
    use crate::settings::Format::{Auto, Json, Text};
    use crate::settings::Profile;
    for (format, profile, json) in [
        (Auto, Profile::Production, true),
        (Auto, Profile::Development, false),
        (Json, Profile::Development, true),
        (Text, Profile::Production, false),
    ] {
        assert_eq!(LogSettings { level: Level::Info, format }.is_json(profile), json);
    }
}

#[test]
fn f_20_connections_that_cannot_be_accepted_are_told_once_a_minute() {
    let printed = print(Level::Warn, false, || {
        for _ in 0..3 {
            tracing::error!(target: "actix_server::accept", "Error accepting connection");
            tracing::error!(target: "actix_server::worker", "another error");
        }
    });
    assert_eq!(printed.text().matches("Error accepting connection").count(), 1);
    assert_eq!(printed.text().matches("another error").count(), 3);
}
