//! An SMTP server that keeps what it gets. It is polite, slow, silent or rude, as a test tells it.

mod connection;
mod script;
mod sink;
mod stream;

pub use script::{Behaviour, Security, Setup, Stage};
pub use sink::{Mail, Sink};
