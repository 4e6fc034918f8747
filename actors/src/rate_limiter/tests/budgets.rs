//! How much is sent to whom (S-19).

use std::time::Duration;

use proptest::prelude::*;

use super::fixture::*;
use crate::domain::Timestamp;
use crate::rate_limiter::budget::{Record, Rule};
use crate::rate_limiter::*;

const GRANTED: SendAdmission = SendAdmission::Granted;

#[actix::test]
async fn s_19_one_destination_gets_one_a_minute_five_an_hour_and_ten_a_day() {
    let limiter = Fixture::start();
    let send = async || {
        let ip = format!("192.0.2.{}", rand::random_range(1..=250));
        limiter.try_send(code_to("jo@example.com"), &ip).await.unwrap()
    };
    for spent_for in [55 * MINUTE, 22 * HOUR + 55 * MINUTE] {
        for _ in 0..4 {
            assert_eq!(send().await, GRANTED);
            assert_eq!(send().await, refused(MINUTE));
            limiter.advance(MINUTE);
        }
        assert_eq!(send().await, GRANTED);
        limiter.advance(MINUTE);
        assert_eq!(send().await, refused(spent_for));
        limiter.advance(55 * MINUTE);
    }
    assert_eq!(send().await, refused(22 * HOUR));
    limiter.advance((22 * HOUR).saturating_sub(Duration::from_millis(1)));
    assert_eq!(send().await, refused(Duration::from_millis(1)));
    limiter.advance(Duration::from_millis(1));
    assert_eq!(send().await, GRANTED);
}

#[actix::test]
async fn s_19_one_client_sends_ten_an_hour_whatever_to() {
    let limiter = Fixture::start();
    for n in 0..10 {
        assert_eq!(limiter.send(code_to(&format!("p{n}@example.com"))).await, GRANTED);
    }
    assert_eq!(limiter.send(code_to("p10@example.com")).await, refused(HOUR));
    assert_eq!(limiter.send(sms_to("+2348012345678")).await, refused(HOUR));
    let other = limiter.try_send(code_to("p10@example.com"), "192.0.2.2").await;
    assert_eq!(other, Ok(GRANTED));
}

#[actix::test]
async fn codes_to_an_address_leave_the_budget_of_its_reset_links_alone() {
    let limiter = Fixture::start();
    assert_eq!(limiter.send(code_to("jo@example.com")).await, GRANTED);
    let link = || Sending::ResetLink(email("JO@example.com"));
    assert_eq!(limiter.send(link()).await, GRANTED);
    assert_eq!(limiter.send(link()).await, refused(MINUTE));
}

/// What a client has left must not tell whether the addresses it asked about have accounts.
#[actix::test]
async fn a_request_for_a_link_costs_the_client_alike_whether_or_not_a_link_is_sent() {
    let limiter = Fixture::start();
    for _ in 0..10 {
        assert_eq!(limiter.send(Sending::ResetRequest).await, GRANTED);
        let _ = limiter.send(Sending::ResetLink(email("jo@example.com"))).await;
    }
    assert_eq!(limiter.send(Sending::ResetRequest).await, refused(HOUR));
}

#[actix::test]
async fn a_refusal_costs_no_budget_anything() {
    let limiter = Fixture::start();
    assert_eq!(limiter.send(code_to("jo@example.com")).await, GRANTED);
    for _ in 0..50 {
        assert_eq!(limiter.send(code_to("jo@example.com")).await, refused(MINUTE));
    }
    for n in 0..9 {
        assert_eq!(limiter.send(code_to(&format!("p{n}@example.com"))).await, GRANTED);
    }
}

#[actix::test]
async fn s_19_mails_and_text_messages_have_a_budget_in_all() {
    let limiter = Fixture::with(&open_rules());
    for n in 0..1000 {
        assert_eq!(limiter.send(code_to(&format!("p{n}@example.com"))).await, GRANTED);
    }
    let refusal = limiter.send(code_to("jo@example.com")).await;
    assert!(matches!(refusal, SendAdmission::Refused { .. }), "{refusal:?}");
    assert_eq!(limiter.send(sms_to("+2348012345678")).await, GRANTED, "text messages go on");
    limiter.advance(HOUR + MINUTE);
    assert_eq!(limiter.send(code_to("jo@example.com")).await, GRANTED);
}

