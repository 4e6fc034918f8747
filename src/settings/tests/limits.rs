//! Rates, quotas, and when they hold.

use std::time::Duration;

use super::validation::assert_bounds;
use super::*;

#[test]
fn limits_out_of_bounds_are_refused_and_the_bounds_are_not() {
    assert_bounds(&[
        ("limits.sign_in_per_ip", &["'1/1s'", "'1000000/31days burst 1'"], &["'0/1m'"]),
        ("limits.sign_up_per_ip", &["'1/1h burst 1000000'"], &["'1/1h burst 0'"]),
        ("limits.verify_per_ip", &["'30/5m'"], &["'30/999ms'"]),
        ("limits.send_code_per_ip", &["'1/1s'"], &["'1/32days'"]),
        ("limits.forgot_password_per_ip", &["'1/1s'"], &["'1000001/1s'"]),
        ("limits.reset_password_per_ip", &["'1/1s'"], &["'1/1s burst 1000001'"]),
        ("limits.refresh_per_ip", &["'1/1s'"], &["'0/1s'"]),
        ("limits.stuffing_per_ip", &["'100/3h'"], &["'101/3h'", "'0/3h'"]),
        ("limits.stuffing_block", &["'1s'", "'31days'"], &["'0s'", "'32days'"]),
        ("limits.sends_per_ip", &["'100/1h'"], &["'101/1h'"]),
        ("limits.sends_per_destination", &["[]", "['1/1m', '100/1h']"], &["['1/1m', '101/1h']"]),
        ("limits.emails", &["'1000000/1h'"], &["'0/1h'", "'1000001/1h'"]),
        ("limits.sms", &["'1/1h'"], &["'0/1h'"]),
        ("limits.sms_per_account", &["'100/1day'"], &["'101/1day'"]),
        ("limits.sms_per_block", &["'1/1h'"], &["'0/1h'"]),
        ("limits.sms_per_country", &["'1/1h'"], &["'1/0s'"]),
        ("limits.sms_breaker_sample", &["10", "1000"], &["9", "1001"]),
        ("limits.sms_breaker_percent", &["0", "100"], &["101"]),
        ("limits.sms_breaker_pause", &["'1m'", "'7days'"], &["'59s'", "'8days'"]),
    ]);
}

#[test]
fn clients_and_destinations_are_limited_in_production_unless_told_otherwise() {
    let rules = |text: &str| {
        let settings = with_file(text).unwrap();
        settings.limits.rules(settings.profile, settings.otp.sms_ttl)
    };
    for (text, per_ip, per_destination) in [
        ("", false, false),
        ("profile = 'production'", true, true),
        ("limits.per_ip = 'true'", true, false),
        ("limits.per_destination = 'true'", false, true),
        ("profile = 'production'\nlimits.per_ip = 'false'", false, true),
        ("profile = 'production'\nlimits.per_destination = 'false'", true, false),
    ] {
        let rules = rules(text);
        let sends = rules.sends.unwrap();
        assert_eq!(rules.clients.is_some(), per_ip, "{text}");
        assert_eq!(sends.per_client.is_some(), per_ip, "{text}");
        assert_eq!(!sends.per_destination.is_empty(), per_destination, "{text}");
        assert_eq!(sends.breaker.code_life, Duration::from_mins(5));
    }
    let off = rules("profile = 'production'\nlimits.enabled = false");
    assert_eq!(off, ::actors::rate_limiter::LimiterRules::default());
}

/// S-55, S-58, S-19.
#[test]
fn the_defaults_are_those_of_the_requirements() {
    let limits = with_file("").unwrap().limits;
    for (rate, text) in [
        (limits.sign_in_per_ip, "10/1m burst 20"),
        (limits.sign_up_per_ip, "5/1h burst 3"),
        (limits.verify_per_ip, "30/5m"),
        (limits.forgot_password_per_ip, "5/1h"),
        (limits.refresh_per_ip, "60/1m"),
    ] {
        assert_eq!(rate.to_string(), text);
    }
    assert_eq!(limits.stuffing_per_ip.to_string(), "15/3h");
    assert_eq!(limits.stuffing_block, Duration::from_hours(24));
    assert_eq!(limits.sends_per_ip.to_string(), "10/1h");
    let per_destination: Vec<_> =
        limits.sends_per_destination.iter().map(ToString::to_string).collect();
    assert_eq!(per_destination, ["1/1m", "5/1h", "10/1day"]);
}
