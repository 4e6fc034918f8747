//! Bounds, relations between keys, and what production refuses.

use super::*;

/// Valid, for production too, but for the transport that this version lacks.
const PRODUCTION: &str = "profile = 'production'\n\
    server.public_url = 'https://auth.example.org'\n\
    email.transport = 'smtp'\n\
    email.from = 'no-reply@example.org'\n\
    email.smtp_url = 'smtps://user:hunter2@mail.example.org'\n\
    tokens.key_files = ['key.pem']\n";

/// The lines of `found` about `key`.
fn about<'f>(found: &'f [String], key: &str) -> Vec<&'f String> {
    found.iter().filter(|line| line.starts_with(&format!("{key}: "))).collect()
}

#[test]
fn values_out_of_bounds_are_refused_and_the_bounds_are_not() {
    let table: [(&str, &[&str], &[&str]); 44] = [
        ("tokens.access_ttl", &["'1s'", "'1h'"], &["'0s'", "'999ms'", "'1500ms'", "'3601s'"]),
        ("tokens.refresh_ttl", &["'7days'", "'30days'"], &["'0s'", "'30days 1s'"]),
        ("tokens.refresh_idle", &["'1s'", "'30days'"], &["'0s'", "'30days 1s'"]),
        ("tokens.reset_ttl", &["'1s'", "'1h'"], &["'0s'", "'3601s'"]),
        ("tokens.leeway", &["'0s'", "'30s'"], &["'31s'", "'1ms'"]),
        ("tokens.cache_entries", &["1", "10000000"], &["0", "10000001"]),
        ("tokens.max_staleness", &["'1s'", "'5m'"], &["'0s'", "'301s'", "'1500ms'"]),
        ("tokens.audience", &["'x'"], &["''"]),
        ("notices.product_name", &["'x'", "'Ünï & Söns 2'"], &["''", "' x'", "\"a\\nb\""]),
        ("notices.default_language", &["'en'", "'pt-BR'"], &[]),
        ("otp.email_ttl", &["'1s'", "'10m'"], &["'0s'", "'601s'"]),
        ("otp.sms_ttl", &["'1s'", "'5m'"], &["'0s'", "'301s'"]),
        ("otp.attempts", &["1", "10"], &["0", "11"]),
        ("otp.resend_after", &["'0s'", "'1h'"], &["'3601s'"]),
        ("otp.max_pending", &["1", "10000000"], &["0", "10000001"]),
        ("password.min_length", &["8", "128"], &["7", "129"]),
        ("password.lanes", &["0", "256"], &["257"]),
        ("password.queue", &["0", "100"], &["10001"]),
        ("password.max_wait", &["'1ms'", "'4s'"], &["'0s'", "'31s'"]),
        ("password.pepper_files", &["[]", "['a:x', 'b:x']"], &["['a:x', 'a:y']"]),
        ("password.iterations", &["2", "10"], &["0", "11"]),
        ("password.parallelism", &["1", "8"], &["0", "9"]),
        ("password.memory_kib", &["19456", "262144"], &["19455", "262145", "0"]),
        ("password_reset.recent_login", &["'0s'", "'1h'"], &["'3601s'"]),
        ("server.workers", &["0", "256"], &["257"]),
        ("server.max_connections", &["1", "1000000"], &["0", "1000001"]),
        ("server.body_timeout", &["'1s'", "'5m'"], &["'0s'", "'301s'"]),
        ("server.shutdown_delay", &["'0s'", "'5m'"], &["'301s'"]),
        ("server.shutdown_timeout", &["'1s'", "'5m'"], &["'0s'", "'301s'"]),
        ("storage.cache_mib", &["1", "65536"], &["0", "65537"]),
        ("storage.path", &["'x'"], &["''"]),
        ("email.smtp_timeout", &["'1s'", "'10s'"], &["'999ms'", "'11s'"]),
        ("delivery.queue", &["1", "1000000"], &["0", "1000001"]),
        ("delivery.lanes", &["1", "64"], &["0", "65"]),
        ("delivery.keep_news", &["'1m'", "'7days'"], &["'59s'", "'7days 1s'"]),
        ("audit.keep", &["'1day'", "'3650days'"], &["'23h'", "'3651days'"]),
        ("audit.queue", &["1", "1000000"], &["0", "1000001"]),
        ("actors.user_store.capacity", &["1", "1000000"], &["0", "1000001"]),
        ("actors.revocation_registry.capacity", &["1"], &["0"]),
        ("actors.otp_manager.capacity", &["1"], &["0"]),
        ("actors.attempt_guard.deadline", &["'1ms'", "'1m'"], &["'0s'", "'61s'"]),
        ("actors.rate_limiter.capacity", &["1"], &["0"]),
        ("actors.password_hasher.deadline", &["'1m'"], &["'0s'", "'61s'"]),
        ("actors.notification_dispatch.deadline", &["'1ms'"], &["'0s'"]),
    ];
    assert_bounds(&table);
}

