//! What every backend must do. Each case gets a fresh backend that follows [`RULES`].

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::{Attempt, Insertion, NewChallenge, OtpBackend, Resending};
use crate::domain::{AppId, Timestamp};
use crate::otp_manager::Purpose::{Phone, SignUp};
use crate::otp_manager::fixtures::{NOW, attempt, id, mac, new, phone, sign_up, source};
use crate::otp_manager::{Destination, OtpRules, Subject, VerifyOtpOutcome};

/// The defaults, but a bound on all codes that a test can reach.
pub(super) const RULES: OtpRules = OtpRules {
    email_ttl: Duration::from_mins(10),
    sms_ttl: Duration::from_mins(5),
    attempts: 5,
    resend_after: Duration::from_mins(1),
    max_pending: 8,
    max_per_destination: 5,
};

type Otps = Arc<dyn OtpBackend>;

/// Runs every case on the backend that `$open` opens, as `(Arc<backend>, what keeps it alive)`;
/// `None` leaves them out.
macro_rules! suite {
    ($open:path) => {
        $crate::otp_manager::backend::contract::suite! { @cases $open:
            a_right_code_is_accepted_once_and_brings_its_subject,
            s14_of_50_parallel_right_codes_exactly_one_is_accepted,
            s15_of_20_parallel_wrong_codes_5_count_and_the_right_one_is_refused_after,
            s15_the_fifth_attempt_may_be_right_and_the_sixth_not,
            s12_a_code_is_dead_at_its_expiry_without_any_sweep,
            an_expired_code_once_refused_does_not_revive_when_the_clock_goes_back,
            s13_a_code_works_for_no_other_request,
            s13_a_code_works_for_no_other_purpose_and_nothing_is_counted,
            an_unknown_request_is_refused,
            the_application_must_be_the_bound_one_and_a_mismatch_counts,
            s17_the_caller_may_allow_fewer_attempts_but_not_more,
            an_accepted_code_kills_the_others_of_its_purpose_and_destination_only,
            s18_a_resend_kills_the_old_code_and_keeps_the_attempts,
            the_cool_down_doubles_with_each_resend,
            a_request_out_of_attempts_cannot_be_resent_or_found,
            an_expired_or_unknown_request_cannot_be_resent_or_found,
            s45_however_often_resent_a_request_ends_after_15_minutes,
            s45_at_5_per_destination_the_oldest_of_the_same_source_makes_room,
            s45_at_5_per_destination_the_oldest_of_all_makes_room_for_a_new_source,
            an_expired_request_makes_room_before_a_living_one,
            s45_when_all_are_pending_one_more_is_full_until_some_expire,
            a_look_at_a_request_uses_nothing_up,
            a_sweep_keeps_what_lives,
        }
    };
    (@cases $open:path: $($case:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                let Some((backend, _keep)) = $open().await else { return };
                $crate::otp_manager::backend::contract::$case(backend).await;
            }
        )*
    };
}
pub(super) use suite;

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

async fn insert(otps: &Otps, new: NewChallenge, now: Timestamp) -> Insertion {
    otps.insert(new, now).await.unwrap()
}

async fn accepts(otps: &Otps, attempt: Attempt, now: Timestamp) -> bool {
    matches!(otps.attempt(attempt, now).await.unwrap(), VerifyOtpOutcome::Accepted(_))
}

async fn resend(otps: &Otps, n: u128, code: u32, now: Timestamp) -> Resending {
    otps.resend(id(n), mac(n, SignUp, code), now).await.unwrap()
}

async fn resent(otps: &Otps, n: u128, code: u32, now: Timestamp) -> bool {
    matches!(resend(otps, n, code, now).await, Resending::Replaced { .. })
}

async fn pending(
    otps: &Otps,
    requests: impl IntoIterator<Item = u128>,
    now: Timestamp,
) -> Vec<u128> {
    let mut found = Vec::new();
    for n in requests {
        if otps.find(id(n), now).await.unwrap().is_some() {
            found.push(n);
        }
    }
    found
}

