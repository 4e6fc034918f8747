//! The book behind a lock, and a journal that follows it: the logic of every backend whose truth
//! at run time is this process's memory.

use std::sync::{Mutex, PoisonError};

use super::{Attempt, Found, Insertion, NewChallenge, OtpBackend, Resending};
use crate::backend::{Pending, ready};
use crate::domain::{ChallengeId, Timestamp};
use crate::otp_manager::VerifyOtpOutcome;
use crate::otp_manager::book::{Book, Changes};
use crate::otp_manager::key::CodeMac;

/// Makes changes durable.
pub(crate) trait Journal: Send + Sync + 'static {
    /// Takes the changes just made to `book`, in the order of the calls; resolves when durable.
    fn record(&self, book: &Book, changes: Changes) -> Pending<()>;
}

/// A [`Book`] whose every change reaches the journal before anybody is told of it.
///
/// The book changes first: when the journal fails, a counted attempt stays counted and a
/// consumed code stays consumed, although the caller hears of an error.
pub(crate) struct Journaled<J> {
    book: Mutex<Book>,
    journal: J,
}

impl<J: Journal> Journaled<J> {
    pub(super) fn over(book: Book, journal: J) -> Self {
        Self { book: Mutex::new(book), journal }
    }

    pub(super) fn with_book<T>(&self, step: impl FnOnce(&mut Book) -> T) -> T {
        // A panic inside a step leaves at worst an index entry that points nowhere.
        step(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn step<T, F>(&self, step: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Book) -> (T, Changes),
    {
        self.with_book(|book| {
            let (answer, changes) = step(book);
            if changes.is_empty() {
                return ready(answer);
            }
            // Still under the lock: the journal must see changes in the order they were made.
            let durable = self.journal.record(book, changes);
            Box::pin(async move { durable.await.map(|()| answer) })
        })
    }
}

impl<J: Journal> OtpBackend for Journaled<J> {
    fn insert(&self, new: NewChallenge, now: Timestamp) -> Pending<Insertion> {
        self.step(|book| book.insert(new, now))
    }

    fn attempt(&self, attempt: Attempt, now: Timestamp) -> Pending<VerifyOtpOutcome> {
        self.step(|book| book.attempt(&attempt, now))
    }

    fn resend(&self, id: ChallengeId, mac: CodeMac, now: Timestamp) -> Pending<Resending> {
        self.step(|book| book.resend(id, mac, now))
    }

    fn find(&self, id: ChallengeId, now: Timestamp) -> Pending<Option<Found>> {
        ready(self.with_book(|book| book.find(id, now)))
    }

    fn sweep(&self, now: Timestamp) -> Pending<()> {
        self.step(|book| ((), book.purge(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendError;
    use crate::otp_manager::fixtures::{NOW, attempt, new, sign_up};
    use crate::otp_manager::{OtpRules, Purpose};

    struct FailingJournal;

    impl Journal for FailingJournal {
        fn record(&self, _: &Book, _: Changes) -> Pending<()> {
            Box::pin(std::future::ready(Err(BackendError::Unavailable)))
        }
    }

    #[tokio::test]
    async fn a_code_whose_consumption_was_not_recorded_is_used_up_and_nobody_was_let_in() {
        let mut book = Book::new(OtpRules::default());
        book.insert(new(1, sign_up("jo@example.com"), 42), NOW);
        let otps = Journaled::over(book, FailingJournal);
        let unrecorded = otps.attempt(attempt(1, Purpose::SignUp, 42), NOW).await;
        assert_eq!(unrecorded.err(), Some(BackendError::Unavailable));
        let again = otps.attempt(attempt(1, Purpose::SignUp, 42), NOW).await;
        assert!(matches!(again, Ok(VerifyOtpOutcome::Refused)));
    }

    #[tokio::test]
    async fn an_attempt_that_was_not_recorded_stays_counted() {
        let mut book = Book::new(OtpRules::default());
        book.insert(new(1, sign_up("jo@example.com"), 42), NOW);
        let otps = Journaled::over(book, FailingJournal);
        for _ in 0..5 {
            let wrong = otps.attempt(attempt(1, Purpose::SignUp, 1), NOW).await;
            assert_eq!(wrong.err(), Some(BackendError::Unavailable));
        }
        let right = otps.attempt(attempt(1, Purpose::SignUp, 42), NOW).await;
        assert!(matches!(right, Ok(VerifyOtpOutcome::OutOfTries)));
    }
}
