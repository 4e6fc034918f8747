//! Text messages: what Twilio needs, whom it may cost money for, and test numbers.

use ::actors::domain::{PhoneNumber, Timestamp};

use super::*;

const TWILIO: &str = "sms.transport = 'twilio'\n\
    sms.twilio.account_sid = 'AC0123456789abcdef0123456789abcdef'\n\
    sms.twilio.auth_token = 'fedcba9876543210fedcba9876543210'\n";
const NUMBER: &str = "sms.twilio.from = '+15005550006'\n";
const SERVICE: &str = "sms.twilio.messaging_service_sid = 'MG0123456789abcdef0123456789abcdef'\n";
const TEST_NUMBERS: &str = "sms.test_numbers = ['+14155552671 424242 2022-01-16', \
    '+14155552672 000000']\n";

#[test]
fn twilio_needs_an_account_a_token_and_one_sender() {
    for sender in [NUMBER, SERVICE] {
        let settings = with_file(&format!("{TWILIO}{sender}")).unwrap();
        assert_eq!(problems(&settings), Vec::<String>::new());
        assert!(settings.sms.delivery().is_ok());
        for (number, missing) in TWILIO.lines().enumerate().skip(1) {
            let rest: Vec<_> = TWILIO.lines().filter(|line| *line != missing).collect();
            let settings = with_file(&format!("{}\n{sender}", rest.join("\n"))).unwrap();
            let key = missing.split(" = ").next().unwrap();
            let expected = format!("{key}: is needed by sms.transport = \"twilio\"");
            assert_eq!(problems(&settings), [expected], "line {number}");
            assert!(settings.sms.delivery().is_err());
        }
    }
    for senders in ["", &format!("{NUMBER}{SERVICE}")] {
        let settings = with_file(&format!("{TWILIO}{senders}")).unwrap();
        let found = problems(&settings);
        assert!(
            found.len() == 1 && found[0].starts_with("sms.twilio.from: is needed"),
            "{found:?}"
        );
        assert!(settings.sms.delivery().is_err());
    }
}

#[test]
fn what_twilio_would_not_understand_is_refused_with_its_key() {
    for (key, bad) in [
        ("account_sid", "AC123"),
        ("account_sid", "AC0123456789abcdef0123456789abcde/"),
        ("messaging_service_sid", "AC0123456789abcdef0123456789abcdef"),
        ("from", "0801234"),
        ("base_url", "http://api.twilio.com"),
        ("base_url", "https://api.twilio.com/2010-04-01"),
        ("base_url", ""),
    ] {
        let error = with_file(&format!("sms.twilio.{key} = '{bad}'")).unwrap_err();
        assert!(error.starts_with(&format!("sms.twilio.{key}: must be ")), "{error}");
    }
    let text = TWILIO.replace("auth_token = '", "auth_token = 'hunter2 ");
    let settings = with_file(&format!("{text}{NUMBER}"));
    let found = problems(&settings.unwrap());
    assert_eq!(found, ["sms.twilio.auth_token: must be printable ASCII without spaces"]);
}

/// A new Twilio account costs nothing by surprise (S-20).
#[test]
fn every_country_is_allowed_with_the_inbox_and_none_with_twilio_unless_named() {
    let allowed = |text: &str| with_file(text).unwrap().sms.allowed_countries;
    assert_eq!(allowed(""), ["*"]);
    assert_eq!(allowed("sms.transport = 'twilio'"), Vec::<String>::new());
    for transport in ["inbox", "twilio"] {
        let transport = format!("sms.transport = '{transport}'\n");
        for (named, expected) in [("'NG'", &["NG"][..]), ("'*'", &["*"]), ("", &[])] {
            let text = format!("{transport}sms.allowed_countries = [{named}]");
            assert_eq!(allowed(&text), expected, "{text}");
        }
    }
    let mixed = with_file("sms.allowed_countries = ['auto', 'NG']").unwrap();
    assert!(problems(&mixed)[0].starts_with("sms.allowed_countries: \"auto\" is neither"));
}

#[test]
fn a_test_number_is_allowed_whatever_its_country() {
    let settings = with_file(&format!("sms.allowed_countries = ['NG']\n{TEST_NUMBERS}")).unwrap();
    let allows = |text| settings.sms.allows_number(&PhoneNumber::parse(text).unwrap());
    assert_eq!(
        ["+14155552671", "+14155552672", "+14155552673", "+2348012345678"].map(allows),
        [true, true, false, true],
    );
}

#[test]
fn production_has_test_numbers_for_a_time_only() {
    let development = with_file(TEST_NUMBERS).unwrap();
    assert_eq!(problems(&development), Vec::<String>::new());
    let production = with_file(&format!("profile = 'production'\n{TEST_NUMBERS}")).unwrap();
    let found = problems(&production);
    let expected = "sms.test_numbers: +14155552672 must have a last day in production";
    assert_eq!(found.iter().filter(|line| line.starts_with("sms.test")).count(), 1, "{found:?}");
    assert!(found.iter().any(|line| line == expected), "{found:?}");

    let (during, after) =
        (Timestamp::from_secs(1_642_377_599), Timestamp::from_secs(1_642_377_600));
    assert!(production.check_expiry(during).is_ok());
    assert!(development.check_expiry(after).is_ok());
    let error = production.check_expiry(after).unwrap_err().to_string();
    assert_eq!(error, "sms.test_numbers: +14155552671 424242 2022-01-16 is over");
}

#[test]
fn a_number_is_tested_with_one_code() {
    let twice = "sms.test_numbers = ['+14155552671 424242', '+14155552671 000000']";
    let found = problems(&with_file(twice).unwrap());
    assert_eq!(found, ["sms.test_numbers: +14155552671 is there twice"]);
    let error = with_file("sms.test_numbers = ['+14155552671']").unwrap_err();
    assert!(error.starts_with("sms.test_numbers: each must be a number, its code"), "{error}");
}
