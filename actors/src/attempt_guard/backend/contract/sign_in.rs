//! S-52, S-53, S-54.

use std::time::Duration;

use super::world::*;
use crate::attempt_guard::SignInAdmission::{Admitted, Delayed, Disabled};
use crate::attempt_guard::TryResult::{Abandoned, Right, Wrong};
use crate::domain::EmailAddress;

const HOME: &str = "192.0.2.1";
const STRANGER: &str = "198.51.100.1";

pub(in super::super) async fn five_failures_are_free_then_each_doubles_the_delay_s52(t: World) {
    t.fail(STRANGER, 5).await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(t.admit(STRANGER).await, delayed(seconds));
        t.advance(almost(Duration::from_secs(seconds)));
        assert_eq!(t.admit(STRANGER).await, delayed(1), "rounded up to a whole second");
        t.advance(MILLISECOND);
        t.sign_in(STRANGER, Wrong).await;
    }
}

pub(in super::super) async fn what_is_refused_is_not_counted(t: World) {
    t.fail(STRANGER, 5).await;
    for _ in 0..50 {
        assert_eq!(t.admit(STRANGER).await, delayed(1));
    }
    t.advance(Duration::from_secs(1));
    assert_eq!(t.sign_in(STRANGER, Right).await, 5);
}

pub(in super::super) async fn fifty_parallel_tries_after_four_failures_get_the_one_that_is_left_s53(
    t: World,
) {
    t.fail(STRANGER, 4).await;
    let tries = (0..50).map(|_| t.admit(STRANGER));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Admitted).count(), 1);
}

pub(in super::super) async fn parallel_tries_from_many_addresses_share_the_accounts_schedule_s53(
    t: World,
) {
    let ips: Vec<String> = (0..50).map(|n| format!("198.51.100.{n}")).collect();
    let answers = futures_util::future::join_all(ips.iter().map(|ip| t.admit(ip))).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Admitted).count(), 5);
}

pub(in super::super) async fn parallel_tries_from_a_known_address_share_its_schedule_s53(t: World) {
    t.sign_in(HOME, Right).await;
    let answers = futures_util::future::join_all((0..50).map(|_| t.admit(HOME))).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Admitted).count(), 5);
}

pub(in super::super) async fn a_success_clears_the_failures_and_tells_how_many_there_were(
    t: World,
) {
    t.fail(HOME, 5).await;
    t.advance(Duration::from_secs(1));
    assert_eq!(t.sign_in(HOME, Right).await, 5);
    for before in 0..5 {
        assert_eq!(t.sign_in(HOME, Wrong).await, before);
    }
    assert_eq!(t.admit(HOME).await, delayed(1));
}