pub(super) async fn a_right_code_is_accepted_once_and_brings_its_subject(otps: Otps) {
    let kept = insert(&otps, new(1, sign_up("Jo@Example.com"), 42), NOW).await;
    assert_eq!(kept, Insertion::Kept { expires_at: later(600) });
    let outcome = otps.attempt(attempt(1, SignUp, 42), NOW).await.unwrap();
    let VerifyOtpOutcome::Accepted(Subject::SignUp(subject)) = outcome else {
        panic!("refused, or another subject");
    };
    assert_eq!(subject.email.deliverable(), "Jo@example.com");
    assert_eq!(subject.first_name.as_str(), "Jo");
    assert!(subject.password_hash.as_phc().starts_with("$argon2id$"));
    assert!(!accepts(&otps, attempt(1, SignUp, 42), NOW).await);
}

/// Runs `work` on a thread of its own, so that it is parallel to others for real.
pub(super) fn on_a_thread<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(work))
}

/// How many of the attempts, all started at once, were accepted.
async fn race(otps: &Otps, attempts: impl Iterator<Item = Attempt>) -> usize {
    let tasks: Vec<_> = attempts
        .map(|attempt| {
            let otps = Arc::clone(otps);
            on_a_thread(async move { accepts(&otps, attempt, NOW).await })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += usize::from(task.await.unwrap());
    }
    accepted
}

pub(super) async fn s14_of_50_parallel_right_codes_exactly_one_is_accepted(otps: Otps) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    assert_eq!(race(&otps, (0..50).map(|_| attempt(1, SignUp, 42))).await, 1);
}

pub(super) async fn s15_of_20_parallel_wrong_codes_5_count_and_the_right_one_is_refused_after(
    otps: Otps,
) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    assert_eq!(race(&otps, (100..120).map(|code| attempt(1, SignUp, code))).await, 0);
    assert!(!accepts(&otps, attempt(1, SignUp, 42), NOW).await);
}

pub(super) async fn s15_the_fifth_attempt_may_be_right_and_the_sixth_not(otps: Otps) {
    for (n, wrong) in [(1, 4), (2, 5)] {
        insert(&otps, new(n, sign_up(&format!("{n}@example.com")), 42), NOW).await;
        for _ in 0..wrong {
            assert!(!accepts(&otps, attempt(n, SignUp, 1), NOW).await);
        }
        assert_eq!(accepts(&otps, attempt(n, SignUp, 42), NOW).await, wrong < 5);
    }
}

pub(super) async fn s12_a_code_is_dead_at_its_expiry_without_any_sweep(otps: Otps) {
    for (n, subject, ttl) in [(1, sign_up("jo@example.com"), 600), (2, phone(None), 300)] {
        let (purpose, last) = (subject.purpose(), later(ttl).before(Duration::from_millis(1)));
        insert(&otps, new(n, subject.clone(), 42), NOW).await;
        assert!(!accepts(&otps, attempt(n, purpose, 42), later(ttl)).await);
        insert(&otps, new(n + 10, subject, 42), NOW).await;
        assert!(accepts(&otps, attempt(n + 10, purpose, 42), last).await);
    }
}

pub(super) async fn an_expired_code_once_refused_does_not_revive_when_the_clock_goes_back(
    otps: Otps,
) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    assert!(!accepts(&otps, attempt(1, SignUp, 42), later(600)).await);
    assert!(!accepts(&otps, attempt(1, SignUp, 42), NOW).await);
}

pub(super) async fn s13_a_code_works_for_no_other_request(otps: Otps) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    insert(&otps, new(2, sign_up("jo@example.com"), 43), NOW).await;
    insert(&otps, new(3, sign_up("eve@example.com"), 44), NOW).await;
    for (n, code) in [(1, 43), (1, 44), (2, 42), (3, 42)] {
        assert!(!accepts(&otps, attempt(n, SignUp, code), NOW).await, "{code} for {n}");
    }
    // The very hash of another request is of no use either.
    let replayed = Attempt { id: id(2), ..attempt(1, SignUp, 42) };
    assert!(!accepts(&otps, replayed, NOW).await);
}

pub(super) async fn s13_a_code_works_for_no_other_purpose_and_nothing_is_counted(otps: Otps) {
    insert(&otps, new(1, phone(None), 42), NOW).await;
    for _ in 0..10 {
        assert!(!accepts(&otps, attempt(1, SignUp, 42), NOW).await);
        let disguised = Attempt { mac: mac(1, Phone, 42), ..attempt(1, SignUp, 42) };
        assert!(!accepts(&otps, disguised, NOW).await);
    }
    assert!(accepts(&otps, attempt(1, Phone, 42), NOW).await);
}

