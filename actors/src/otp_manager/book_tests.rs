//! The rules over all pending requests.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::otp_manager::Purpose;
use crate::otp_manager::tests::{NOW, id, mac, sign_up, source};

fn rules() -> OtpRules {
    OtpRules { max_pending: 20, ..OtpRules::default() }
}

fn new(n: u8, email: &str, from: u8) -> NewChallenge {
    NewChallenge { id: id(n), subject: sign_up(email), source: source(from), mac: mac(n) }
}

fn attempt(n: u8, code: u8, allowed: u8) -> Attempt {
    Attempt { id: id(n), purpose: Purpose::SignUp, mac: mac(code), app_id: None, allowed }
}

fn is_pending(book: &Book, n: u8) -> bool {
    book.find(id(n), NOW).is_some()
}

#[test]
fn s_45_the_sixth_request_evicts_the_oldest_of_its_own_source_first() {
    let mut book = Book::new(rules());
    for (n, from) in [(1, 1), (2, 2), (3, 1), (4, 1), (5, 1)] {
        book.insert(new(n, "ann@example.com", from), NOW.after(Duration::from_secs(n.into())));
    }
    book.insert(new(6, "ann@example.com", 2), NOW.after(Duration::from_secs(6)));
    assert!(!is_pending(&book, 2), "the oldest from source 2");
    book.insert(new(7, "ann@example.com", 9), NOW.after(Duration::from_secs(7)));
    assert!(!is_pending(&book, 1), "a stranger evicts the oldest of all");
    assert!([3, 4, 5, 6, 7].into_iter().all(|n| is_pending(&book, n)));
    book.insert(new(8, "bob@example.com", 1), NOW);
    assert!(is_pending(&book, 3), "another destination has its own places");
}

#[test]
fn s_45_when_all_places_are_taken_only_expired_ones_make_room() {
    let mut book = Book::new(rules());
    for n in 0..20 {
        book.insert(new(n, &format!("p{n}@example.com"), 1), NOW);
    }
    assert_eq!(book.insert(new(20, "late@example.com", 1), NOW).0, Insertion::Full);
    let later = NOW.after(Duration::from_mins(10));
    let (kept, changes) = book.insert(new(20, "late@example.com", 1), later);
    assert!(matches!(kept, Insertion::Kept { .. }));
    assert_eq!(changes.removed.len(), 20);
}

#[test]
fn s_17_fewer_attempts_are_allowed_when_the_budget_says_so() {
    let mut book = Book::new(rules());
    book.insert(new(1, "ann@example.com", 1), NOW);
    for _ in 0..2 {
        book.attempt(&attempt(1, 99, 2), NOW);
    }
    let (outcome, _) = book.attempt(&attempt(1, 1, 2), NOW);
    assert!(matches!(outcome, VerifyOtpOutcome::Refused), "two were made");
    let (outcome, _) = book.attempt(&attempt(1, 1, u8::MAX), NOW);
    assert!(matches!(outcome, VerifyOtpOutcome::Accepted(_)), "and the third was not counted");
}

#[test]
fn an_expired_request_stays_dead_when_the_clock_is_set_back() {
    let mut book = Book::new(rules());
    book.insert(new(1, "ann@example.com", 1), NOW);
    book.attempt(&attempt(1, 1, u8::MAX), NOW.after(Duration::from_mins(10)));
    let (outcome, _) = book.attempt(&attempt(1, 1, u8::MAX), NOW);
    assert!(matches!(outcome, VerifyOtpOutcome::Refused));
}

#[test]
fn a_purge_frees_everything_expired_in_bounded_steps() {
    let mut book = Book::new(OtpRules { max_pending: 5_000, ..OtpRules::default() });
    for n in 0..2_500_u16 {
        let bytes = u128::from(n).to_be_bytes();
        let email = format!("p{n}@example.com");
        let id = ChallengeId::from_bytes(bytes);
        let new = NewChallenge { id, subject: sign_up(&email), source: source(1), mac: mac(1) };
        book.insert(new, NOW);
    }
    let end = NOW.after(Duration::from_mins(10));
    assert!(book.purge(end.before(Duration::from_millis(1))).is_empty());
    let steps: Vec<_> = (0..4).map(|_| book.purge(end).removed.len()).collect();
    assert_eq!(steps, [1_000, 1_000, 500, 0]);
    assert!(book.challenges.is_empty() && book.by_destination.is_empty());
    assert!(book.by_expiry.is_empty());
}

/// One step of a random history of two requests.
#[derive(Clone, Debug)]
enum Step {
    Issue(u8),
    Try { n: u8, right: bool },
    Resend(u8),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let n = 1_u8..3;
    let step = prop_oneof![
        n.clone().prop_map(Step::Issue),
        (n.clone(), prop::bool::weighted(0.3)).prop_map(|(n, right)| Step::Try { n, right }),
        n.prop_map(Step::Resend),
        (1_u64..400).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

/// What a request may still do, kept beside the book by the simplest means.
struct Shadow {
    code: u8,
    wrong: u8,
    dies_at: Timestamp,
}

proptest! {
    #[test]
    fn no_code_is_accepted_twice_nor_late_nor_after_five_wrong_attempts(steps in steps()) {
        let mut book = Book::new(OtpRules { resend_after: Duration::ZERO, ..rules() });
        let mut shadows: HashMap<u8, Shadow> = HashMap::new();
        let (mut now, mut next_code) = (NOW, 100_u8);
        for step in steps {
            match step {
                Step::Wait(seconds) => now = now.after(Duration::from_secs(seconds)),
                Step::Issue(n) => {
                    if shadows.contains_key(&n) {
                        continue; // ids are never given twice
                    }
                    let email = format!("p{n}@example.com");
                    book.insert(new(n, &email, 1), now);
                    let dies_at = now.after(Duration::from_mins(10));
                    shadows.insert(n, Shadow { code: n, wrong: 0, dies_at });
                }
                Step::Resend(n) => {
                    next_code = next_code.wrapping_add(1).max(100);
                    let (answer, _) = book.resend(id(n), mac(next_code), now);
                    if let Resending::Replaced { expires_at, .. } = answer {
                        let shadow = shadows.get_mut(&n).unwrap();
                        prop_assert!(now < shadow.dies_at && shadow.wrong < 5);
                        shadow.code = next_code;
                        shadow.dies_at = expires_at;
                    }
                }
                Step::Try { n, right } => {
                    let code = shadows.get(&n).map_or(0, |shadow| shadow.code);
                    let code = if right { code } else { 0 };
                    let (outcome, _) = book.attempt(&attempt(n, code, u8::MAX), now);
                    let accepted = matches!(outcome, VerifyOtpOutcome::Accepted(_));
                    let Some(shadow) = shadows.get_mut(&n) else {
                        prop_assert!(!accepted);
                        continue;
                    };
                    let lives = now < shadow.dies_at && shadow.wrong < 5;
                    prop_assert_eq!(accepted, right && lives);
                    if accepted {
                        shadow.dies_at = Timestamp::default(); // used
                    } else if lives {
                        shadow.wrong += 1;
                    }
                }
            }
        }
    }
}
