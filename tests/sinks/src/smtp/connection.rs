//! One client's conversation.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::sink::Shared;
use super::stream::Lines;
use super::{Behaviour, Mail, Security, Stage};

/// Far longer than any test: a silent sink stays silent.
const FOR_EVER: Duration = Duration::from_hours(24);

pub(super) struct Connection {
    shared: Arc<Shared>,
    generation: usize,
    lines: Lines,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

impl Connection {
    pub(super) fn new(shared: Arc<Shared>, generation: usize, socket: TcpStream) -> Self {
        let lines = Lines::new(socket);
        Self { shared, generation, lines, user: None, from: None, to: Vec::new() }
    }

    /// Talks until the client leaves, or the sink's behaviour ends it.
    pub(super) fn serve(mut self) -> io::Result<()> {
        match self.shared.behaviour() {
            Behaviour::BlackHole => self.keep_silent()?,
            Behaviour::Tarpit(pause) => self.drip(pause)?,
            _ => {}
        }
        if let Security::Tls(identity) = self.shared.setup.security.clone() {
            self.lines.encrypt(&identity)?;
        }
        self.answer(Stage::Greeting, "220 sink ESMTP")?;
        loop {
            let line = self.lines.read()?;
            self.shared.note_line(&line);
            self.obey(&line)?;
        }
    }

    fn obey(&mut self, line: &str) -> io::Result<()> {
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello(),
            "NOOP" | "RSET" => self.say("250 OK"),
            "QUIT" => self.say("221 bye").and_then(|()| Err(ended())),
            "STARTTLS" => self.start_tls(),
            _ if self.awaits_tls() => self.say("530 5.7.0 Must issue a STARTTLS command first"),
            "AUTH" => self.log_in(argument),
            _ if self.awaits_login() => self.say("530 5.7.0 Authentication required"),
            "MAIL" => {
                self.from = Some(path(argument));
                self.to.clear();
                self.answer(Stage::Sender, "250 2.1.0 OK").map(drop)
            }
            "RCPT" => {
                if self.answer(Stage::Recipient, "250 2.1.5 OK")? {
                    self.to.push(path(argument));
                }
                Ok(())
            }
            "DATA" => self.data(),
            _ => self.say("502 5.5.1 what?"),
        }
    }

    fn hello(&mut self) -> io::Result<()> {
        let offer = if self.awaits_tls() {
            "250-STARTTLS\r\n".to_owned()
        } else if self.shared.setup.login.is_some() {
            format!("250-AUTH {}\r\n", self.shared.setup.mechanisms)
        } else {
            String::new()
        };
        let answer = format!("250-sink greets you\r\n{offer}250 SIZE 1000000");
        self.answer(Stage::Hello, &answer).map(drop)
    }

    fn start_tls(&mut self) -> io::Result<()> {
        let Security::StartTls(identity) = self.shared.setup.security.clone() else {
            return self.say("502 5.5.1 STARTTLS is not offered");
        };
        if self.shared.behaviour() == Behaviour::InjectAfterStartTls {
            self.say("220 go ahead\r\n250-sink\r\n250 AUTH PLAIN")?;
        } else if !self.answer(Stage::StartTls, "220 go ahead")? {
            return Ok(());
        }
        self.lines.encrypt(&identity)
    }

    fn log_in(&mut self, argument: &str) -> io::Result<()> {
        let plain = match argument.split_once(' ') {
            Some(("PLAIN", initial)) => decode(initial),
            _ if argument == "LOGIN" => {
                let user = self.ask("334 VXNlcm5hbWU6")?;
                format!("\0{user}\0{}", self.ask("334 UGFzc3dvcmQ6")?)
            }
            _ => return self.say("504 5.5.4 unknown mechanism"),
        };
        let wanted = self.shared.setup.login.as_ref();
        let user = wanted.filter(|(user, password)| plain == format!("\0{user}\0{password}"));
        let user = user.map(|(user, _)| user.clone());
        let answer = if user.is_some() { "235 2.7.0 welcome" } else { "535 5.7.8 wrong password" };
        if self.answer(Stage::Login, answer)? {
            self.user = user;
        }
        Ok(())
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.say(question)?;
        let answer = self.lines.read()?;
        self.shared.note_line(&answer);
        Ok(decode(&answer))
    }

    fn data(&mut self) -> io::Result<()> {
        let Some(from) = self.from.clone().filter(|_| !self.to.is_empty()) else {
            return self.say("503 5.5.1 no recipient");
        };
        if !self.answer(Stage::Data, "354 go on")? {
            return Ok(());
        }
        let mut content = String::new();
        loop {
            let line = self.lines.read()?;
            if line == "." {
                break;
            }
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
            content.push_str("\r\n");
        }
        let to = std::mem::take(&mut self.to);
        let (encrypted, user) = (self.lines.is_encrypted(), self.user.clone());
        self.shared.keep(Mail { from, to, content, encrypted, user });
        self.answer(Stage::Content, "250 2.0.0 queued").map(drop)
    }

    /// Answers as the behaviour says; whether the answer was the usual one.
    fn answer(&mut self, stage: Stage, usual: &str) -> io::Result<bool> {
        match self.shared.behaviour() {
            Behaviour::Reply(at, reply) if at == stage => {
                self.say(reply)?;
                if reply.starts_with("421") || reply.starts_with("554") {
                    return Err(ended());
                }
                return Ok(false);
            }
            Behaviour::TarpitAt(at, pause) if at == stage => self.drip(pause)?,
            Behaviour::Silence(at) if at == stage => self.keep_silent()?,
            Behaviour::Drop(at) if at == stage => return Err(ended()),
            _ => {}
        }
        self.say(usual)?;
        Ok(true)
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.lines.write(format!("{line}\r\n").as_bytes())
    }

    /// Returns only by an error: when the sink ends the connection.
    fn keep_silent(&self) -> io::Result<()> {
        while self.shared.pause(FOR_EVER, self.generation) {}
        Err(ended())
    }

    fn drip(&mut self, pause: Duration) -> io::Result<()> {
        for byte in "220-please wait ".bytes().cycle() {
            self.lines.write(&[byte])?;
            if !self.shared.pause(pause, self.generation) {
                break;
            }
        }
        Err(ended())
    }

    fn awaits_tls(&self) -> bool {
        matches!(self.shared.setup.security, Security::StartTls(_)) && !self.lines.is_encrypted()
    }

    fn awaits_login(&self) -> bool {
        self.shared.setup.login.is_some() && self.user.is_none()
    }
}

/// `ada@example.com` of `FROM:<ada@example.com> BODY=8BITMIME`.
fn path(argument: &str) -> String {
    let inner = argument.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(|| argument.to_owned(), |(path, _)| path.to_owned())
}

fn decode(base64: &str) -> String {
    let bytes = BASE64_STANDARD.decode(base64).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ended() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
