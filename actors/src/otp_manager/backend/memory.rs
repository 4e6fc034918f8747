//! Codes in memory only, for tests: the end of the process forgets them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Attempt, Found, Insertion, NewChallenge, OtpBackend, Resending};
use crate::backend::{Pending, ready};
use crate::domain::{ChallengeId, Timestamp};
use crate::otp_manager::book::Book;
use crate::otp_manager::challenge::DestinationKey;
use crate::otp_manager::key::CodeMac;
use crate::otp_manager::{OtpRules, VerifyOtpOutcome};

/// Pending codes of this process.
pub(crate) struct MemoryOtps {
    rules: OtpRules,
    books: Mutex<BTreeMap<DestinationKey, Book>>,
}

impl MemoryOtps {
    /// Holds nothing yet.
    pub(crate) fn new(rules: OtpRules) -> Self {
        Self { rules, books: Mutex::default() }
    }

    fn books(&self) -> MutexGuard<'_, BTreeMap<DestinationKey, Book>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the book that the request is in. None is like an empty one.
    fn on_request<T>(&self, id: ChallengeId, step: impl FnOnce(&mut Book) -> T) -> T {
        let mut nothing = Book::new(self.rules);
        let mut books = self.books();
        step(books.values_mut().find(|book| book.get(id).is_some()).unwrap_or(&mut nothing))
    }
}

impl OtpBackend for MemoryOtps {
    fn insert(&self, new: NewChallenge, now: Timestamp) -> Pending<Insertion> {
        let key = DestinationKey::of(new.subject.purpose(), &new.subject.destination());
        let mut books = self.books();
        let is_full = |books: &BTreeMap<DestinationKey, Book>| {
            books.values().map(|book| book.iter().count()).sum::<usize>() >= self.rules.max_pending
        };
        if is_full(&books) {
            books.values_mut().for_each(|book| drop(book.purge(now)));
        }
        if is_full(&books) {
            return ready(Insertion::Full);
        }
        ready(books.entry(key).or_insert_with(|| Book::new(self.rules)).insert(new, now).0)
    }

    fn attempt(&self, attempt: Attempt, now: Timestamp) -> Pending<VerifyOtpOutcome> {
        ready(self.on_request(attempt.id, |book| book.attempt(&attempt, now).0))
    }

    fn resend(&self, id: ChallengeId, mac: CodeMac, now: Timestamp) -> Pending<Resending> {
        ready(self.on_request(id, |book| book.resend(id, mac, now).0))
    }

    fn find(&self, id: ChallengeId, now: Timestamp) -> Pending<Option<Found>> {
        ready(self.on_request(id, |book| book.find(id, now)))
    }

    fn sweep(&self, now: Timestamp) -> Pending<()> {
        self.books().values_mut().for_each(|book| drop(book.purge(now)));
        ready(())
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