pub(super) async fn an_unknown_request_is_refused(otps: Otps) {
    assert!(!accepts(&otps, attempt(1, SignUp, 42), NOW).await);
}

pub(super) async fn the_application_must_be_the_bound_one_and_a_mismatch_counts(otps: Otps) {
    let by = |n, app: Option<&str>| Attempt {
        app_id: app.map(|text| AppId::parse(text).unwrap()),
        ..attempt(n, Phone, 42)
    };
    insert(&otps, new(1, phone(Some("9876")), 42), NOW).await;
    assert!(!accepts(&otps, by(1, None), NOW).await);
    assert!(!accepts(&otps, by(1, Some("1")), NOW).await);
    assert!(accepts(&otps, by(1, Some("9876")), NOW).await);

    insert(&otps, new(2, phone(None), 42), NOW).await;
    for _ in 0..5 {
        assert!(!accepts(&otps, by(2, Some("9876")), NOW).await);
    }
    assert!(!accepts(&otps, by(2, None), NOW).await, "five mismatches used the attempts up");
}

pub(super) async fn s17_the_caller_may_allow_fewer_attempts_but_not_more(otps: Otps) {
    let by = |allowed, code| Attempt { allowed, ..attempt(1, SignUp, code) };
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    assert!(!accepts(&otps, by(0, 42), NOW).await);
    assert!(!accepts(&otps, by(2, 1), NOW).await);
    assert!(!accepts(&otps, by(2, 1), NOW).await);
    for _ in 0..10 {
        assert!(!accepts(&otps, by(2, 42), NOW).await, "refused, and not counted");
    }
    assert!(accepts(&otps, by(3, 42), NOW).await);
}

pub(super) async fn an_accepted_code_kills_the_others_of_its_purpose_and_destination_only(
    otps: Otps,
) {
    for n in 1..=3 {
        insert(&otps, new(n, sign_up("jo@example.com"), 42), NOW).await;
    }
    insert(&otps, new(4, sign_up("eve@example.com"), 42), NOW).await;
    insert(&otps, new(5, phone(None), 42), NOW).await;
    assert!(accepts(&otps, attempt(2, SignUp, 42), NOW).await);
    assert_eq!(pending(&otps, 1..=5, NOW).await, [4, 5]);
    assert!(!accepts(&otps, attempt(1, SignUp, 42), NOW).await);
}

pub(super) async fn s18_a_resend_kills_the_old_code_and_keeps_the_attempts(otps: Otps) {
    for (n, wrong) in [(1, 3), (2, 4)] {
        insert(&otps, new(n, sign_up(&format!("{n}@example.com")), 42), NOW).await;
        for _ in 0..wrong {
            assert!(!accepts(&otps, attempt(n, SignUp, 1), NOW).await);
        }
        let now = later(60);
        let Resending::Replaced { subject, expires_at } = resend(&otps, n, 43, now).await else {
            panic!("not resent");
        };
        assert_eq!((subject.purpose(), expires_at), (SignUp, later(660)));
        assert!(!accepts(&otps, attempt(n, SignUp, 42), now).await, "the old code counts as wrong");
        let attempt = attempt(n, SignUp, 43);
        assert_eq!(accepts(&otps, attempt, later(659)).await, wrong < 4, "after {wrong} and one");
    }
}

pub(super) async fn the_cool_down_doubles_with_each_resend(otps: Otps) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    for (at, retry_at) in [(59, 60), (60 + 119, 60 + 120), (180 + 239, 180 + 240)] {
        let Resending::TooSoon { retry_at: told } = resend(&otps, 1, 43, later(at)).await else {
            panic!("not refused at {at} s");
        };
        assert_eq!(told, later(retry_at));
        assert!(resent(&otps, 1, 42, told).await);
    }
    assert!(accepts(&otps, attempt(1, SignUp, 42), later(421)).await, "a refusal changes nothing");
}

pub(super) async fn a_request_out_of_attempts_cannot_be_resent_or_found(otps: Otps) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    for _ in 0..5 {
        assert!(!accepts(&otps, attempt(1, SignUp, 1), NOW).await);
    }
    assert!(matches!(resend(&otps, 1, 43, later(60)).await, Resending::Unknown));
    assert!(!accepts(&otps, attempt(1, SignUp, 43), later(60)).await);
    assert_eq!(pending(&otps, [1], later(60)).await, []);
}