#[actix::test]
async fn one_account_gets_ten_text_messages_a_day() {
    let mut rules = open_rules();
    rules.sends.as_mut().unwrap().sms_per_account = Quota { count: 10, per: DAY };
    let limiter = Fixture::with(&rules);
    for n in 0..10 {
        assert_eq!(limiter.send(sms_for(1, &format!("+23480{n}2345678"))).await, GRANTED);
    }
    assert_eq!(limiter.send(sms_for(1, "+2348022345678")).await, refused(DAY));
    assert_eq!(limiter.send(sms_for(2, "+2348022345678")).await, GRANTED);
}

#[actix::test]
async fn budgets_survive_a_restart_and_switched_off_they_are_not_asked() {
    let limiter = Fixture::start();
    assert_eq!(limiter.send(code_to("jo@example.com")).await, GRANTED);
    let limiter = limiter.restarted(&rules());
    assert_eq!(limiter.send(code_to("jo@example.com")).await, refused(MINUTE));
    let limiter = limiter.restarted(&LimiterRules::default());
    limiter.store.set(FAILING);
    assert_eq!(limiter.send(code_to("jo@example.com")).await, GRANTED);
    limiter.verify("+2348012345678").await;
}

#[test]
fn f_18_what_a_clock_now_set_back_wrote_counts_no_more() {
    let rule = Rule::of([Quota { count: 1, per: MINUTE }]);
    let (now, ahead) = (Timestamp::from_secs(1_000_000), Duration::from_mins(5));
    let mut record = Record::default();
    record.charge(&rule, now.after(ahead));
    assert_eq!(record.clone().seen_at(&rule, now).wait(&rule, now), ahead + MINUTE);
    let earlier = now.before(Duration::from_millis(1));
    assert_eq!(record.seen_at(&rule, earlier), Record::default());
}

/// A rule, and how often it may be asked.
fn a_rule() -> impl Strategy<Value = Rule> {
    let quota = (1_u32..30, 1_000_u64..100_000)
        .prop_map(|(count, millis)| Quota { count, per: Duration::from_millis(millis) });
    let coarse = (101_u32..150, 60_000_u64..100_000)
        .prop_map(|(count, millis)| Quota { count, per: Duration::from_millis(millis) });
    prop_oneof![
        prop::collection::vec(quota, 1..4).prop_map(Rule::of),
        coarse.prop_map(|quota| Rule::of([quota])),
    ]
}

proptest! {
    /// Whatever the spread of messages: no window of any quota ever holds more than its count.
    #[test]
    fn s_19_no_interleaving_exceeds_a_quota(
        rule in a_rule(),
        pauses in prop::collection::vec((0_u64..3_000, prop::bool::weighted(0.1)), 1..400),
    ) {
        let (mut record, mut now) = (Record::default(), Timestamp::from_secs(1_000_000));
        let mut sent: Vec<Timestamp> = Vec::new();
        for (pause, refunded) in pauses {
            now = now.after(Duration::from_millis(pause));
            record = record.seen_at(&rule, now);
            if record.wait(&rule, now).is_zero() {
                record.charge(&rule, now);
                if refunded { record.refund(now) } else { sent.push(now) }
            }
            let slots = record.slots.len();
            prop_assert!(slots <= 100, "{slots} slots");
        }
        for quota in &rule.quotas {
            for (n, first) in sent.iter().enumerate() {
                let end = first.after(quota.per);
                let within = sent[n..].iter().take_while(|at| **at < end).count();
                prop_assert!(within <= quota.count as usize, "{within} in {quota:?}");
            }
        }
    }

    #[test]
    fn who_waits_as_told_is_charged(
        rule in a_rule(), pauses in prop::collection::vec(0_u64..2_000, 1..200),
    ) {
        let (mut record, mut now) = (Record::default(), Timestamp::from_secs(1_000_000));
        for pause in pauses {
            now = now.after(Duration::from_millis(pause));
            record = record.seen_at(&rule, now);
            let wait = record.wait(&rule, now);
            if !wait.is_zero() {
                let early = now.after(wait).before(Duration::from_millis(1));
                prop_assert!(!record.clone().seen_at(&rule, early).wait(&rule, early).is_zero());
                now = now.after(wait);
                record = record.seen_at(&rule, now);
                prop_assert!(record.wait(&rule, now).is_zero());
            }
            record.charge(&rule, now);
            prop_assert!(record.expires_at(&rule) > now);
        }
        let end = record.expires_at(&rule);
        prop_assert_eq!(record.seen_at(&rule, end), Record::default(), "an expired record says nothing");
    }
}
