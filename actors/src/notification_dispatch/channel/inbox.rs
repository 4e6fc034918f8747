//! The development inbox: messages are kept to be read, and go nowhere.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::ExposeSecret;

use super::{Channel, Delivery};
use crate::notification_dispatch::{InboxMessage, Message};
use crate::runtime::Clock;

/// Messages kept; the oldest make room. At about 5 KiB each, within 5 MiB.
const CAPACITY: usize = 1000;

/// A ring of the last messages. Serves every medium; refused in production.
pub(crate) struct Inbox {
    clock: Arc<dyn Clock>,
    ring: Mutex<Ring>,
}

struct Ring {
    messages: VecDeque<InboxMessage>,
    next_id: u64,
}

impl Inbox {
    /// An empty inbox; `clock` dates the messages.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, ring: Mutex::new(Ring { messages: VecDeque::new(), next_id: 1 }) }
    }

    /// The messages to `to`, or all; newest first.
    pub(crate) fn read(&self, to: Option<&str>) -> Vec<InboxMessage> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted =
            |message: &&InboxMessage| to.is_none_or(|to| message.to.eq_ignore_ascii_case(to));
        ring.messages.iter().rev().filter(wanted).cloned().collect()
    }

    /// One message.
    pub(crate) fn find(&self, id: u64) -> Option<InboxMessage> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.messages.iter().find(|message| message.id == id).cloned()
    }

    fn keep(&self, message: &Message) {
        let at = self.clock.now().to_rfc3339();
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.messages.len() == CAPACITY {
            ring.messages.pop_front();
        }
        let id = ring.next_id;
        ring.next_id += 1;
        ring.messages.push_back(InboxMessage {
            id,
            channel: message.medium,
            to: message.to.clone(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            html: message.html.clone(),
            code: message.code.as_ref().map(|code| code.expose().to_owned()),
            link: message.link.as_ref().map(|link| link.expose_secret().to_owned()),
            at,
        });
    }
}

impl Channel for Inbox {
    /// Succeeds within the call, so that a message can be read as soon as it is queued.
    fn deliver(&self, message: Arc<Message>) -> Delivery {
        self.keep(&message);
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Language;
    use crate::domain::{EmailAddress, OtpCode, PersonName, PhoneNumber};
    use crate::notification_dispatch::{Medium, Notice, Templates};
    use crate::runtime::ManualClock;

    fn written(notice: &Notice) -> Arc<Message> {
        let message = Templates::of_tests().write(notice, &Language::english());
        Arc::new(message.unwrap_or_else(|fault| panic!("{fault}")))
    }

    async fn receive(inbox: &Inbox, to: &str) {
        let notice = Notice::PasswordChanged {
            to: EmailAddress::parse(to).unwrap(),
            first_name: PersonName::parse("Ada").unwrap(),
        };
        inbox.deliver(written(&notice)).await.unwrap();
    }

    fn ids(messages: &[InboxMessage]) -> Vec<u64> {
        messages.iter().map(|message| message.id).collect()
    }

    #[tokio::test]
    async fn the_newest_comes_first_and_the_filter_ignores_case() {
        let inbox = Inbox::new(Arc::new(ManualClock::default()));
        for to in ["Ada@example.com", "bob@example.com", "ada@example.com"] {
            receive(&inbox, to).await;
        }
        assert_eq!(ids(&inbox.read(None)), [3, 2, 1]);
        assert_eq!(ids(&inbox.read(Some("ADA@example.com"))), [3, 1]);
        assert!(inbox.read(Some("eve@example.com")).is_empty());
        assert_eq!(inbox.find(2).map(|message| message.to).as_deref(), Some("bob@example.com"));
        assert!(inbox.find(4).is_none());
    }

    #[tokio::test]
    async fn only_the_last_thousand_are_kept_and_numbers_are_not_reused() {
        let inbox = Inbox::new(Arc::new(ManualClock::default()));
        for _ in 0..1001 {
            receive(&inbox, "ada@example.com").await;
        }
        let kept = ids(&inbox.read(None));
        assert_eq!((kept.len(), kept.first(), kept.last()), (1000, Some(&1001), Some(&2)));
    }

    #[tokio::test]
    async fn a_message_reads_as_it_would_have_been_sent() {
        let inbox = Inbox::new(Arc::new(ManualClock::default()));
        let notice = Notice::PhoneCode {
            to: PhoneNumber::parse("+2348012345678").unwrap(),
            code: OtpCode::parse("012345").unwrap(),
            valid_minutes: 5,
        };
        inbox.deliver(written(&notice)).await.unwrap();
        let read = inbox.read(Some("+2348012345678"));
        let [message] = read.as_slice() else { panic!("one message") };
        assert_eq!(message.channel, Medium::Sms);
        assert_eq!((message.subject.as_deref(), message.code.as_deref()), (None, Some("012345")));
        assert_eq!(message.at, "2022-01-16T14:40:00.000Z");
    }
}
