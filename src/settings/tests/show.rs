//! What `config show` prints.

use super::*;

#[test]
fn what_is_shown_means_the_same_when_it_is_read_again() {
    for settings in [
        with_variables(&[]).unwrap(),
        with_file(include_str!("../../../config/production.toml")).unwrap(),
        with_variables(&[
            ("BIOENTRUST_SERVER__ADMIN_LISTEN", ""),
            ("BIOENTRUST_SERVER__PORT_FILE", "/run/port"),
            ("BIOENTRUST_PASSWORD_RESET__PAGE_URL", "https://app.example.org/reset"),
            ("BIOENTRUST_PASSWORD__MAX_WAIT", "1500ms"),
            ("BIOENTRUST_SMS__ALLOWED_APP_IDS", "007"),
            ("BIOENTRUST_SMS__TRANSPORT", "twilio"),
            ("BIOENTRUST_SMS__TEST_NUMBERS", "+14155552671 424242 2027-01-31"),
            ("BIOENTRUST_TOKENS__ALGORITHM", "HS256"),
            ("BIOENTRUST_EMAIL__FROM", "BioEntrust <no-reply@example.org>"),
            ("BIOENTRUST_EMAIL__SMTP_URL_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")),
        ])
        .unwrap(),
    ] {
        let shown = settings.redacted().unwrap();
        assert_eq!(with_file(&shown).unwrap(), settings, "{shown}");
    }
}

#[test]
fn it_is_written_as_a_person_would() {
    let shown = with_variables(&[]).unwrap().redacted().unwrap();
    for line in [
        "profile = \"development\"",
        "access_ttl = \"15m\"",
        "refresh_ttl = \"30days\"",
        "keep = \"90days\"",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
}

/// S-84. A field of this type does not compile without saying how it is redacted.
#[test]
fn a_secret_cannot_be_shown_by_accident() {
    trait Ambiguous<Marker> {
        fn check() {}
    }
    impl<T: ?Sized> Ambiguous<()> for T {}
    impl<T: ?Sized + Serialize> Ambiguous<u8> for T {}
    // Compiles only while exactly one of the two applies.
    <secrecy::SecretString as Ambiguous<_>>::check();
}
