//! S-52, S-53, S-54.

use super::SignInAdmission::{Admitted, Disabled};
use super::TryResult::{Abandoned, Right, Wrong};
use super::*;

const HOME: &str = "192.0.2.1";
const STRANGER: &str = "198.51.100.1";

#[actix::test]
async fn five_failures_are_free_then_each_doubles_the_delay_s52() {
    let t = Fixture::start();
    t.fail(STRANGER, 5).await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(t.admit(STRANGER).await, delayed(seconds));
        t.advance(almost(Duration::from_secs(seconds)));
        assert_eq!(t.admit(STRANGER).await, delayed(1), "rounded up to a whole second");
        t.advance(MILLISECOND);
        t.sign_in(STRANGER, Wrong).await;
    }
}

#[actix::test]
async fn what_is_refused_is_not_counted() {
    let t = Fixture::start();
    t.fail(STRANGER, 5).await;
    for _ in 0..50 {
        assert_eq!(t.admit(STRANGER).await, delayed(1));
    }
    t.advance(Duration::from_secs(1));
    assert_eq!(t.sign_in(STRANGER, Right).await, 5);
}

#[actix::test]
async fn fifty_parallel_tries_after_four_failures_get_the_one_that_is_left_s53() {
    let t = Fixture::start();
    t.fail(STRANGER, 4).await;
    let tries = (0..50).map(|_| t.admit(STRANGER));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Admitted).count(), 1);
}

#[actix::test]
async fn parallel_tries_from_many_addresses_share_the_accounts_schedule_s53() {
    let t = Fixture::start();
    let ips: Vec<String> = (0..50).map(|n| format!("198.51.100.{n}")).collect();
    let answers = futures_util::future::join_all(ips.iter().map(|ip| t.admit(ip))).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Admitted).count(), 5);
}

#[actix::test]
async fn a_success_clears_the_failures_and_tells_how_many_there_were() {
    let t = Fixture::start();
    t.fail(HOME, 5).await;
    t.advance(Duration::from_secs(1));
    assert_eq!(t.sign_in(HOME, Right).await, 5);
    for before in 0..5 {
        assert_eq!(t.sign_in(HOME, Wrong).await, before);
    }
    assert_eq!(t.admit(HOME).await, delayed(1));
}

