//! Which code a destination gets.

use std::sync::Arc;

use super::Destination;
use crate::domain::{OtpCode, TestNumbers, Timestamp};
use crate::runtime::Random;

/// Makes codes.
#[derive(Clone)]
pub(super) struct CodeSource {
    random: Arc<dyn Random>,
    test_numbers: TestNumbers,
}

impl CodeSource {
    pub(super) fn new(random: Arc<dyn Random>, test_numbers: TestNumbers) -> Self {
        Self { random, test_numbers }
    }

    /// A random code; for a test number, its fixed one.
    pub(super) fn code_for(&self, destination: &Destination, now: Timestamp) -> OtpCode {
        let fixed = match destination {
            Destination::Phone(number) => self.test_numbers.code(number, now),
            Destination::Email(_) => None,
        };
        fixed.unwrap_or_else(|| OtpCode::generate(&*self.random))
    }
}
