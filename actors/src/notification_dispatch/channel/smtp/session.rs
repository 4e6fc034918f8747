//! A conversation with the relay: from the greeting to any number of messages.

use std::sync::Arc;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Noop, Quit, Rcpt, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::failure::{Cause, Failure, Stage};
use super::letter::Letter;
use super::relay::{Login, Security, SmtpRelay};
use super::socket::Socket;
use super::tls;
use super::wire::{Stream, Wire};

/// AUTH LOGIN asks two questions; a relay that asks more is not answered.
const QUESTIONS: usize = 2;
const START_TLS_FAILED: &str = "the relay sent more than its answer to STARTTLS";

/// A connection that is greeted, encrypted and signed in as the relay's URL says.
///
/// After any failure it must be dropped: what comes next would be the answer to something else.
pub(super) struct Session(Wire);

impl Session {
    /// Connects and introduces itself. The password is sent only after the relay has proved its
    /// name, unless the way is within this machine.
    pub(super) fn open(
        relay: &SmtpRelay,
        tls: &Arc<ClientConfig>,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        let socket = Socket::connect(&relay.host, relay.port, deadline)
            .map_err(|error| Failure { stage: Stage::Connect, cause: Cause::Io(error) })?;
        let stream = match relay.security {
            Security::Tls => encrypted(socket, relay, tls)?,
            Security::StartTls | Security::Loopback => Stream::Plain(socket),
        };
        let mut wire = Wire::new(stream);
        wire.reply()?;
        let mut extensions = hello(&mut wire)?;
        if relay.security == Security::StartTls {
            if !extensions.supports_feature(Extension::StartTls) {
                return Err(Failure::unusable(Stage::Tls, "the relay does not offer STARTTLS"));
            }
            wire = start_tls(wire, relay, tls)?;
            // What it said before was not protected, and does not count.
            extensions = hello(&mut wire)?;
        }
        if let Some(login) = &relay.login {
            sign_in(&mut wire, &extensions, login)?;
        }
        Ok(Self(wire))
    }

    /// Whether the relay still listens, and how far it is from answering: by `deadline`.
    pub(super) fn is_alive(&mut self, deadline: Instant) -> bool {
        self.0.set_deadline(deadline);
        self.0.ask(&Noop.to_string()).is_ok()
    }

    /// Sends one message. `at_the_dot` is called before the byte that may make it count.
    pub(super) fn send(
        &mut self,
        letter: &Letter,
        deadline: Instant,
        at_the_dot: impl FnOnce(),
    ) -> Result<(), Failure> {
        let wire = &mut self.0;
        wire.set_deadline(deadline);
        wire.stage = Stage::Message;
        wire.ask(&Mail::new(Some(letter.from.clone()), Vec::new()).to_string())?;
        wire.ask(&Rcpt::new(letter.to.clone(), Vec::new()).to_string())?;
        let reply = wire.ask(&Data.to_string())?;
        if !reply.has_code(354) {
            return Err(
                wire.failed(Cause::Unusable("an answer to DATA that is neither yes nor no"))
            );
        }
        wire.send(&dots_doubled(&letter.content))?;
        wire.stage = Stage::Verdict;
        at_the_dot();
        let reply = wire.ask(".\r\n")?;
        if is_completion(&reply) {
            Ok(())
        } else {
            Err(wire.failed(Cause::Unusable("an answer to the message that is neither yes nor no")))
        }
    }

    /// Says good-bye. Nobody waits for the answer.
    pub(super) fn quit(mut self) {
        let _ = self.0.send(Quit.to_string().as_bytes());
    }
}

fn encrypted(
    socket: Socket,
    relay: &SmtpRelay,
    config: &Arc<ClientConfig>,
) -> Result<Stream, Failure> {
    Ok(Stream::Tls(Box::new(tls::encrypt(socket, &relay.host, config)?)))
}

fn hello(wire: &mut Wire) -> Result<ServerInfo, Failure> {
    let reply = wire.ask(&Ehlo::new(ClientId::default()).to_string())?;
    ServerInfo::from_response(&reply)
        .map_err(|_| wire.failed(Cause::Unusable("an answer to EHLO that makes no sense")))
}

fn start_tls(
    mut wire: Wire,
    relay: &SmtpRelay,
    config: &Arc<ClientConfig>,
) -> Result<Wire, Failure> {
    wire.stage = Stage::Tls;
    wire.ask(&Starttls.to_string())?;
    match wire.into_stream() {
        Some(Stream::Plain(socket)) => Ok(Wire::new(encrypted(socket, relay, config)?)),
        _ => Err(Failure::unusable(Stage::Tls, START_TLS_FAILED)),
    }
}

fn sign_in(wire: &mut Wire, extensions: &ServerInfo, login: &Login) -> Result<(), Failure> {
    wire.stage = Stage::Login;
    let unusable = |what| Failure::unusable(Stage::Login, what);
    let mechanism = extensions
        .get_auth_mechanism(DEFAULT_MECHANISMS)
        .ok_or_else(|| unusable("the relay offers neither AUTH PLAIN nor AUTH LOGIN"))?;
    let password = login.password.expose_secret().to_owned();
    let credentials = Credentials::new(login.user.clone(), password);
    let first = Auth::new(mechanism, credentials.clone(), None)
        .map_err(|_| unusable("the relay's way of signing in"))?;
    let mut reply = wire.ask(&Zeroizing::new(first.to_string()))?;
    for _ in 0..QUESTIONS {
        if !reply.has_code(334) {
            break;
        }
        let answer = Auth::new_from_response(mechanism, credentials.clone(), &reply)
            .map_err(|_| unusable("a question that signing in does not have"))?;
        reply = wire.ask(&Zeroizing::new(answer.to_string()))?;
    }
    if is_completion(&reply) { Ok(()) } else { Err(unusable("the relay does not stop asking")) }
}

fn is_completion(reply: &Response) -> bool {
    (200..300).contains(&u16::from(reply.code()))
}

/// RFC 5321 §4.5.2: a dot that starts a line is sent twice, so that none ends the message.
fn dots_doubled(content: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut doubled = Zeroizing::new(Vec::with_capacity(content.len() + 16));
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            doubled.push(b'.');
        }
        doubled.extend_from_slice(line);
    }
    // The dot that ends the message needs a line of its own.
    if !doubled.ends_with(b"\r\n") {
        doubled.extend_from_slice(b"\r\n");
    }
    doubled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_message_can_end_it() {
        for (content, sent) in [
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"),
            (".", "..\r\n"),
            ("...\r\n", "....\r\n"),
            ("a.b\r\n", "a.b\r\n"),
            ("a", "a\r\n"),
            ("a\n.\nb", "a\n..\nb\r\n"),
            ("", "\r\n"),
        ] {
            assert_eq!(*dots_doubled(content.as_bytes()), sent.as_bytes(), "{content:?}");
        }
    }
}