pub(super) async fn an_expired_or_unknown_request_cannot_be_resent_or_found(otps: Otps) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    assert_eq!(pending(&otps, [1, 2], later(600)).await, []);
    assert!(matches!(resend(&otps, 1, 43, later(600)).await, Resending::Unknown));
    assert!(!accepts(&otps, attempt(1, SignUp, 43), later(600)).await);
    assert!(matches!(resend(&otps, 2, 43, NOW).await, Resending::Unknown));
}

pub(super) async fn s45_however_often_resent_a_request_ends_after_15_minutes(otps: Otps) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    for seconds in [60, 180, 599] {
        assert!(resent(&otps, 1, 43, later(seconds)).await);
    }
    assert_eq!(pending(&otps, [1], later(899)).await, [1]);
    assert!(!accepts(&otps, attempt(1, SignUp, 43), later(900)).await);
}

async fn insert_from(otps: &Otps, n: u128, from: u8, now: Timestamp) {
    let new = NewChallenge { source: source(from), ..new(n, sign_up("jo@example.com"), 42) };
    insert(otps, new, now).await;
}

pub(super) async fn s45_at_5_per_destination_the_oldest_of_the_same_source_makes_room(otps: Otps) {
    for (n, from) in [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3)] {
        insert_from(&otps, n, from, later(u64::try_from(n).unwrap())).await;
    }
    insert_from(&otps, 6, 2, later(6)).await;
    assert_eq!(pending(&otps, 1..=6, later(6)).await, [1, 3, 4, 5, 6]);
}

pub(super) async fn s45_at_5_per_destination_the_oldest_of_all_makes_room_for_a_new_source(
    otps: Otps,
) {
    for n in [5, 4, 3, 2, 1] {
        insert_from(&otps, n, 1, later(10 - u64::try_from(n).unwrap())).await;
    }
    insert(&otps, new(7, sign_up("eve@example.com"), 42), NOW).await;
    insert_from(&otps, 6, 2, later(10)).await;
    assert_eq!(pending(&otps, 1..=7, later(10)).await, [1, 2, 3, 4, 6, 7]);
    assert!(!accepts(&otps, attempt(5, SignUp, 42), later(10)).await);
}

pub(super) async fn an_expired_request_makes_room_before_a_living_one(otps: Otps) {
    for n in 1..=5 {
        insert_from(&otps, n, 1, NOW).await;
    }
    assert!(resent(&otps, 1, 43, later(60)).await);
    insert_from(&otps, 6, 1, later(600)).await;
    assert_eq!(pending(&otps, 1..=6, later(600)).await, [1, 6]);
}

pub(super) async fn s45_when_all_are_pending_one_more_is_full_until_some_expire(otps: Otps) {
    for n in 1..=8 {
        insert(&otps, new(n, sign_up(&format!("{n}@example.com")), 42), NOW).await;
    }
    let one_more = || new(9, sign_up("9@example.com"), 42);
    assert_eq!(insert(&otps, one_more(), later(599)).await, Insertion::Full);
    assert_eq!(pending(&otps, 1..=9, later(599)).await, [1, 2, 3, 4, 5, 6, 7, 8]);
    let kept = insert(&otps, one_more(), later(600)).await;
    assert_eq!(kept, Insertion::Kept { expires_at: later(1200) });
}

pub(super) async fn a_look_at_a_request_uses_nothing_up(otps: Otps) {
    insert(&otps, new(1, phone(None), 42), NOW).await;
    for _ in 0..10 {
        let found = otps.find(id(1), NOW).await.unwrap().unwrap();
        assert_eq!(found.purpose, Phone);
        assert!(
            matches!(found.destination, Destination::Phone(number) if number.e164() == "+2348012345678")
        );
    }
    assert!(accepts(&otps, attempt(1, Phone, 42), NOW).await);
}

pub(super) async fn a_sweep_keeps_what_lives(otps: Otps) {
    insert(&otps, new(1, sign_up("jo@example.com"), 42), NOW).await;
    insert(&otps, new(2, phone(None), 42), NOW).await;
    otps.sweep(later(300)).await.unwrap();
    assert_eq!(pending(&otps, [1, 2], later(300)).await, [1]);
    assert!(accepts(&otps, attempt(1, SignUp, 42), later(300)).await);
}
