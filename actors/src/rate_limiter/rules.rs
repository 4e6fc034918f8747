//! What the operator decides.

use std::time::Duration;

use super::Purpose;

/// Everything that is limited. `None` is not limited at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimiterRules {
    /// Requests of each client.
    pub clients: Option<ClientRules>,
    /// Messages sent.
    pub sends: Option<SendRules>,
}

/// How often something may be done: on average, and at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many, at least 1 …
    pub count: u32,
    /// … in such a time, on average.
    pub per: Duration,
    /// And so many at once after a long pause, at least 1.
    pub burst: u32,
}

/// At most so many within any such time, however they are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At least 1.
    pub count: u32,
    /// Not zero.
    pub per: Duration,
}

/// What one client address may do (S-55, S-58).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientRules {
    /// Sign-ins tried.
    pub sign_in: Rate,
    /// Sign-ups begun.
    pub sign_up: Rate,
    /// Codes presented.
    pub verify: Rate,
    /// Codes asked for, by resend-otp and send-sms.
    pub send_code: Rate,
    /// Reset links asked for.
    pub forgot_password: Rate,
    /// Passwords reset.
    pub reset_password: Rate,
    /// Access tokens renewed.
    pub refresh: Rate,
    /// Distinct wrong sign-ins; the one that reaches the count blocks the client.
    pub stuffing: Quota,
    /// For how long it is blocked.
    pub stuffing_block: Duration,
}

/// How much is sent to whom (S-19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRules {
    /// To one e-mail address, or to one number; none is no limit.
    pub per_destination: Vec<Quota>,
    /// On behalf of one client address.
    pub per_client: Option<Quota>,
    /// Mails in all.
    pub emails: Quota,
    /// Text messages in all.
    pub sms: Quota,
    /// Text messages on behalf of one account.
    pub sms_per_account: Quota,
    /// Text messages to ten thousand adjacent numbers.
    pub sms_per_block: Quota,
    /// Text messages to one country.
    pub sms_per_country: Quota,
    /// When a block or a country gets no more of them.
    pub breaker: BreakerRule,
}

/// Pauses text messages whose codes do not come back: who is paid for receiving them does not
/// bother to present them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerRule {
    /// So many of the latest are judged, never fewer.
    pub sample: u32,
    /// Fewer verified than this many in a hundred: paused.
    pub percent: u32,
    /// For how long.
    pub pause: Duration,
    /// The life of a code: what was sent more recently may still be verified.
    pub code_life: Duration,
}

impl ClientRules {
    /// The limit of `purpose`.
    pub(super) fn rate(&self, purpose: Purpose) -> Rate {
        match purpose {
            Purpose::SignIn => self.sign_in,
            Purpose::SignUp => self.sign_up,
            Purpose::Verify => self.verify,
            Purpose::SendCode => self.send_code,
            Purpose::ForgotPassword => self.forgot_password,
            Purpose::ResetPassword => self.reset_password,
            Purpose::Refresh => self.refresh,
        }
    }
}
