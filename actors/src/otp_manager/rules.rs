//! The numbers of one-time codes.

use std::time::Duration;

use super::Purpose;

/// The longest wait before another resend.
const LONGEST_COOL_DOWN: Duration = Duration::from_mins(15);
/// From the first code of a request to its last, however often it is resent (S-45).
const REQUEST_LIFETIME: Duration = Duration::from_mins(15);

/// How codes are issued, and how many.
#[derive(Clone, Copy, Debug)]
pub struct OtpRules {
    /// Life of a code sent by e-mail; at most 10 minutes (S-12).
    pub email_ttl: Duration,
    /// Life of a code sent by SMS; at most 5 minutes (S-12).
    pub sms_ttl: Duration,
    /// Attempts per request, resends included (S-15).
    pub attempts: u8,
    /// Wait before the first resend; doubles with each one, up to 15 minutes.
    pub resend_after: Duration,
    /// Codes pending in all (S-45).
    pub max_pending: usize,
    /// Codes pending for one purpose and destination (S-45).
    pub max_per_destination: usize,
}

impl Default for OtpRules {
    fn default() -> Self {
        Self {
            email_ttl: Duration::from_mins(10),
            sms_ttl: Duration::from_mins(5),
            attempts: 5,
            resend_after: Duration::from_mins(1),
            max_pending: 100_000,
            max_per_destination: 5,
        }
    }
}

impl OtpRules {
    /// Life of one code, `age` after the first code of its request.
    pub(super) fn life(&self, purpose: Purpose, age: Duration) -> Duration {
        let ttl = match purpose {
            Purpose::SignUp => self.email_ttl,
            Purpose::Phone => self.sms_ttl,
        };
        ttl.min(REQUEST_LIFETIME.saturating_sub(age))
    }

    /// Wait before the next resend, after `resends` of them.
    pub(super) fn cool_down(&self, resends: u8) -> Duration {
        let doubled = 2_u32.saturating_pow(u32::from(resends));
        self.resend_after.saturating_mul(doubled).min(LONGEST_COOL_DOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cool_down_doubles_up_to_a_quarter_of_an_hour() {
        let rules = OtpRules::default();
        let waits = [0, 1, 2, 3, 4, 5, u8::MAX].map(|n| rules.cool_down(n).as_secs());
        assert_eq!(waits, [60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn s12_s45_a_code_lives_its_ttl_but_never_past_its_request() {
        let rules = OtpRules::default();
        let life = |purpose, minutes: u64| rules.life(purpose, Duration::from_mins(minutes));
        assert_eq!(life(Purpose::SignUp, 0).as_secs(), 600);
        assert_eq!(life(Purpose::Phone, 0).as_secs(), 300);
        assert_eq!(life(Purpose::SignUp, 8).as_secs(), 7 * 60);
        assert_eq!(life(Purpose::Phone, 8).as_secs(), 300);
        assert_eq!(life(Purpose::SignUp, 16).as_secs(), 0);
    }
}
