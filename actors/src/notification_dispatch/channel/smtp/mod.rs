//! Mails leave by SMTP: through one relay, over TLS, each try within a deadline.
//!
//! lettre writes the messages, and its commands and replies are used; the conversation is ours:
//! see `docs/decisions/0012-the-smtp-conversation-is-ours.md`.

mod channel;
mod failure;
mod lane;
mod letter;
mod relay;
mod sender;
mod session;
mod socket;
#[cfg(test)]
mod tests;
mod tls;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use channel::SmtpChannel;
pub use relay::{InvalidRelay, SmtpRelay};
pub use sender::{InvalidSender, MailSender};
pub use tls::TlsError;

/// How mails leave by SMTP.
#[derive(Clone)]
pub struct SmtpSettings {
    /// The server that takes them.
    pub relay: SmtpRelay,
    /// Who writes them.
    pub from: MailSender,
    /// Who reads the answers, if not the writer.
    pub reply_to: Option<MailSender>,
    /// PEM file of certificates to trust beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// The time of one try, from looking up the relay's name to its last answer (S-88).
    pub timeout: Duration,
}
