//! A server that sends its mails to a sink.

use mail_parser::MessageParser;
use sinks::smtp::{Mail, Setup, Sink};
use test_support::{Client, Person, ServerThread, verify_email};

/// A server and where its mails end.
pub struct Office {
    /// Dropped first: it stops in order, and its mails have somewhere to go.
    server: ServerThread,
    pub sink: Sink,
}

impl Office {
    /// A server before an unprotected sink. A try takes one second at most.
    pub fn open() -> Self {
        Self::open_with(&[])
    }

    /// With further settings.
    pub fn open_with(settings: &[(&str, &str)]) -> Self {
        let sink = Sink::start(Setup::plain());
        let url = format!("smtp+insecure://{}", sink.address());
        let settings = [settings, &[("BIOENTRUST_EMAIL__SMTP_URL", url.as_str())]].concat();
        Self { server: server_with(&settings), sink }
    }

    pub fn server(&self) -> &ServerThread {
        &self.server
    }

    pub fn client(&self) -> Client {
        self.server.client()
    }

    /// Somebody with an account. Takes one mail.
    pub async fn registered(&self, email: &str) -> Person {
        let person = Person::new(email);
        let id = person.sign_up(&self.client()).await;
        let mails = self.sink.wait_for_mails(self.sink.mails().len().max(1));
        let mail = mails.iter().find(|mail| mail.to == [email]).unwrap();
        assert_eq!(verify_email(&self.client(), &id, &code_in(mail)).await.status, 200);
        person
    }

    /// Lets the longest wait after a first failure pass: mails of others fail once and arrive,
    /// three times over, each after half a second at least; that wait is 1.5 s at most.
    pub async fn let_retries_pass(&self) {
        for round in 0..3 {
            self.sink.refuse();
            let email = format!("round{round}@example.com");
            Person::new(&email).sign_up(&self.client()).await;
            self.sink.listen();
            self.wait_for(&email, 1);
        }
    }

    /// Waits until `count` mails to `email` have arrived.
    pub fn wait_for(&self, email: &str, count: usize) -> Vec<Mail> {
        let mut all = 0;
        loop {
            let mails = self.to(email);
            if mails.len() >= count {
                return mails;
            }
            all = self.sink.wait_for_mails(all + 1).len();
        }
    }

    /// The mails to `email` so far.
    pub fn to(&self, email: &str) -> Vec<Mail> {
        self.sink.mails().into_iter().filter(|mail| mail.to == [email]).collect()
    }
}

/// Mails leave by SMTP; a try takes one second at most.
pub const SMTP: &[(&str, &str)] = &[
    ("BIOENTRUST_EMAIL__TRANSPORT", "smtp"),
    ("BIOENTRUST_EMAIL__FROM", "BioEntrust <no-reply@example.org>"),
    ("BIOENTRUST_EMAIL__SMTP_TIMEOUT", "1s"),
    ("BIOENTRUST_SIGNUP__HIDE_EXISTING_ACCOUNTS", "true"),
    ("BIOENTRUST_LIMITS__ENABLED", "false"),
];

/// A server whose mails leave by SMTP, as the further settings say.
pub fn server_with(settings: &[(&str, &str)]) -> ServerThread {
    // Mails that cannot leave are waited for at the end.
    let brief = [("BIOENTRUST_SERVER__SHUTDOWN_TIMEOUT", "2s")];
    ServerThread::start_with(&[SMTP, &brief, settings].concat())
}

/// The text of a mail, as a mail program shows it.
pub fn text_of(mail: &Mail) -> String {
    let parsed = MessageParser::default().parse(&mail.content).unwrap();
    parsed.body_text(0).unwrap().into_owned()
}

/// The six digits in a mail.
pub fn code_in(mail: &Mail) -> String {
    let text = text_of(mail);
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.find(|number| number.len() == 6).unwrap().to_owned()
}
