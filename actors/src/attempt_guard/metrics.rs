//! What the guard reports about itself, through the `metrics` facade.
//!
//! Without an installed recorder every call is a no-op. All series exist from the start, at zero.

use metrics::{Counter, counter};

use super::messages::{GuessAdmission, SignInAdmission, TryResult};

/// The series of both kinds of tries.
pub(super) struct GuardMetrics {
    delayed_sign_ins: Counter,
    disabled_sign_ins: Counter,
    failed_sign_ins: Counter,
    curbed_guesses: Counter,
    disabled_guesses: Counter,
    failed_guesses: Counter,
}

impl GuardMetrics {
    pub(super) fn register() -> Self {
        let refused = |purpose, reason| counter!("bioentrust_guard_refused_total", "purpose" => purpose, "reason" => reason);
        let failed = |purpose| counter!("bioentrust_guard_failures_total", "purpose" => purpose);
        Self {
            delayed_sign_ins: refused("sign_in", "delayed"),
            disabled_sign_ins: refused("sign_in", "disabled"),
            failed_sign_ins: failed("sign_in"),
            curbed_guesses: refused("guess", "first_tries_only"),
            disabled_guesses: refused("guess", "disabled"),
            failed_guesses: failed("guess"),
        }
    }

    /// Somebody wants to try a password.
    pub(super) fn sign_in(&self, admission: SignInAdmission) {
        match admission {
            SignInAdmission::Admitted => {}
            SignInAdmission::Delayed { .. } => self.delayed_sign_ins.increment(1),
            SignInAdmission::Disabled => self.disabled_sign_ins.increment(1),
        }
    }

    /// Somebody wants to try a code.
    pub(super) fn guess(&self, admission: GuessAdmission) {
        match admission {
            GuessAdmission::WithinBudget => {}
            GuessAdmission::FirstTriesOnly => self.curbed_guesses.increment(1),
            GuessAdmission::Disabled => self.disabled_guesses.increment(1),
        }
    }

    /// A password was tried.
    pub(super) fn sign_in_ended(&self, result: TryResult) {
        if result == TryResult::Wrong {
            self.failed_sign_ins.increment(1);
        }
    }

    /// A code was tried.
    pub(super) fn guess_ended(&self, result: TryResult) {
        if result == TryResult::Wrong {
            self.failed_guesses.increment(1);
        }
    }
}
