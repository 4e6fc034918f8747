//! Why a try failed, and what follows from it.

use std::fmt;
use std::io;

use crate::notification_dispatch::channel::DeliveryError;

/// How far a try had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Getting a lane, the relay's address, a connection.
    Connect,
    /// The greetings.
    Greeting,
    /// The certificate.
    Tls,
    /// User name and password.
    Login,
    /// Sender, recipient and text, up to the dot that ends it: without it nothing is delivered.
    Message,
    /// The dot was on its way: the relay may have taken the message.
    Verdict,
}

/// Why a try failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    pub(super) cause: Cause,
}

#[derive(Debug)]
pub(super) enum Cause {
    /// The network's fault, or the deadline's.
    Io(io::Error),
    /// The certificate's fault, or the protocol's.
    Tls(rustls::Error),
    /// A reply that says no.
    Refused {
        /// From 400 to 599.
        code: u16,
        /// Its lines; may quote the recipient.
        text: String,
    },
    /// A reply that makes no sense, or an extension that is missing.
    Unusable(&'static str),
    /// The fault of this server.
    Own(&'static str),
    /// The message, not the relay, is at fault.
    Unwritable,
}

impl Failure {
    pub(super) fn unusable(stage: Stage, what: &'static str) -> Self {
        Self { stage, cause: Cause::Unusable(what) }
    }

    /// What the dispatch makes of it.
    pub(super) fn kind(&self) -> DeliveryError {
        match self.cause {
            Cause::Unwritable => DeliveryError::Permanent,
            // Refusals of this server, not of the message: it can be delivered once the settings,
            // or the relay, are mended.
            Cause::Refused { code: 500.., .. }
                if self.stage >= Stage::Message && !self.is_for_the_operator() =>
            {
                DeliveryError::Permanent
            }
            Cause::Refused { .. } => DeliveryError::Transient { retry_after: None },
            _ if self.stage == Stage::Verdict => DeliveryError::Ambiguous,
            _ => DeliveryError::Transient { retry_after: None },
        }
    }

    /// Whether no mail at all will leave before somebody changes something.
    pub(super) fn is_for_the_operator(&self) -> bool {
        match self.cause {
            // RFC 4954 §6: authentication required, too weak, invalid, without encryption.
            Cause::Tls(_) | Cause::Refused { code: 530 | 534 | 535 | 538, .. } => true,
            Cause::Refused { code: 500.., .. } | Cause::Unusable(_) => self.stage < Stage::Message,
            Cause::Refused { .. } | Cause::Io(_) | Cause::Own(_) | Cause::Unwritable => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
                write!(f, "no answer in time")?;
            }
            Cause::Io(error) => write!(f, "{error}")?,
            Cause::Tls(error) => write!(f, "TLS: {error}")?,
            Cause::Refused { code, text } => write!(f, "{code} {text}")?,
            Cause::Unusable(what) | Cause::Own(what) => write!(f, "{what}")?,
            Cause::Unwritable => write!(f, "the message cannot be written as a mail")?,
        }
        let stage = match self.stage {
            Stage::Connect => "while connecting",
            Stage::Greeting => "at the greeting",
            Stage::Tls => "while encrypting",
            Stage::Login => "while signing in",
            Stage::Message => "before the message was complete",
            Stage::Verdict => "after the whole message",
        };
        write!(f, " ({stage})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };

    fn refused(stage: Stage, code: u16) -> Failure {
        Failure { stage, cause: Cause::Refused { code, text: "no".to_owned() } }
    }

    #[test]
    fn a_refusal_of_the_message_is_final_and_one_for_now_is_not() {
        for stage in [Stage::Message, Stage::Verdict] {
            for code in [421, 450, 451, 452] {
                assert_eq!(refused(stage, code).kind(), TRANSIENT);
            }
            for code in [500, 550, 552, 554] {
                assert_eq!(refused(stage, code).kind(), DeliveryError::Permanent);
            }
        }
    }

    #[test]
    fn a_refusal_of_this_server_is_for_the_operator_and_costs_no_message() {
        for (stage, code) in [
            (Stage::Greeting, 554),
            (Stage::Login, 535),
            (Stage::Message, 530),
            (Stage::Message, 535),
            (Stage::Tls, 501),
        ] {
            let failure = refused(stage, code);
            assert_eq!(
                (failure.kind(), failure.is_for_the_operator()),
                (TRANSIENT, true),
                "{code}"
            );
        }
        assert!(!refused(Stage::Greeting, 421).is_for_the_operator());
        assert!(!refused(Stage::Message, 550).is_for_the_operator());
    }

    #[test]
    fn a_lost_answer_is_doubtful_only_after_the_whole_message_f10() {
        let lost = |stage| Failure { stage, cause: Cause::Io(io::ErrorKind::TimedOut.into()) };
        let stages = [Stage::Connect, Stage::Greeting, Stage::Tls, Stage::Login, Stage::Message];
        for stage in stages {
            assert_eq!(lost(stage).kind(), TRANSIENT);
        }
        assert_eq!(lost(Stage::Verdict).kind(), DeliveryError::Ambiguous);
        let nonsense = Failure::unusable(Stage::Verdict, "no reply");
        assert_eq!(nonsense.kind(), DeliveryError::Ambiguous);
    }

    #[test]
    fn it_says_what_the_relay_said_and_when() {
        assert_eq!(
            refused(Stage::Message, 550).to_string(),
            "550 no (before the message was complete)"
        );
        let late =
            Failure { stage: Stage::Connect, cause: Cause::Io(io::ErrorKind::TimedOut.into()) };
        assert_eq!(late.to_string(), "no answer in time (while connecting)");
    }
}