pub(in super::super) async fn an_abandoned_try_is_taken_back(t: World) {
    t.fail(HOME, 4).await;
    for _ in 0..20 {
        assert_eq!(t.sign_in(HOME, Abandoned).await, 4);
    }
    t.sign_in(HOME, Wrong).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

pub(in super::super) async fn failures_are_forgotten_twelve_hours_after_the_last(t: World) {
    t.fail(HOME, 15).await;
    t.advance(almost(12 * HOUR));
    assert_eq!(t.sign_in(HOME, Abandoned).await, 15);
    t.advance(MILLISECOND);
    assert_eq!(t.sign_in(HOME, Wrong).await, 0);
}

pub(in super::super) async fn the_hundredth_failure_disables_until_a_reset_however_long_that_takes_s52(
    t: World,
) {
    t.fail(STRANGER, 99).await;
    t.advance(Duration::from_mins(15));
    t.sign_in(STRANGER, Wrong).await;
    assert_eq!(t.admit(STRANGER).await, Disabled);
    t.advance(400 * DAY);
    assert_eq!(t.admit(STRANGER).await, Disabled);
    let t = t.restarted().await;
    assert_eq!(t.admit(HOME).await, Disabled);
    t.forget().await;
    assert_eq!(t.sign_in(HOME, Wrong).await, 0);
}

pub(in super::super) async fn strangers_cannot_lock_the_owner_out_of_a_known_address_s54(t: World) {
    t.sign_in(HOME, Right).await;
    let mut disabled = 0;
    for n in 0..200 {
        let ip = format!("198.51.100.{n}");
        match t.admit(&ip).await {
            Admitted => drop(t.settle(&ip, Wrong).await),
            Disabled => disabled += 1,
            Delayed { .. } => panic!("every delay was waited for"),
        }
        t.sign_in(HOME, Abandoned).await;
        t.advance(Duration::from_mins(15));
    }
    assert_eq!(disabled, 100);
    assert_eq!(t.sign_in(HOME, Right).await, 100);
}

pub(in super::super) async fn a_known_address_has_a_delay_of_its_own_s54(t: World) {
    t.sign_in(HOME, Right).await;
    t.fail(HOME, 5).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

pub(in super::super) async fn a_known_address_is_disabled_by_a_hundred_failures_from_known_ones(
    t: World,
) {
    t.sign_in(HOME, Right).await;
    t.fail(HOME, 100).await;
    assert_eq!(t.admit(HOME).await, Disabled);
    let t = t.restarted().await;
    assert_eq!(t.admit(HOME).await, Disabled);
    t.forget().await;
    assert_eq!(t.admit(HOME).await, Admitted);
}

pub(in super::super) async fn the_owners_success_does_not_shorten_a_strangers_delay_s54(t: World) {
    t.sign_in(HOME, Right).await;
    t.fail(STRANGER, 10).await;
    t.sign_in(HOME, Right).await;
    assert_eq!(t.admit(STRANGER).await, delayed(32));
    assert_eq!(t.admit("203.0.113.1").await, Admitted);
}

pub(in super::super) async fn an_unknown_address_waits_for_the_whole_account(t: World) {
    t.fail(STRANGER, 10).await;
    assert_eq!(t.admit(HOME).await, delayed(32));
    t.advance(Duration::from_secs(32));
    t.sign_in(HOME, Right).await; // known from here on
    t.fail(STRANGER, 10).await;
    assert_eq!(t.admit(HOME).await, Admitted);
}

pub(in super::super) async fn an_address_unused_for_thirty_days_is_a_strangers_again(t: World) {
    t.sign_in(HOME, Right).await;
    t.advance(30 * DAY);
    t.fail(STRANGER, 5).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

pub(in super::super) async fn a_reset_lets_the_owner_in_from_an_address_that_failed_s54(t: World) {
    t.fail(HOME, 9).await;
    assert_eq!(t.admit(HOME).await, delayed(16));
    t.forget().await;
    t.sign_in(HOME, Right).await;
    t.fail(STRANGER, 5).await;
    let t = t.restarted().await;
    t.forget().await;
    t.sign_in(STRANGER, Wrong).await;
}

pub(in super::super) async fn failures_after_a_reset_count_at_once(t: World) {
    t.forget().await;
    t.fail(HOME, 5).await;
    assert_eq!(t.admit(HOME).await, delayed(1));
}

pub(in super::super) async fn addresses_of_one_ipv6_network_count_as_one(t: World) {
    t.sign_in("2001:db8::1", Right).await;
    t.fail("2001:db8::1", 5).await;
    assert_eq!(t.admit("2001:db8::2").await, delayed(1));
}

pub(in super::super) async fn other_accounts_are_not_concerned(t: World) {
    t.fail(STRANGER, 10).await;
    let al = EmailAddress::parse("al@example.com").unwrap();
    let admission = t.backend.admit_sign_in(&al, addr(STRANGER), t.now()).await;
    assert_eq!(admission, Ok(Admitted));
}

pub(in super::super) async fn nobody_is_delayed_or_disabled_while_the_limits_are_off(t: World) {
    let t = t.unlimited().await;
    for before in 0..150 {
        assert_eq!(t.sign_in(STRANGER, Wrong).await, before);
    }
}

pub(in super::super) async fn a_try_that_is_never_settled_counts_for_a_minute(t: World) {
    for _ in 0..5 {
        assert_eq!(t.admit(HOME).await, Admitted);
    }
    assert_eq!(t.admit(HOME).await, delayed(1));
    t.advance(Duration::from_mins(1));
    for _ in 0..5 {
        assert_eq!(t.admit(HOME).await, Admitted);
    }
}

pub(in super::super) async fn a_failure_settled_after_its_try_lapsed_still_counts(t: World) {
    assert_eq!(t.admit(HOME).await, Admitted);
    t.advance(Duration::from_secs(61));
    t.settle(HOME, Wrong).await;
    assert_eq!(t.sign_in(HOME, Wrong).await, 1);
}

pub(in super::super) async fn a_clock_two_seconds_behind_shortens_no_wait_and_names_none_too_long_s96(
    t: World,
) {
    t.fail(STRANGER, 7).await;
    t.set_back(Duration::from_secs(2));
    assert_eq!(t.admit(STRANGER).await, delayed(4));
    t.advance(Duration::from_secs(2) + almost(Duration::from_secs(4)));
    assert_eq!(t.admit(STRANGER).await, delayed(1));
    t.advance(MILLISECOND);
    assert_eq!(t.admit(STRANGER).await, Admitted);
}

pub(in super::super) async fn a_clock_set_back_by_a_year_makes_nobody_wait_longer_f18(t: World) {
    t.fail(STRANGER, 15).await;
    t.set_back(365 * DAY);
    assert_eq!(t.admit(STRANGER).await, delayed(900));
    t.advance(Duration::from_mins(15));
    assert_eq!(t.admit(STRANGER).await, Admitted);
}
