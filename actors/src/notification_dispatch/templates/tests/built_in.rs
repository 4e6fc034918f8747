//! The templates of `config/templates/`.

use std::collections::BTreeSet;
use std::path::Path;

use secrecy::ExposeSecret;

use super::*;
use crate::domain::OtpCode;
use crate::notification_dispatch::Medium;
use crate::notification_dispatch::templates::built_in::FILES;

const LANGUAGES: [&str; 2] = ["en", "fr"];

/// Every mail and SMS in every language, with its kind and the language's tag.
fn all() -> Vec<(Kind, &'static str, Message)> {
    let templates = Templates::of_tests();
    let languages = LANGUAGES.into_iter();
    let write = |tag| Kind::ALL.map(|kind| (kind, tag, written(&templates, kind, tag)));
    languages.flat_map(write).collect()
}

fn mails() -> impl Iterator<Item = (Kind, &'static str, Message)> {
    all().into_iter().filter(|(_, _, message)| message.medium == Medium::Email)
}

#[test]
fn every_file_of_the_folder_is_built_in_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/templates");
    let mut faults = TemplateFaults::default();
    let found = super::super::folder::read(&folder, &mut faults);
    assert!(faults.is_empty(), "{faults}");
    let texts: Vec<_> = found.iter().map(|(name, s)| (name.as_str(), s.text.as_str())).collect();
    let built_in: BTreeSet<_> = FILES.iter().copied().collect();
    assert_eq!(texts, built_in.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_language_has_words_of_its_own_for_everything() {
    let templates = Templates::of_tests();
    assert_eq!(templates.languages(), LANGUAGES.map(language));
    for kind in Kind::ALL {
        let [english, french] = LANGUAGES.map(|tag| written(&templates, kind, tag));
        assert_ne!(english.text, french.text, "{kind:?}");
        assert!(kind == Kind::PhoneCode || english.subject != french.subject, "{kind:?}");
        assert!(kind == Kind::PhoneCode || english.html != french.html, "{kind:?}");
    }
}

#[test]
fn every_mail_greets_by_name_says_who_writes_and_has_three_parts() {
    for (kind, tag, message) in mails() {
        let subject = message.subject.as_deref().unwrap();
        let html = message.html.as_deref().unwrap();
        let greeting = if tag == "fr" { "Bonjour Ada," } else { "Hello Ada," };
        assert_eq!(message.to, "ada@example.org");
        assert!(message.text.starts_with(&format!("{greeting}\n\n")), "{tag} {kind:?}");
        assert!(message.text.ends_with("\n\nBioEntrust\n"), "{tag} {kind:?}");
        assert!(subject.contains("BioEntrust") && subject.len() <= 78, "{subject}");
        assert!(html.contains(greeting) && html.contains("BioEntrust"), "{tag} {kind:?}");
    }
}

#[test]
fn text_and_html_hold_the_code_or_link_and_subjects_do_not() {
    for (kind, tag, message) in all() {
        let code = message.code.as_ref().map(OtpCode::expose);
        let link = message.link.as_ref().map(ExposeSecret::expose_secret);
        let brings = matches!(kind, Kind::SignUpCode | Kind::PhoneCode | Kind::PasswordResetLink);
        assert_eq!(code.or(link).is_some(), brings, "{kind:?}");
        let Some(secret) = code.or(link) else { continue };
        assert_eq!(message.text.matches(secret).count(), 1, "{tag} {kind:?}");
        assert!(message.text.contains("10 minutes"), "{tag} {kind:?}");
        let Some(html) = &message.html else { continue };
        let times = if link.is_some() { 2 } else { 1 };
        assert_eq!(html.matches(secret).count(), times, "{tag} {kind:?}");
        assert!(!message.subject.as_deref().unwrap().contains(secret), "{tag} {kind:?}");
        assert!(link.is_none() || message.text.lines().any(|line| line == secret));
        assert!(link.is_none() || html.contains(&format!("href=\"{secret}\"")));
    }
}

#[test]
fn one_minute_is_singular_in_every_part() {
    let templates = Templates::of_tests();
    for tag in LANGUAGES {
        for kind in [Kind::SignUpCode, Kind::PasswordResetLink, Kind::PhoneCode] {
            let message = templates.write(&samples(kind)[1], &language(tag)).unwrap();
            for part in [Some(&message.text), message.html.as_ref()].into_iter().flatten() {
                assert!(part.contains("1 minute") && !part.contains("1 minutes"), "{part}");
            }
        }
    }
}

#[test]
fn an_sms_fits_into_160_gsm_characters_also_with_a_long_product_name() {
    let product_name = "A product with quite a long name".to_owned();
    let rules = TemplateRules { product_name, ..TemplateRules::default() };
    let templates = Templates::load(&rules).unwrap();
    for tag in LANGUAGES {
        let message = written(&templates, Kind::PhoneCode, tag);
        assert_eq!((message.medium, message.to.as_str()), (Medium::Sms, "+2348012345678"));
        assert!(message.subject.is_none() && message.html.is_none());
        // Letters, digits and these are one septet each in the default alphabet.
        let plain = |c: char| c.is_ascii_alphanumeric() || " .éà".contains(c);
        assert!(message.text.chars().all(plain), "{}", message.text);
        assert!(message.text.chars().count() <= 160, "{}", message.text);
    }
}

#[test]
fn s_107_the_news_say_what_happened_and_when() {
    for (kind, tag, message) in mails() {
        let told: &[&str] = match kind {
            Kind::PhoneVerified => &["5678", "2022-01-16 14:40 UTC"],
            Kind::RefreshReuse => &["2022-01-16 14:40 UTC"],
            Kind::SignInAfterFailures => &["7 ", "2022-01-16 14:40 UTC"],
            _ => continue,
        };
        for told in told {
            assert!(message.text.contains(told), "{tag} {kind:?}: {told}");
            assert!(message.html.as_deref().unwrap().contains(told), "{tag} {kind:?}: {told}");
        }
        assert!(!message.text.contains("+234"), "{tag} {kind:?}");
    }
}

#[test]
fn every_page_names_its_language_and_loads_nothing() {
    for (kind, tag, message) in mails() {
        let html = message.html.as_deref().unwrap();
        assert!(html.starts_with("<!doctype html>"), "{tag} {kind:?}");
        assert!(html.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\">")), "{tag} {kind:?}");
        let subject = message.subject.as_deref().unwrap();
        assert!(html.contains(&format!("<title>{subject}</title>")), "{tag} {kind:?}");
        for remote in ["<img", "<script", "<link", "url(", "@import", "src=", "http-equiv"] {
            assert!(!html.contains(remote), "{tag} {kind:?}: {remote}");
        }
        let addresses = html.matches("http").count();
        assert_eq!(addresses, if kind == Kind::PasswordResetLink { 2 } else { 0 }, "{kind:?}");
        // Gmail cuts what is longer than 102 KB; phones fetch the first few KB.
        assert!(html.len() < 8 * 1024, "{tag} {kind:?}: {} bytes", html.len());
    }
}

#[test]
fn the_documentation_names_every_variable_of_every_notice() {
    let documentation = include_str!("../../../../../docs/templates.md");
    for kind in Kind::ALL {
        let row = format!("| `{}` |", kind.name());
        let row = documentation.lines().find(|line| line.starts_with(&row)).unwrap();
        for (variable, _) in values::of(&samples(kind)[0], "") {
            if variable != "product_name" {
                assert!(row.contains(&format!("`{variable}`")), "{row}: {variable}");
            }
        }
    }
}