/// Each good value alone is accepted, each bad one refused.
pub(super) fn assert_bounds(table: &[(&str, &[&str], &[&str])]) {
    for (key, good, bad) in table {
        for value in *good {
            let settings = with_file(&format!("{key} = {value}")).unwrap();
            assert_eq!(problems(&settings), Vec::<String>::new(), "{key} = {value}");
        }
        for value in *bad {
            let settings = with_file(&format!("{key} = {value}")).unwrap();
            assert!(!about(&problems(&settings), key).is_empty(), "{key} = {value}");
        }
    }
}

#[test]
fn texts_that_make_no_sense_are_refused() {
    for (key, good, bad) in [
        ("server.public_url", "'https://auth.example.org:8443'", "'https://auth.example.org/'"),
        ("server.cors_origins", "['http://localhost:3000']", "['*']"),
        ("server.cors_origins", "[]", "['https://a.example.org', 'https://b.example.org/']"),
        ("password_reset.page_url", "'https://app.example.org/reset'", "'/reset'"),
        ("sms.allowed_countries", "['NG', 'GH']", "['NG', 'UK']"),
        ("sms.allowed_countries", "[]", "['ng']"),
        ("sms.allowed_app_ids", "['a', 1]", "['a b']"),
        ("tokens.key_files", "['a.pem']", "['']"),
        ("server.admin_listen", "'127.0.0.1:8081'", "'127.0.0.1:8080'"),
    ] {
        let settings = with_file(&format!("{key} = {good}")).unwrap();
        assert_eq!(problems(&settings), Vec::<String>::new(), "{key} = {good}");
        let settings = with_file(&format!("{key} = {bad}")).unwrap();
        assert_eq!(about(&problems(&settings), key).len(), 1, "{key} = {bad}");
    }
}

/// S-01.
#[test]
fn hashing_below_every_owasp_floor_is_refused() {
    let cost = |memory: u32, iterations: u32, test: bool| {
        let settings = with_file(&format!(
            "[password]\nmemory_kib = {memory}\niterations = {iterations}\ninsecure_test_cost = {test}",
        ));
        problems(&settings.unwrap()).is_empty()
    };
    for (memory, iterations) in [(47_104, 1), (19_456, 2), (12_288, 3), (262_144, 10)] {
        assert!(cost(memory, iterations, false), "{memory}, {iterations}");
    }
    for (memory, iterations) in [(47_103, 1), (19_455, 2), (12_287, 3), (12_287, 10), (8, 1)] {
        assert!(!cost(memory, iterations, false), "{memory}, {iterations}");
        assert!(cost(memory, iterations, true), "{memory}, {iterations} for tests");
    }
    assert!(!cost(7, 1, true), "less than Argon2 can do");
}

#[test]
fn keys_that_contradict_each_other_are_refused() {
    for (text, key) in [
        ("password.max_wait = '5s'", "actors.password_hasher.deadline"),
        (
            "password.lanes = 4\npassword.queue = 509\nactors.password_hasher.capacity = 512",
            "actors.password_hasher.capacity",
        ),
        (
            "password.insecure_test_cost = true\npassword.memory_kib = 15\npassword.parallelism = 2",
            "password.memory_kib",
        ),
    ] {
        let found = problems(&with_file(text).unwrap());
        assert_eq!((found.len(), about(&found, key).len()), (1, 1), "{text}: {found:?}");
    }
    assert!(
        problems(
            &with_file(
                "password.lanes = 4\npassword.queue = 508\nactors.password_hasher.capacity = 512"
            )
            .unwrap()
        )
        .is_empty()
    );
}

