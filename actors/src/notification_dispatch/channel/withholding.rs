//! Messages to test numbers go no further.

use std::sync::Arc;

use super::{Channel, Delivery, Message};
use crate::domain::TestNumbers;

/// Lets everything through to the channel behind it but what is for a test number.
pub(crate) struct Withholding {
    test_numbers: TestNumbers,
    behind: Arc<dyn Channel>,
}

impl Withholding {
    /// In front of `behind`.
    pub(crate) fn new(test_numbers: TestNumbers, behind: Arc<dyn Channel>) -> Self {
        Self { test_numbers, behind }
    }
}

impl Channel for Withholding {
    /// A withheld message counts as delivered: its code is known to those it is for.
    fn deliver(&self, message: Arc<Message>) -> Delivery {
        if self.test_numbers.contains(&message.to) {
            return Box::pin(std::future::ready(Ok(())));
        }
        self.behind.deliver(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{OtpCode, PhoneNumber, TestNumber};
    use crate::notification_dispatch::{Inbox, Medium};
    use crate::runtime::ManualClock;

    #[tokio::test]
    async fn nothing_reaches_a_test_number_and_everything_the_others() {
        let reserved = TestNumber {
            number: PhoneNumber::parse("+14155552671").unwrap(),
            code: OtpCode::parse("424242").unwrap(),
            until: Some(crate::domain::Timestamp::default()),
        };
        let inbox = Arc::new(Inbox::new(Arc::new(ManualClock::default())));
        let channel = Withholding::new([reserved].into_iter().collect(), inbox.clone());
        for to in ["+14155552671", "+2348012345678"] {
            let (to, text) = (to.to_owned(), "hello".to_owned());
            let (subject, html, code, link) = (None, None, None, None);
            let message = Message { medium: Medium::Sms, to, subject, text, html, code, link };
            assert_eq!(channel.deliver(Arc::new(message)).await, Ok(()));
        }
        let kept: Vec<_> = inbox.read(None).into_iter().map(|message| message.to).collect();
        assert_eq!(kept, ["+2348012345678"]);
    }
}
