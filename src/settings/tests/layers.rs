//! Which layer wins, how texts become values, and what is refused before validation.

use std::time::Duration;

use toml::Table;

use super::*;
use crate::settings::layers::leaves;

/// The dotted keys of a table, in order.
pub(super) fn leaf_keys(table: &Table) -> Vec<String> {
    let mut keys: Vec<_> =
        leaves(table.clone()).into_iter().map(|(path, _)| path.join(".")).collect();
    keys.sort();
    keys
}

#[test]
fn the_environment_beats_the_file_and_the_file_beats_the_defaults() {
    let file = file("[otp]\nattempts = 3\nsms_ttl = '2m'");
    let variables = environment(&[("BIOENTRUST_OTP__ATTEMPTS", "4")]);
    let settings = Settings::read(Some(file.path()), variables).unwrap();
    assert_eq!(settings.otp.attempts, 4);
    assert_eq!(settings.otp.sms_ttl, Duration::from_mins(2));
    assert_eq!(settings.otp.email_ttl, Duration::from_mins(10));
}

#[test]
fn the_file_of_the_command_line_beats_the_one_of_the_environment() {
    let (given, named) = (file("otp.attempts = 3"), file("otp.attempts = 4\notp.sms_ttl = '2m'"));
    let variables = || environment(&[("BIOENTRUST_CONFIG", named.path().to_str().unwrap())]);
    let settings = Settings::read(Some(given.path()), variables()).unwrap();
    assert_eq!((settings.otp.attempts, settings.otp.sms_ttl.as_secs()), (3, 300));
    let settings = Settings::read(None, variables()).unwrap();
    assert_eq!((settings.otp.attempts, settings.otp.sms_ttl.as_secs()), (4, 120));
    assert!(with_variables(&[("BIOENTRUST_CONFIG", "")]).is_ok());
}

#[test]
fn a_file_that_is_missing_or_malformed_is_named_without_quoting_it() {
    let missing = with_variables(&[("BIOENTRUST_CONFIG", "/nowhere/at/all.toml")]).unwrap_err();
    assert!(missing.starts_with("/nowhere/at/all.toml: cannot be read: "), "{missing}");

    let malformed = with_file("profile = 'development'\n[tokens]\nissuer = \"hunter2").unwrap_err();
    assert!(malformed.contains(": line 3: "), "{malformed}");
    assert!(!malformed.contains("hunter2"), "{malformed}");
}

#[test]
fn variables_are_read_as_what_the_default_is() {
    let settings = with_variables(&[
        ("BIOENTRUST_PROFILE", "production"),
        ("BIOENTRUST_TOKENS__AUDIENCE", "007123"),
        ("BIOENTRUST_TOKENS__ISSUER", "12e5"),
        ("BIOENTRUST_TOKENS__REFRESH_ROTATION", "true"),
        ("BIOENTRUST_TOKENS__ACCESS_TTL", "1m 30s"),
        ("BIOENTRUST_TOKENS__CACHE_ENTRIES", "00100"),
        ("BIOENTRUST_TOKENS__KEY_FILES", "a.pem , b.pem"),
        ("BIOENTRUST_SERVER__TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8"),
        ("BIOENTRUST_SERVER__ADMIN_LISTEN", ""),
        ("BIOENTRUST_SERVER__PORT_FILE", "/run/port"),
        ("BIOENTRUST_SMS__ALLOWED_COUNTRIES", ""),
        ("BIOENTRUST_SMS__ALLOWED_APP_IDS", "007,web"),
        ("BIOENTRUST_ACTORS__OTP_MANAGER__DEADLINE", "250ms"),
        ("BIOENTRUST_ACTORS__OTP_MANAGER__CAPACITY", "7"),
    ])
    .unwrap();
    assert_eq!(settings.profile, Profile::Production);
    assert_eq!(settings.tokens.audience, "007123");
    assert_eq!(settings.issuer(), "12e5");
    assert!(settings.tokens.refresh_rotation);
    assert_eq!(settings.tokens.access_ttl, Duration::from_secs(90));
    assert_eq!(settings.tokens.cache_entries, 100);
    assert_eq!(settings.tokens.key_files, [Path::new("a.pem"), Path::new("b.pem")]);
    let proxies: Vec<_> = settings.server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "fd00::/8"]);
    assert_eq!(settings.server.admin_listen, None);
    assert_eq!(settings.server.port_file.as_deref(), Some(Path::new("/run/port")));
    assert!(settings.sms.allowed_countries.is_empty());
    assert_eq!(settings.sms.allowed_app_ids, ["007", "web"]);
    let limits = ::actors::runtime::Limits::from(settings.actors.otp_manager);
    assert_eq!((limits.capacity, limits.deadline), (7, Duration::from_millis(250)));
}