#[test]
fn two_servers_on_port_zero_do_not_collide() {
    let zero = "server.listen = '127.0.0.1:0'\nserver.admin_listen = '127.0.0.1:0'";
    assert!(problems(&with_file(zero).unwrap()).is_empty());
}

/// S-83, S-85: each line is refused in production and accepted in development.
#[test]
fn production_refuses_what_is_only_fit_for_development() {
    for (key, value) in [
        ("email.transport", "'inbox'"),
        ("sms.transport", "'inbox'"),
        ("server.public_url", "'http://auth.example.org'"),
        ("tokens.key_files", "[]"),
        ("password.insecure_test_cost", "true"),
        ("password_reset.page_url", "'http://app.example.org/reset'"),
        ("server.trusted_proxies", "['0.0.0.0/0']"),
        ("server.trusted_proxies", "['10.0.0.0/8', '::/0']"),
    ] {
        let line = format!("{key} = {value}");
        let kept = PRODUCTION.lines().filter(|kept| !kept.starts_with(key));
        let text = kept.chain([line.as_str()]).collect::<Vec<_>>().join("\n");
        assert_eq!(about(&problems(&with_file(&text).unwrap()), key).len(), 1, "{line}");
        assert!(problems(&with_file(&line).unwrap()).is_empty(), "{line} in development");
    }
}

#[test]
fn production_with_everything_in_place_is_refused_for_nothing_else() {
    let found = problems(&with_file(PRODUCTION).unwrap());
    assert_eq!((about(&found, "sms.transport").len(), found.len()), (1, 1), "{found:?}");
}

#[test]
fn all_problems_are_told_at_once_one_per_line() {
    let text = "profile = 'production'\ntokens.access_ttl = '2h'\notp.attempts = 99";
    let found = problems(&with_file(text).unwrap());
    for key in [
        "server.public_url",
        "email.transport",
        "sms.transport",
        "tokens.access_ttl",
        "tokens.key_files",
        "otp.attempts",
    ] {
        assert_eq!(about(&found, key).len(), 1, "{key}: {found:?}");
    }
    assert_eq!(about(&found, "tokens.access_ttl"), ["tokens.access_ttl: must be from 1s to 1h"]);
    assert!(Settings::load(Some(file(text).path()), []).is_err());
}

#[test]
fn mails_leave_by_smtp_only_with_a_sender_and_a_relay() {
    let smtp = |more: &str| {
        let text = format!("email.transport = 'smtp'\n{more}");
        problems(&with_file(&text).unwrap())
    };
    let found = smtp("");
    assert_eq!(["email.smtp_url", "email.from"].map(|key| about(&found, key).len()), [1, 1]);
    let from = "email.from = 'BioEntrust <no-reply@example.org>'\n";
    for url in ["smtps://u:p@h.example", "smtp://h.example:25", "smtp+insecure://127.0.0.1:1025"] {
        let found = smtp(&format!("{from}email.smtp_url = '{url}'"));
        assert_eq!(found, Vec::<String>::new(), "{url}");
    }
    for url in ["smtp+insecure://mail.example.org", "mail.example.org", "smtps://u:hunter2/@h"] {
        let found = smtp(&format!("{from}email.smtp_url = '{url}'"));
        assert_eq!((about(&found, "email.smtp_url").len(), found.len()), (1, 1), "{url}");
        assert!(!found[0].contains("hunter2"), "{found:?}");
    }
}

#[test]
fn an_unprotected_relay_is_not_for_production() {
    let text = PRODUCTION.replace("smtps://user:hunter2@mail.example.org", "smtp+insecure://[::1]");
    assert_eq!(about(&problems(&with_file(&text).unwrap()), "email.smtp_url").len(), 1);
}

