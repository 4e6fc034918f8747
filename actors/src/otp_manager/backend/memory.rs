//! Codes in memory only: a restart of the process forgets them, and users ask again.

use super::journaled::{Journal, Journaled};
use crate::backend::{Pending, ready};
use crate::otp_manager::OtpRules;
use crate::otp_manager::book::{Book, Changes};

/// Keeps nothing.
pub(crate) struct NoJournal;

impl Journal for NoJournal {
    fn record(&self, _: &Book, _: Changes) -> Pending<()> {
        ready(())
    }
}

/// Pending codes of this process.
pub(crate) type MemoryOtps = Journaled<NoJournal>;

impl MemoryOtps {
    /// Holds nothing yet.
    pub(crate) fn new(rules: OtpRules) -> Self {
        Self::over(Book::new(rules), NoJournal)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Ready;
    use std::sync::Arc;

    use super::super::contract::{self, RULES};
    use super::*;

    fn open() -> Ready<Option<(Arc<MemoryOtps>, ())>> {
        std::future::ready(Some((Arc::new(MemoryOtps::new(RULES)), ())))
    }

    contract::suite!(open);
}