#[actix::test]
async fn an_abandoned_try_is_taken_back() {
    let t = Fixture::start();
    t.fail(HOME, 4).await;
    for _ in 0..20 {
        assert_eq!(t.sign_in(HOME, Abandoned).await, 4);
    }
    t.sign_in(HOME, Wrong).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

#[actix::test]
async fn failures_are_forgotten_twelve_hours_after_the_last() {
    let t = Fixture::start();
    t.fail(HOME, 15).await;
    t.advance(almost(12 * HOUR));
    assert_eq!(t.sign_in(HOME, Abandoned).await, 15);
    t.advance(MILLISECOND);
    assert_eq!(t.sign_in(HOME, Wrong).await, 0);
}

#[actix::test]
async fn the_hundredth_failure_disables_until_a_reset_however_long_that_takes_s52() {
    let t = Fixture::start();
    t.fail(STRANGER, 99).await;
    t.advance(Duration::from_mins(15));
    t.sign_in(STRANGER, Wrong).await;
    assert_eq!(t.admit(STRANGER).await, Disabled);
    t.advance(400 * DAY);
    assert_eq!(t.admit(STRANGER).await, Disabled);
    let t = t.restarted();
    assert_eq!(t.admit(HOME).await, Disabled);
    t.forget().await;
    assert_eq!(t.sign_in(HOME, Wrong).await, 0);
}

#[actix::test]
async fn strangers_cannot_lock_the_owner_out_of_a_known_address_s54() {
    let t = Fixture::start();
    t.sign_in(HOME, Right).await;
    let mut disabled = 0;
    for n in 0..200 {
        let ip = format!("198.51.100.{n}");
        match t.admit(&ip).await {
            Admitted => drop(t.settle(&ip, Wrong).await),
            Disabled => disabled += 1,
            SignInAdmission::Delayed { .. } => panic!("every delay was waited for"),
        }
        t.sign_in(HOME, Abandoned).await;
        t.advance(Duration::from_mins(15));
    }
    assert_eq!(disabled, 100);
    assert_eq!(t.sign_in(HOME, Right).await, 100);
}

#[actix::test]
async fn a_known_address_has_a_delay_of_its_own_s54() {
    let t = Fixture::start();
    t.sign_in(HOME, Right).await;
    t.fail(HOME, 5).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

#[actix::test]
async fn a_known_address_is_disabled_by_a_hundred_failures_from_known_ones() {
    let t = Fixture::start();
    t.sign_in(HOME, Right).await;
    t.fail(HOME, 100).await;
    assert_eq!(t.admit(HOME).await, Disabled);
    let t = t.restarted();
    assert_eq!(t.admit(HOME).await, Disabled);
    t.forget().await;
    assert_eq!(t.admit(HOME).await, Admitted);
}

#[actix::test]
async fn the_owners_success_does_not_shorten_a_strangers_delay_s54() {
    let t = Fixture::start();
    t.sign_in(HOME, Right).await;
    t.fail(STRANGER, 10).await;
    t.sign_in(HOME, Right).await;
    assert_eq!(t.admit(STRANGER).await, delayed(32));
    assert_eq!(t.admit("203.0.113.1").await, Admitted);
}

#[actix::test]
async fn an_unknown_address_waits_for_the_whole_account() {
    let t = Fixture::start();
    t.fail(STRANGER, 10).await;
    assert_eq!(t.admit(HOME).await, delayed(32));
    t.advance(Duration::from_secs(32));
    t.sign_in(HOME, Right).await; // known from here on
    t.fail(STRANGER, 10).await;
    assert_eq!(t.admit(HOME).await, Admitted);
}

#[actix::test]
async fn an_address_unused_for_thirty_days_is_a_strangers_again() {
    let t = Fixture::start();
    t.sign_in(HOME, Right).await;
    t.advance(30 * DAY);
    t.fail(STRANGER, 5).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

#[actix::test]
async fn a_reset_lets_the_owner_in_from_an_address_that_failed_s54() {
    let t = Fixture::start();
    t.fail(HOME, 9).await;
    assert_eq!(t.admit(HOME).await, delayed(16));
    t.forget().await;
    t.sign_in(HOME, Right).await;
    t.fail(STRANGER, 5).await;
    let t = t.restarted();
    t.forget().await;
    t.sign_in(STRANGER, Wrong).await;
}

#[actix::test]
async fn failures_after_a_reset_count_at_once() {
    let t = Fixture::start();
    t.forget().await;
    t.fail(HOME, 5).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

#[actix::test]
async fn addresses_of_one_ipv6_network_count_as_one() {
    let t = Fixture::start();
    t.sign_in("2001:db8::1", Right).await;
    t.fail("2001:db8::1", 5).await;
    assert_eq!(t.admit("2001:db8::2").await, delayed(1));
}

#[actix::test]
async fn other_accounts_are_not_concerned() {
    let t = Fixture::start();
    t.fail(STRANGER, 10).await;
    let email = EmailAddress::parse("al@example.com").unwrap();
    let msg = AdmitSignIn { email, ip: addr(STRANGER) };
    assert_eq!(t.guard.ask(msg).await, Ok(Admitted));
}

#[actix::test]
async fn nobody_is_delayed_or_disabled_while_the_limits_are_off() {
    let t = Fixture::with(GuardRules { limit_sign_in: false });
    for before in 0..150 {
        assert_eq!(t.sign_in(STRANGER, Wrong).await, before);
    }
}

#[actix::test]
async fn a_try_that_is_never_settled_counts_for_a_minute() {
    let t = Fixture::start();
    for _ in 0..5 {
        assert_eq!(t.admit(HOME).await, Admitted);
    }
    assert_eq!(t.admit(HOME).await, delayed(1));
    t.advance(Duration::from_mins(1));
    for _ in 0..5 {
        assert_eq!(t.admit(HOME).await, Admitted);
    }
}

#[actix::test]
async fn a_failure_settled_after_its_try_lapsed_still_counts() {
    let t = Fixture::start();
    assert_eq!(t.admit(HOME).await, Admitted);
    t.advance(Duration::from_secs(61));
    t.settle(HOME, Wrong).await;
    assert_eq!(t.sign_in(HOME, Wrong).await, 1);
}