#[test]
fn a_file_may_write_lists_both_ways_and_numbers_in_them() {
    let settings = with_file(
        "[sms]\nallowed_app_ids = [9876, 'web']\nallowed_countries = 'NG, GH'\n[server]\n",
    )
    .unwrap();
    assert_eq!(settings.sms.allowed_app_ids, ["9876", "web"]);
    assert_eq!(settings.sms.allowed_countries, ["NG", "GH"]);
}

#[test]
fn variable_names_are_case_insensitive_after_the_prefix_and_never_ambiguous() {
    let settings = with_variables(&[("BIOENTRUST_otp__Attempts", "3")]).unwrap();
    assert_eq!(settings.otp.attempts, 3);
    let both = [("BIOENTRUST_OTP__ATTEMPTS", "3"), ("BIOENTRUST_otp__attempts", "4")];
    let refusal = with_variables(&both).unwrap_err();
    assert_eq!(refusal, "BIOENTRUST_otp__attempts: sets the same key as BIOENTRUST_OTP__ATTEMPTS");
}

#[test]
fn variables_of_others_are_none_of_our_business() {
    let others = [("PATH", "/bin"), ("BIO_OTP__ATTEMPTS", "x"), ("bioentrust_otp__nonsense", "x")];
    assert!(with_variables(&others).is_ok());
}

