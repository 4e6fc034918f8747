//! What the operator may decide.

use std::time::Duration;

use super::RetryRules;

/// How much may be on its way, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DispatchRules {
    /// Notices that may wait or be in delivery, in memory and again in the outbox; one more is
    /// refused at once (S-89).
    pub queue: usize,
    /// Deliveries at once, for each medium.
    pub lanes: usize,
    /// How long news are worth a try.
    pub keep_news: Duration,
    /// What follows a failed mail.
    pub email: RetryRules,
    /// What follows a failed text message.
    pub sms: RetryRules,
}

impl Default for DispatchRules {
    /// 10 000 notices of about 1 KiB; 4 connections, what a mail provider allows one client; a
    /// day of outage.
    fn default() -> Self {
        Self {
            queue: 10_000,
            lanes: 4,
            keep_news: Duration::from_hours(24),
            email: RetryRules::email(),
            sms: RetryRules::sms(),
        }
    }
}
