//! Text messages that nobody verifies are sent no more: pumping.

use std::time::Duration;

use super::fixture::*;
use crate::domain::Timestamp;
use crate::rate_limiter::budget::{Record, Rule};
use crate::rate_limiter::*;

const GRANTED: SendAdmission = SendAdmission::Granted;
const CODE_LIFE: Duration = Duration::from_mins(5);

/// A number of the `block`-th block of ten thousand in Nigeria.
fn nigerian(block: usize, number: usize) -> String {
    format!("+234801{block:03}{number:04}")
}

fn generous() -> LimiterRules {
    let mut rules = open_rules();
    let sends = rules.sends.as_mut().unwrap();
    sends.sms_per_country = Quota { count: 1000, per: HOUR };
    sends.sms = Quota { count: 10_000, per: HOUR };
    rules
}

#[actix::test]
async fn a_thousand_adjacent_numbers_get_no_more_than_their_block_allows() {
    let limiter = Fixture::with(&open_rules());
    let mut granted = 0;
    for n in 0..1000 {
        granted += usize::from(limiter.send(sms_to(&nigerian(1, n))).await == GRANTED);
    }
    assert_eq!(granted, 20);
}

#[actix::test]
async fn a_thousand_blocks_get_no_more_than_their_country_allows_and_countries_no_more_than_all() {
    let limiter = Fixture::with(&open_rules());
    let mut granted = 0;
    for block in 0..1000 {
        granted += usize::from(limiter.send(sms_to(&nigerian(block, 0))).await == GRANTED);
    }
    assert_eq!(granted, 100);
    for block in 0..1000 {
        let ghanaian = format!("+23324{block:03}1234");
        granted += usize::from(limiter.send(sms_to(&ghanaian)).await == GRANTED);
    }
    assert_eq!(granted, 200);
    let british = limiter.send(sms_to("+447400123456")).await;
    assert!(matches!(british, SendAdmission::Refused { .. }));
}

/// Sends to `count` blocks of Nigeria, of which the first `verified` verify.
async fn campaign(limiter: &Fixture, count: usize, verified: usize) {
    for block in 0..count {
        assert_eq!(limiter.send(sms_to(&nigerian(block, 0))).await, GRANTED, "{block}");
        if block < verified {
            limiter.verify(&nigerian(block, 0)).await;
        }
    }
}

#[actix::test]
async fn a_country_whose_codes_do_not_come_back_is_paused_for_an_hour_and_then_tried_again() {
    let limiter = Fixture::with(&generous());
    campaign(&limiter, 60, 0).await;
    // Those of the last minutes may still be verified.
    assert_eq!(limiter.send(sms_to(&nigerian(60, 0))).await, GRANTED);
    limiter.advance(CODE_LIFE + MINUTE);
    assert_eq!(limiter.send(sms_to(&nigerian(61, 0))).await, refused(HOUR));
    assert_eq!(limiter.send(sms_to("+233241231234")).await, GRANTED, "Ghana is not affected");
    let limiter = limiter.restarted(&generous());
    limiter.advance(HOUR.saturating_sub(Duration::from_millis(1)));
    assert_eq!(limiter.send(sms_to(&nigerian(61, 0))).await, refused(Duration::from_millis(1)));
    limiter.advance(Duration::from_millis(1));
    campaign(&limiter, 60, 0).await;
    limiter.advance(CODE_LIFE + MINUTE);
    assert_eq!(limiter.send(sms_to(&nigerian(62, 0))).await, refused(HOUR));
}

#[actix::test]
async fn one_in_ten_that_comes_back_is_enough_and_fewer_than_fifty_are_not_judged() {
    tokio::time::pause();
    for (sent, verified, then_granted) in [(50, 5, true), (50, 4, false), (49, 0, true)] {
        let limiter = Fixture::another(&generous());
        campaign(&limiter, sent, verified).await;
        limiter.advance(CODE_LIFE + MINUTE);
        let next = limiter.send(sms_to(&nigerian(500, 0))).await;
        assert_eq!(next == GRANTED, then_granted, "{sent} sent, {verified} verified");
    }
}

#[actix::test]
async fn a_block_is_paused_before_its_country() {
    let mut rules = generous();
    let sends = rules.sends.as_mut().unwrap();
    sends.sms_per_block = Quota { count: 100, per: HOUR };
    let limiter = Fixture::with(&rules);
    for n in 0..100 {
        assert_eq!(limiter.send(sms_to(&nigerian(1, n))).await, GRANTED);
        assert_eq!(limiter.send(sms_to(&nigerian(n + 100, 0))).await, GRANTED);
        limiter.verify(&nigerian(n + 100, 0)).await;
    }
    limiter.advance(HOUR + MINUTE);
    assert_eq!(limiter.send(sms_to(&nigerian(1, 100))).await, refused(HOUR));
    assert_eq!(limiter.send(sms_to(&nigerian(2, 0))).await, GRANTED);
}

#[test]
fn only_the_latest_codes_are_judged_and_a_day_is_the_longest() {
    let breaker = BreakerRule { sample: 50, percent: 10, pause: HOUR, code_life: CODE_LIFE };
    let quotas = vec![Quota { count: 1000, per: HOUR }];
    let rule = Rule { quotas, breaker: Some(breaker) };
    let start = Timestamp::from_secs(1_000_000);
    let send = |record: Record, at| {
        let mut record = record.seen_at(&rule, at);
        record.charge(&rule, at);
        record
    };
    let mut record = Record::default();
    // A day of good business, then an attack.
    for n in 0..500 {
        record = send(record, start.after(n * MINUTE));
        record.verified();
    }
    let attack = start.after(500 * MINUTE);
    for n in 0..50 {
        record = send(record, attack.after(n * MINUTE));
    }
    let later = attack.after(49 * MINUTE + CODE_LIFE + 2 * MINUTE);
    assert!(record.has_collapsed(breaker, &rule, later));
    assert!(!record.has_collapsed(breaker, &rule, attack.after(20 * MINUTE)));
    let next_day = attack.after(DAY + HOUR);
    assert!(!record.seen_at(&rule, next_day).has_collapsed(breaker, &rule, next_day));
}

#[test]
fn a_record_is_of_bounded_size_however_long_and_fast_it_is_charged() {
    let breaker = BreakerRule { sample: 50, percent: 10, pause: HOUR, code_life: CODE_LIFE };
    for per in [MINUTE, HOUR, DAY] {
        let rule = Rule { quotas: vec![Quota { count: 1_000_000, per }], breaker: Some(breaker) };
        let (mut record, mut now) = (Record::default(), Timestamp::from_secs(1_000_000));
        for _ in 0..20_000 {
            now = now.after(Duration::from_secs(7));
            record = record.seen_at(&rule, now);
            record.charge(&rule, now);
            record.verified();
            let slots = record.slots.len();
            assert!(slots <= 130, "{slots} slots, {per:?}");
        }
    }
}

#[test]
fn f_18_a_pause_set_by_a_clock_far_ahead_is_void() {
    let breaker = BreakerRule { sample: 50, percent: 10, pause: HOUR, code_life: CODE_LIFE };
    let rule = Rule { quotas: Vec::new(), breaker: Some(breaker) };
    let now = Timestamp::from_secs(1_000_000);
    let paused = |until| Record { slots: Vec::new(), paused_until: until };
    let ours = paused(now.after(HOUR)).seen_at(&rule, now);
    assert_eq!(ours.wait(&rule, now), HOUR);
    let far = paused(now.after(10 * 365 * DAY)).seen_at(&rule, now);
    assert_eq!(far, Record::default());
}
