//! What the OTP manager reports about itself, through the `metrics` facade.
//!
//! Without an installed recorder every call is a no-op. All series exist from the start, at zero.

use metrics::{Counter, counter};

use super::{Purpose, VerifyOtpOutcome};

/// The series of each purpose.
pub(super) struct OtpMetrics {
    sign_up: PurposeMetrics,
    phone: PurposeMetrics,
}

/// What became of the codes of one purpose.
#[derive(Clone)]
pub(super) struct PurposeMetrics {
    issued: Counter,
    reissued: Counter,
    verified: Counter,
    refused: Counter,
}

impl OtpMetrics {
    pub(super) fn register() -> Self {
        Self {
            sign_up: PurposeMetrics::register("sign_up"),
            phone: PurposeMetrics::register("phone"),
        }
    }

    pub(super) fn of(&self, purpose: Purpose) -> PurposeMetrics {
        match purpose {
            Purpose::SignUp => self.sign_up.clone(),
            Purpose::Phone => self.phone.clone(),
        }
    }
}

impl PurposeMetrics {
    fn register(purpose: &'static str) -> Self {
        Self {
            issued: counter!("bioentrust_otp_issued_total", "purpose" => purpose),
            reissued: counter!("bioentrust_otp_reissued_total", "purpose" => purpose),
            verified: counter!("bioentrust_otp_verified_total", "purpose" => purpose),
            refused: counter!("bioentrust_otp_refused_total", "purpose" => purpose),
        }
    }

    /// A first code was made.
    pub(super) fn issued(&self) {
        self.issued.increment(1);
    }

    /// A further code was made for the same request.
    pub(super) fn reissued(&self) {
        self.reissued.increment(1);
    }

    /// A code was presented.
    pub(super) fn presented(&self, outcome: &VerifyOtpOutcome) {
        match outcome {
            VerifyOtpOutcome::Accepted(_) => self.verified.increment(1),
            VerifyOtpOutcome::OutOfTries | VerifyOtpOutcome::Refused => self.refused.increment(1),
        }
    }
}