#[test]
fn a_sender_is_refused_where_it_is_read() {
    for key in ["email.from", "email.reply_to"] {
        let refusal = with_file(&format!("{key} = 'nobody'")).unwrap_err();
        assert!(refusal.starts_with(&format!("{key}: must be an e-mail address such as ")));
    }
}

#[test]
fn countries_and_applications_are_matched_exactly() {
    let settings =
        with_file("sms.allowed_countries = 'NG, GH'\nsms.allowed_app_ids = [1]").unwrap();
    let number = |text| ::actors::domain::PhoneNumber::parse(text).unwrap();
    let [nigeria, ghana, america] = ["+2348012345678", "+233241234567", "+14155552671"].map(number);
    let allowed = |number| settings.sms.allows_number(number);
    assert_eq!([&nigeria, &ghana, &america].map(allowed), [true, true, false]);
    let app = |text| settings.sms.allows_app_id(::actors::domain::AppId::parse(text).ok().as_ref());
    assert_eq!(["1", "01", "2"].map(app), [true, false, false]);
    let open = with_file("").unwrap().sms;
    assert!(open.allows_number(&america));
    assert!(open.allows_app_id(::actors::domain::AppId::parse("any").ok().as_ref()));
}

#[test]
fn a_pepper_file_has_an_id_and_a_name() {
    for entry in ["a", "a:", ":x", "A:x", "a_b:x", "abcdefghijklmnopq:x"] {
        let refused = with_file(&format!("password.pepper_files = ['{entry}']")).unwrap_err();
        assert!(refused.starts_with("password.pepper_files: must be \"id:file\""), "{refused}");
    }
    let settings = with_variables(&[("BIOENTRUST_PASSWORD__PEPPER_FILES", "2:/b:c, 1:d")]).unwrap();
    let files: Vec<_> = settings.password.pepper_files.into_iter().map(String::from).collect();
    assert_eq!(files, ["2:/b:c", "1:d"]);
}

#[test]
fn s_08_common_passwords_are_refused_in_production_unless_the_operator_says_otherwise() {
    let check = |file: &str| with_file(file).unwrap().refuses_common_passwords();
    assert!(!check("profile = 'development'") && check("profile = 'production'"));
    for (value, expected) in [("on", true), ("true", true), ("off", false), ("false", false)] {
        for profile in ["development", "production"] {
            let file = format!("profile = '{profile}'\npassword.check_common = '{value}'");
            assert_eq!(check(&file), expected, "{file}");
        }
    }
}

#[test]
fn the_names_of_the_service_are_those_configured_and_its_host() {
    let settings = with_file(
        "server.public_url = 'https://auth.example.org'\npassword.context_words = ['Acme Store']",
    );
    let settings = settings.unwrap();
    assert_eq!(settings.service_names().collect::<Vec<_>>(), ["Acme Store", "auth.example.org"]);
}

#[test]
fn an_admin_listener_that_others_can_reach_needs_a_token() {
    let check = |listen: &str, token: &str| {
        let text = format!("server.admin_listen = '{listen}'\nserver.admin_token = '{token}'");
        problems(&with_file(&text).unwrap())
    };
    let token = "0123456789abcdef0123456789abcdef";
    for local in ["", "127.0.0.1:9090", "127.8.8.8:9090", "[::1]:9090", "[::ffff:127.0.0.1]:9090"] {
        assert!(check(local, "").is_empty(), "{local}");
    }
    for reachable in ["0.0.0.0:9090", "10.0.0.1:9090", "[::]:9090"] {
        let found = check(reachable, "");
        assert_eq!(about(&found, "server.admin_token").len(), 1, "{reachable}: {found:?}");
        assert!(check(reachable, token).is_empty(), "{reachable}");
    }
    for weak in
        [&token[..31], "0123456789abcdef 0123456789abcdef", "0123456789abcdef0123456789abcdeé"]
    {
        let found = check("127.0.0.1:9090", weak);
        assert_eq!(about(&found, "server.admin_token").len(), 1, "{weak}: {found:?}");
        assert!(!found.concat().contains(weak), "{found:?}");
    }
}
