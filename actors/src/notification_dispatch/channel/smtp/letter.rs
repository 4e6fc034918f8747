//! A message as SMTP carries it: a header, a body or two, and the envelope.

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MessageBuilder, MultiPart, SinglePart};
use zeroize::Zeroizing;

use super::MailSender;
use crate::domain::Timestamp;
use crate::notification_dispatch::Message;

/// RFC 3834 §5: no vacation answers, please.
const AUTO_SUBMITTED: (HeaderName, &str) =
    (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated");

/// Ready to be sent. It has no `Debug`: a code may be in it.
pub(super) struct Letter {
    pub(super) from: Address,
    pub(super) to: Address,
    /// ASCII in lines ending in CRLF, the last one too. Dots are not yet doubled.
    pub(super) content: Zeroizing<Vec<u8>>,
}

/// What the writer adds to a message.
pub(super) struct Stationery {
    pub(super) from: MailSender,
    pub(super) reply_to: Option<MailSender>,
}

/// The message cannot be written as a mail; trying again does not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message cannot be written as a mail")]
pub(super) struct Unwritable;

impl Stationery {
    /// Writes `message`; `id` makes it unique among the sender's.
    pub(super) fn write(
        &self,
        message: &Message,
        id: u128,
        now: Timestamp,
    ) -> Result<Letter, Unwritable> {
        let to: Address = message.to.parse().map_err(|_| Unwritable)?;
        let from = self.from.address().clone();
        let (auto_submitted, generated) = AUTO_SUBMITTED;
        let header = lettre::Message::builder()
            .from(self.from.mailbox())
            .to(to.clone().into())
            .subject(one_line(message.subject.as_deref().unwrap_or_default()))
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(now.as_millis()))
            .message_id(Some(format!("<{id:032x}@{}>", from.domain())))
            .raw_header(HeaderValue::new(auto_submitted, generated.to_owned()));
        let header = match &self.reply_to {
            Some(reply_to) => header.reply_to(reply_to.mailbox()),
            None => header,
        };
        let content = Zeroizing::new(body(header, message)?.formatted());
        Ok(Letter { from, to, content })
    }
}

fn body(header: MessageBuilder, message: &Message) -> Result<lettre::Message, Unwritable> {
    let text = message.text.clone();
    let written = match &message.html {
        Some(html) => header.multipart(MultiPart::alternative_plain_html(text, html.clone())),
        None => header.singlepart(SinglePart::plain(text)),
    };
    written.map_err(|_| Unwritable)
}

/// A subject is one line: what could end it, or reorder it, becomes a space.
fn one_line(text: &str) -> String {
    let is_harmful =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if is_harmful(c) { ' ' } else { c }).collect()
}