/// S-83.
#[test]
fn an_unknown_variable_stops_the_start_and_is_named() {
    for (name, key) in [
        ("BIOENTRUST_SERVER__LISTEM", "server.listem"),
        ("BIOENTRUST_SERVER_LISTEN", "server_listen"),
        ("BIOENTRUST_SERVER__LISTEN__PORT", "server.listen.port"),
        ("BIOENTRUST_SERVERS__LISTEN", "servers.listen"),
        ("BIOENTRUST_ACTORS__OTP__CAPACITY", "actors.otp.capacity"),
        ("BIOENTRUST_EMAIL__SMTP_URI", "email.smtp_uri"),
        ("BIOENTRUST_TOKENS__KEY_FILES_FILE", "tokens.key_files_file"),
        ("BIOENTRUST_", ""),
        ("BIOENTRUST___", ""),
    ] {
        let refusal = with_variables(&[(name, "hunter2")]).unwrap_err();
        assert!(refusal.starts_with(&format!("{key}: unknown key")) || key.is_empty(), "{refusal}");
        assert!(refusal.contains(&format!("in the variable {name})")), "{refusal}");
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
}

/// S-83.
#[test]
fn an_unknown_key_in_a_file_stops_the_start_and_is_named_with_the_file() {
    for (text, key) in [
        ("lissten = 1", "lissten"),
        ("[server]\nlistem = '127.0.0.1:1'", "server.listem"),
        ("[servers]\nlisten = '127.0.0.1:1'", "servers.listen"),
        ("[servers]", "servers"),
        ("[server.listen]\nport = 1", "server.listen.port"),
        ("[actors.otp]\ncapacity = 1", "actors.otp.capacity"),
        ("[actors.otp_manager]\nCapacity = 1", "actors.otp_manager.Capacity"),
        ("[storage]\nurl = 'mongodb://user:hunter2@host'", "storage.url"),
    ] {
        let refusal = with_file(text).unwrap_err();
        assert!(refusal.starts_with(&format!("{key}: unknown key, expected one of ")), "{refusal}");
        assert!(refusal.contains(" (in /"), "{refusal}");
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_named_with_what_it_should_be() {
    for (text, expected) in [
        ("server.workers = 'many'", "server.workers: must be a whole number"),
        ("server.workers = 2.5", "server.workers: must be a whole number"),
        ("server.workers = true", "server.workers: must be a whole number"),
        ("server.workers = -1", "server.workers: invalid value: integer `-1`"),
        ("otp.attempts = 256", "otp.attempts: invalid value: integer `256`"),
        ("limits.enabled = 1", "limits.enabled: must be true or false"),
        ("limits.enabled = 'yes'", "limits.enabled: must be true or false"),
        ("tokens.access_ttl = 900", "tokens.access_ttl: must be a text in quotes"),
        ("tokens.access_ttl = '900'", "tokens.access_ttl: must be a duration such as"),
        ("tokens.access_ttl = '-1s'", "tokens.access_ttl: must be a duration such as"),
        ("tokens.access_ttl = ''", "tokens.access_ttl: must be a duration such as"),
        ("tokens.key_files = 1", "tokens.key_files: must be a list"),
        ("tokens.key_files = [['a']]", "tokens.key_files: must be a list of texts"),
        ("server = 1", "server: must be a section"),
        ("server.listen = 'localhost'", "server.listen: invalid socket address syntax"),
        ("server.admin_listen = '1'", "server.admin_listen: invalid socket address syntax"),
        ("server.trusted_proxies = ['10.0.0.1']", "server.trusted_proxies: "),
        ("server.trusted_proxies = ['10.0.0.0/33']", "server.trusted_proxies: "),
        ("profile = 'staging'", "profile: unknown variant `staging`, expected `development` or"),
        ("log.level = 'verbose'", "log.level: unknown variant `verbose`"),
        ("tokens.algorithm = 'none'", "tokens.algorithm: unknown variant `none`"),
    ] {
        let refusal = with_file(text).unwrap_err();
        assert!(refusal.starts_with(expected), "{text}: {refusal}");
    }
}

#[test]
fn what_this_version_does_not_know_is_refused_with_what_it_knows() {
    for (name, value, expected) in [
        (
            "BIOENTRUST_STORAGE__BACKEND",
            "mongo",
            "storage.backend: unknown variant `mongo`, expected `embedded` or `mongodb`",
        ),
        (
            "BIOENTRUST_EMAIL__TRANSPORT",
            "sendmail",
            "email.transport: unknown variant `sendmail`, expected `inbox` or `smtp`",
        ),
        (
            "BIOENTRUST_SMS__TRANSPORT",
            "pigeon",
            "sms.transport: unknown variant `pigeon`, expected `inbox` or `twilio`",
        ),
    ] {
        let refusal = with_variables(&[(name, value)]).unwrap_err();
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}

#[test]
fn all_problems_of_all_layers_are_told_at_once() {
    let file = file("otp.attempts = 'x'\nnonsense = 1");
    let variables = environment(&[("BIOENTRUST_LOG__LEVEL", "x"), ("BIOENTRUST_OTP__TTL", "x")]);
    let refusal = Settings::read(Some(file.path()), variables).unwrap_err().to_string();
    for key in ["otp.attempts: ", "nonsense: ", "log.level: ", "otp.ttl: "] {
        assert!(refusal.lines().any(|line| line.starts_with(key)), "{key}\n{refusal}");
    }
    assert_eq!(refusal.lines().count(), 4);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt;
    let odd = || OsString::from_vec(vec![0xff]);
    let refusal = Settings::read(None, [("BIOENTRUST_SMS__TRANSPORT".into(), odd())]);
    assert_eq!(refusal.unwrap_err().to_string(), "BIOENTRUST_SMS__TRANSPORT: is not UTF-8");
    assert!(Settings::read(None, [(odd(), odd())]).is_ok());
}
