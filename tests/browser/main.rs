//! The pages, in a real browser: Chromium without a window, driven over its own protocol.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod chromium;
mod inbox;
mod journey;
