//! Tests of the book beyond the backend contract: its rules under any sequence of operations.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::otp_manager::Purpose;
use crate::otp_manager::fixtures::{NOW, attempt, id, mac, new, sign_up, source};

impl Book {
    /// Every request is there once, the oldest first, and none beyond the bound.
    fn assert_consistent(&self) {
        let mut ids: Vec<_> = self.iter().map(|(id, _)| id.as_bytes().to_vec()).collect();
        assert!(self.iter().is_sorted_by_key(|(_, challenge)| challenge.created_at));
        assert!(ids.len() <= self.rules.max_per_destination);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), self.requests.len());
    }
}

#[test]
fn a_purge_removes_what_expired_and_says_what_that_was() {
    let mut book = Book::new(OtpRules::default());
    for (n, seconds) in [(1, 9), (2, 8), (3, 7)] {
        let at = NOW.after(Duration::from_secs(seconds));
        book.insert(new(n, sign_up("jo@example.com"), 42), at);
    }
    let end = NOW.after(Duration::from_mins(10));
    assert_eq!(book.purge(end), []);
    assert_eq!(book.purge(end.after(Duration::from_secs(8))), [id(3), id(2)]);
    assert_eq!(book.iter().map(|(id, _)| id).collect::<Vec<_>>(), [id(1)]);
}

#[derive(Clone, Debug)]
enum Step {
    Issue { request: u128, from: u8 },
    Guess { request: u128, code: Guess, allowed: u8 },
    Resend { request: u128 },
    Wait { seconds: u64 },
    Purge,
}

#[derive(Clone, Copy, Debug)]
enum Guess {
    Current,
    Previous,
    OfAnother,
    Wrong,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let request = 0..8_u128;
    let code = prop_oneof![
        4 => Just(Guess::Current),
        1 => Just(Guess::Previous),
        1 => Just(Guess::OfAnother),
        6 => Just(Guess::Wrong),
    ];
    let step = prop_oneof![
        3 => (request.clone(), 0..3_u8)
            .prop_map(|(request, from)| Step::Issue { request, from }),
        8 => (request.clone(), code, 0..8_u8)
            .prop_map(|(request, code, allowed)| Step::Guess { request, code, allowed }),
        2 => request.prop_map(|request| Step::Resend { request }),
        2 => (0..400_u64).prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::Purge),
    ];
    prop::collection::vec(step, 1..120)
}

/// What an observer without the book's insight knows of one request.
struct Known {
    code: u32,
    previous: u32,
    created_at: Timestamp,
    issued_at: Timestamp,
    wrong: u8,
    accepted: bool,
}

impl Known {
    /// Whether the request's code may be accepted (S-14, S-45).
    fn live(&self, allowed: u8, now: Timestamp) -> bool {
        let end = self.issued_at.after(TTL).min(self.created_at.after(LIFE));
        !self.accepted && self.wrong < allowed && now < end
    }
}

const TTL: Duration = Duration::from_mins(10);
/// However often its code is sent again, a request ends this long after it was made (S-45).
const LIFE: Duration = Duration::from_mins(15);
const WRONG: u32 = 999_999;

proptest! {
    #[test]
    fn s14_s15_no_sequence_gets_a_code_accepted_twice_or_late_or_after_5_wrong_ones(steps in steps()) {
        let rules = OtpRules { max_per_destination: 4, ..OtpRules::default() };
        let mut book = Book::new(rules);
        let mut known: HashMap<u128, Known> = HashMap::new();
        // The latest request by each name of a step; ids are never used twice.
        let mut names: HashMap<u128, u128> = HashMap::new();
        let (mut now, mut fresh) = (NOW, 0_u32);
        for step in steps {
            fresh += 1;
            match step {
                Step::Issue { request, from } => {
                    let n = u128::from(fresh);
                    let subject = sign_up("jo@example.com");
                    book.insert(NewChallenge { source: source(from), ..new(n, subject, fresh) }, now);
                    names.insert(request, n);
                    let about = Known { code: fresh, previous: WRONG, created_at: now, issued_at: now, wrong: 0, accepted: false };
                    known.insert(n, about);
                }
                Step::Guess { request, code, allowed } => {
                    let Some(n) = names.get(&request).copied() else { continue };
                    let another = known.iter().find(|(other, _)| **other != n).map_or(WRONG, |(_, other)| other.code);
                    let about = known.get_mut(&n).unwrap();
                    let guess = match code {
                        Guess::Current => about.code,
                        Guess::Previous => about.previous,
                        Guess::OfAnother => another,
                        Guess::Wrong => WRONG,
                    };
                    let pending = book.get(id(n)).is_some();
                    let right = guess == about.code;
                    let live = about.live(allowed.min(5), now);
                    let (outcome, _) = book.attempt(&Attempt { allowed, ..attempt(n, Purpose::SignUp, guess) }, now);
                    let accepted = matches!(outcome, VerifyOtpOutcome::Accepted(_));
                    // Evicted requests and those that died with another are not pending.
                    prop_assert_eq!(accepted, right && live && pending, "{:?}", code);
                    about.accepted |= accepted;
                    about.wrong += u8::from(!right && live && pending);
                }
                Step::Resend { request } => {
                    let Some(n) = names.get(&request).copied() else { continue };
                    let about = known.get_mut(&n).unwrap();
                    if let (Resending::Replaced { .. }, _) = book.resend(id(n), mac(n, Purpose::SignUp, fresh), now) {
                        prop_assert!(about.live(5, now));
                        (about.previous, about.code, about.issued_at) = (about.code, fresh, now);
                    }
                }
                Step::Wait { seconds } => now = now.after(Duration::from_secs(seconds)),
                Step::Purge => { book.purge(now); }
            }
            book.assert_consistent();
        }
    }
}
