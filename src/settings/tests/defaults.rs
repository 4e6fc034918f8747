//! `config/default.toml` is complete, documented, and says what the contract says.

use std::time::Duration;

use toml::Table;

use super::layers::leaf_keys;
use super::*;
use crate::settings::layers::DEFAULTS;
use crate::tokens::keys::Algorithm;

const EXAMPLE: &str = include_str!("../../../config/production.toml");

/// Each key of the file with the comment lines right above it.
fn documented_keys() -> Vec<(String, Vec<&'static str>)> {
    let (mut section, mut comment, mut found) = (String::new(), Vec::new(), Vec::new());
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.strip_suffix(']').unwrap());
            comment.clear();
        } else if let Some((key, _)) = line.split_once(" = ") {
            found.push((format!("{section}{key}"), std::mem::take(&mut comment)));
        } else {
            comment.clear();
        }
    }
    found
}

#[test]
fn every_key_says_what_it_is_for_and_its_environment_name() {
    let documented = documented_keys();
    for (key, comment) in &documented {
        let variable = format!("BIOENTRUST_{}", key.to_uppercase().replace('.', "__"));
        let (last, purpose) = comment.split_last().expect(key);
        assert_eq!(*last, format!("Environment: {variable}"), "{key}");
        assert!(purpose.iter().any(|line| line.len() > 20), "{key}: no purpose");
    }
    let names: Vec<_> = documented.into_iter().map(|(key, _)| key).collect();
    assert_eq!(sorted(names), leaf_keys(&DEFAULTS.parse().unwrap()));
}

#[test]
fn every_field_has_a_default_and_every_default_a_field() {
    let settings = with_variables(&[]).unwrap();
    assert_eq!(
        leaf_keys(&Table::try_from(&settings).unwrap()),
        leaf_keys(&DEFAULTS.parse().unwrap()),
    );
}

#[test]
fn a_missing_default_would_be_noticed() {
    for key in leaf_keys(&DEFAULTS.parse().unwrap()) {
        let mut defaults: Table = DEFAULTS.parse().unwrap();
        remove(&mut defaults, &key);
        assert!(Settings::deserialize(defaults).is_err(), "{key}");
    }
}

fn remove(table: &mut Table, key: &str) {
    match key.split_once('.') {
        None => _ = table.remove(key).unwrap(),
        Some((section, rest)) => remove(table[section].as_table_mut().unwrap(), rest),
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn the_defaults_are_valid_and_those_of_the_contract() {
    let settings = Settings::load(None, []).unwrap();
    assert_eq!(settings.profile, Profile::Development);
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.admin_listen.unwrap().to_string(), "127.0.0.1:9090");
    assert_eq!(settings.server.public_url, "http://127.0.0.1:8080");
    assert_eq!(settings.server.port_file, None);
    assert_eq!(settings.storage.path.to_str(), Some("data"));
    assert_eq!(settings.sms.allowed_countries, ["*"]);
    assert_eq!(settings.tokens.algorithm, Algorithm::EdDsa);
    assert_eq!(settings.tokens.access_ttl, Duration::from_mins(15));
    assert_eq!(settings.tokens.refresh_ttl, Duration::from_hours(30 * 24));
    assert_eq!(settings.tokens.refresh_idle, Duration::from_hours(7 * 24));
    assert_eq!(settings.tokens.reset_ttl, Duration::from_mins(15));
    assert_eq!(settings.issuer(), "http://127.0.0.1:8080");
    assert_eq!(settings.tokens.audience, "bioentrust");
    assert!(!settings.tokens.refresh_rotation);
    assert_eq!(settings.otp.email_ttl, Duration::from_mins(10));
    assert_eq!(settings.otp.sms_ttl, Duration::from_mins(5));
    assert_eq!((settings.otp.attempts, settings.otp.max_pending), (5, 100_000));
    assert_eq!(settings.otp.resend_after, Duration::from_mins(1));
    let password = &settings.password;
    assert_eq!((password.min_length, password.queue), (8, 64));
    assert_eq!((password.memory_kib, password.iterations, password.parallelism), (19_456, 2, 1));
    assert_eq!(settings.password_reset.recent_login, Duration::from_mins(10));
    assert_eq!(settings.password_reset.page_url, None);
    assert!(settings.limits.enabled);
    assert!(!settings.signup.hide_existing_accounts);
}

#[test]
fn zero_stands_for_the_cores_of_the_machine() {
    let mut settings = with_variables(&[]).unwrap();
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(settings.server.worker_count(), cores.min(256));
    assert_eq!(settings.password.lane_count(), cores.min(256));
    settings.server.workers = 3;
    settings.password.lanes = 5;
    assert_eq!(settings.server.worker_count(), 3);
    assert_eq!(settings.password.lane_count(), 5);
}

#[test]
fn the_production_example_lacks_only_what_this_version_cannot_do() {
    let settings = with_file(EXAMPLE).unwrap();
    let found = problems(&settings);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("email.smtp_url: "), "{found:?}");
    assert!(found[1].starts_with("sms.twilio.auth_token: "), "{found:?}");
}
