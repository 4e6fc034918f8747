//! What one client may ask (S-55, S-58).

use super::fixture::*;
use crate::rate_limiter::*;

const PURPOSES: [(Purpose, u32, u64); 7] = [
    (Purpose::SignIn, 20, 6),
    (Purpose::SignUp, 3, 720),
    (Purpose::Verify, 30, 10),
    (Purpose::SendCode, 5, 360),
    (Purpose::ForgotPassword, 5, 720),
    (Purpose::ResetPassword, 10, 360),
    (Purpose::Refresh, 60, 1),
];

fn limited(seconds: u64) -> Admission {
    Admission::Limited { retry_after: std::time::Duration::from_secs(seconds) }
}

#[actix::test]
async fn s_55_each_purpose_has_its_own_bucket_of_its_own_size() {
    let limiter = Fixture::start();
    for (purpose, burst, seconds) in PURPOSES {
        for n in 0..burst {
            let admission = limiter.admit(purpose, "192.0.2.1").await;
            assert_eq!(admission, Admission::Admitted, "{purpose:?} {n}");
        }
        assert_eq!(limiter.admit(purpose, "192.0.2.1").await, limited(seconds), "{purpose:?}");
        assert_eq!(limiter.admit(purpose, "192.0.2.2").await, Admission::Admitted);
    }
}

#[actix::test]
async fn s_55_a_64_bit_network_is_one_client() {
    let limiter = Fixture::start();
    for host in 1..=3 {
        let ip = format!("2001:db8:1:2::{host}");
        assert_eq!(limiter.admit(Purpose::SignUp, &ip).await, Admission::Admitted);
    }
    assert_eq!(limiter.admit(Purpose::SignUp, "2001:db8:1:2:ffff::9").await, limited(720));
    assert_eq!(limiter.admit(Purpose::SignUp, "2001:db8:1:3::1").await, Admission::Admitted);
}

#[actix::test]
async fn s_58_a_client_that_stuffs_credentials_may_not_sign_in_for_a_day_and_nothing_else_changes()
{
    let limiter = Fixture::start();
    for n in 0..14 {
        assert_eq!(limiter.fail_sign_in("192.0.2.1", n).await, Suspicion::Noted);
    }
    let blocked = limiter.fail_sign_in("192.0.2.1", 14).await;
    assert_eq!(blocked, Suspicion::Blocked { lasts: DAY });
    assert_eq!(limiter.admit(Purpose::SignIn, "192.0.2.1").await, limited(86_400));
    assert_eq!(limiter.admit(Purpose::ForgotPassword, "192.0.2.1").await, Admission::Admitted);
    assert_eq!(limiter.admit(Purpose::Refresh, "192.0.2.1").await, Admission::Admitted);
    assert_eq!(limiter.admit(Purpose::SignIn, "192.0.2.2").await, Admission::Admitted);
    limiter.advance(DAY);
    assert_eq!(limiter.admit(Purpose::SignIn, "192.0.2.1").await, Admission::Admitted);
}

#[actix::test]
async fn without_limits_of_clients_nobody_waits_and_nobody_is_blocked() {
    let limiter = Fixture::with(&LimiterRules { clients: None, ..rules() });
    for n in 0..100 {
        assert_eq!(limiter.admit(Purpose::SignIn, "192.0.2.1").await, Admission::Admitted);
        assert_eq!(limiter.fail_sign_in("192.0.2.1", n).await, Suspicion::Noted);
    }
}
