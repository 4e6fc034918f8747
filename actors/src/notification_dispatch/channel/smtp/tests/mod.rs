//! Conversations with a real server on loopback, polite and otherwise.

mod conversation;
mod encryption;
mod failures;
mod fixture;
mod lanes;
mod letters;
