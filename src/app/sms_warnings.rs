//! What an operator should know about text messages when the server starts.

use actors::domain::Timestamp;
use tracing::warn;

use crate::settings::{SmsSettings, SmsTransport};

pub(super) fn log(sms: &SmsSettings, now: Timestamp) {
    if sms.transport != SmsTransport::Inbox && sms.allowed_countries.is_empty() {
        warn!("sms.allowed_countries is empty: no number may receive a code");
    }
    if !sms.test_numbers.is_empty() {
        let numbers = sms.test_numbers.len();
        let expired = sms.expired_test_numbers(now).len();
        warn!(numbers, expired, "sms.test_numbers: the codes of these numbers are fixed");
    }
}
