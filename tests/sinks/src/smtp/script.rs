//! What a sink may be told.

use std::time::Duration;

use crate::authority::Identity;

/// How a sink is to be reached.
#[derive(Clone)]
pub struct Setup {
    /// The protection of its connections.
    pub security: Security,
    /// User and password that it demands, if any.
    pub login: Option<(String, String)>,
    /// The ways to sign in that it offers, as EHLO lists them.
    pub mechanisms: &'static str,
}

/// The protection of connections.
#[derive(Clone)]
pub enum Security {
    /// None, nor is any offered.
    Plain,
    /// STARTTLS is offered; nothing but EHLO is answered before.
    StartTls(Identity),
    /// TLS from the first byte.
    Tls(Identity),
}

/// What a sink does with those who connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// What a mail server should: everything is accepted.
    Accept,
    /// Connects, and never says a word.
    BlackHole,
    /// Says one byte of an endless greeting, then the next one after this time.
    Tarpit(Duration),
    /// Politely does its work up to `at`, then sends one byte of an endless answer at a time.
    TarpitAt(Stage, Duration),
    /// Answers this, and does not do what was asked. 421 and 554 also close the connection.
    Reply(Stage, &'static str),
    /// Never answers, from this stage on.
    Silence(Stage),
    /// Closes the connection without an answer.
    Drop(Stage),
    /// Answers STARTTLS, and in the same packet what it would answer over TLS (CVE-2011-0411).
    InjectAfterStartTls,
}

/// Where in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Once connected.
    Greeting,
    /// At EHLO.
    Hello,
    /// At STARTTLS.
    StartTls,
    /// At AUTH.
    Login,
    /// At MAIL FROM.
    Sender,
    /// At RCPT TO.
    Recipient,
    /// At DATA.
    Data,
    /// After the whole message: it is kept by then.
    Content,
}

impl Setup {
    /// No protection, no password.
    #[must_use]
    pub const fn plain() -> Self {
        Self::over(Security::Plain)
    }

    /// STARTTLS, no password.
    #[must_use]
    pub const fn starttls(identity: Identity) -> Self {
        Self::over(Security::StartTls(identity))
    }

    /// TLS from the first byte, no password.
    #[must_use]
    pub const fn tls(identity: Identity) -> Self {
        Self::over(Security::Tls(identity))
    }

    const fn over(security: Security) -> Self {
        Self { security, login: None, mechanisms: "PLAIN LOGIN" }
    }

    /// Demands a user name and a password.
    #[must_use]
    pub fn with_login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }
}
