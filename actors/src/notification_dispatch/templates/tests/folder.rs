//! Templates of the operator's own.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::notification_dispatch::templates::samples::MARKUP;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load_in(folder: &TempDir, default_language: &str) -> Result<Templates, TemplateFaults> {
    Templates::load(&TemplateRules {
        default_language: language(default_language),
        folder: Some(folder.path().to_owned()),
        ..TemplateRules::default()
    })
}

fn load(files: &[(&str, &str)]) -> Templates {
    load_in(&folder(files), "en").unwrap_or_else(|faults| panic!("{faults}"))
}

/// The faults of a folder with these files, each without the folder's path.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    let faults = load_in(&folder, "en").err().expect("something is wrong").to_string();
    let path = format!("{}/", folder.path().display());
    faults.lines().map(|line| line.replace(&path, "")).collect()
}

#[test]
fn a_file_replaces_the_built_in_one_of_the_same_name_and_no_other() {
    let templates =
        load(&[("fr/password_changed.txt", "\u{feff}C’est fait,\r\n{{ first_name }}.")]);
    let message = written(&templates, Kind::PasswordChanged, "fr");
    assert_eq!(message.text, "C’est fait,\nAda.\n");
    let built_in = written(&Templates::of_tests(), Kind::PasswordChanged, "fr");
    assert_eq!(
        (message.subject.clone(), &message.html),
        (built_in.subject.clone(), &built_in.html)
    );
    let english = written(&templates, Kind::PasswordChanged, "en");
    assert_eq!(english.text, written(&Templates::of_tests(), Kind::PasswordChanged, "en").text);
}

#[test]
fn the_layout_can_be_replaced_for_all_languages_at_once() {
    let layout = "<html lang=\"{{ language }}\">{% block intro %}{% endblock %}\
                  {{ code if code is defined }}{{ link if link is defined }}</html>";
    let templates = load(&[("layout.html", layout)]);
    for tag in ["en", "fr"] {
        let html = written(&templates, Kind::SignUpCode, tag).html.clone().unwrap();
        assert!(html.starts_with(&format!("<html lang=\"{tag}\">")) && html.contains("042137"));
    }
}

#[test]
fn a_new_folder_is_a_new_language_and_what_it_lacks_is_in_the_default_language() {
    let templates = load(&[
        ("pt-BR/password_changed.txt", "Olá {{ first_name }}"),
        ("ar/password_changed.html", "<p lang=\"{{ language }}\" dir=\"{{ direction }}\">x</p>"),
    ]);
    assert_eq!(templates.languages(), ["ar", "en", "fr", "pt-br"].map(language));
    let message = written(&templates, Kind::PasswordChanged, "pt-br");
    assert_eq!(message.text, "Olá Ada\n");
    assert_eq!(message.subject.as_deref(), Some("Your BioEntrust password was changed"));
    assert!(message.html.as_deref().unwrap().contains("<html lang=\"en\""));
    let arabic = written(&templates, Kind::PasswordChanged, "ar");
    assert_eq!(arabic.html.as_deref(), Some("<p lang=\"ar\" dir=\"rtl\">x</p>"));
}

#[test]
fn a_language_that_there_are_no_words_in_is_the_default_one() {
    let folder = folder(&[]);
    let templates = load_in(&folder, "fr").unwrap();
    let message = written(&templates, Kind::PasswordChanged, "sw");
    assert!(message.text.starts_with("Bonjour"), "{}", message.text);
}

#[test]
fn an_unknown_variable_is_named_with_its_line_even_where_no_sample_leads() {
    let text = "Hello {{ first_name }},\n\n{% if valid_minutes == 5 %}{{ nickname }}{% endif %}\n{{ code }}";
    assert_eq!(
        faults(&[("en/sign_up_code.txt", text)]),
        ["en/sign_up_code.txt:3: there is no variable nickname here, only code, direction, \
          first_name, language, product_name, valid_minutes"]
    );
    // A variable of another notice is unknown too.
    let found = faults(&[("en/password_changed.txt", "{{ code }}")]);
    assert!(found[0].starts_with("en/password_changed.txt:1: there is no variable code here"));
}

#[test]
fn a_syntax_error_is_named_with_its_line() {
    for (text, line) in [("a\n{% if %}", 2), ("a\n\n{{ first_name", 3), ("{% raw %}", 1)] {
        let found = faults(&[("fr/password_changed.html", text)]);
        let expected = format!("fr/password_changed.html:{line}: ");
        assert!(found.len() == 1 && found[0].starts_with(&expected), "{found:?}");
    }
}

#[test]
fn what_fails_only_when_it_is_rendered_is_named_with_its_line() {
    for text in ["a\n{{ first_name.last }}", "a\n{{ first_name | nope }}", "a\n{{ 1 // 0 }}"] {
        let found = faults(&[("en/password_changed.txt", text)]);
        assert!(found[0].starts_with("en/password_changed.txt:2: "), "{found:?}");
    }
    let layout = "<p>\n{{ first_name }}{% block intro %}{% endblock %}{{ 1 // 0 }}</p>";
    let found = faults(&[("layout.html", layout)]);
    assert!(found.len() == 1 && found[0].starts_with("layout.html:2: "), "{found:?}");
}

#[test]
fn a_subject_is_one_line_and_holds_no_secret() {
    assert_eq!(
        faults(&[
            ("en/password_changed.subject.txt", "\nYour password\nwas changed\n"),
            ("en/sign_up_code.subject.txt", "{{ code }} is your code"),
            ("en/phone_verified.subject.txt", "\n"),
        ]),
        [
            "en/password_changed.subject.txt:3: a subject must be one line",
            "en/phone_verified.subject.txt:1: is empty",
            "en/sign_up_code.subject.txt:1: a subject must not hold the code: many devices show it",
        ]
    );
}

#[test]
fn a_text_holds_its_code_or_link_exactly_once() {
    assert_eq!(
        faults(&[
            ("en/sign_up_code.txt", "Hello,\n{{ code }} {{ code }}"),
            ("en/password_reset_link.txt", "Hello {{ first_name }}"),
            ("fr/phone_code.txt", "Bonjour"),
            ("en/sign_up_code.html", "<p>Hello</p>"),
        ]),
        [
            "en/password_reset_link.txt:1: must hold {{ link }} exactly once, not 0 times",
            "en/sign_up_code.html:1: must show the code once, not 0 times",
            "en/sign_up_code.txt:2: must hold {{ code }} exactly once, not 2 times",
            "fr/phone_code.txt:1: must hold {{ code }} exactly once, not 0 times",
        ]
    );
}

#[test]
fn an_sms_that_is_too_long_is_named() {
    let long = format!("{{{{ code }}}} {}", "a".repeat(154));
    let found = faults(&[("en/phone_code.txt", &long)]);
    assert_eq!(
        found,
        ["en/phone_code.txt:1: is 161 characters long: 160 fit into one text message"]
    );
    let rules = TemplateRules { product_name: "x".repeat(200), ..TemplateRules::default() };
    let found = Templates::load(&rules).err().unwrap().to_string();
    assert!(found.contains("(built in) fr/phone_code.txt:1: is "), "{found}");
}

#[test]
fn html_that_does_not_escape_names_is_refused() {
    for text in
        ["{{ first_name | safe }}", "{% autoescape false %}{{ first_name }}{% endautoescape %}"]
    {
        let found = faults(&[("en/password_changed.html", text)]);
        let expected = "en/password_changed.html:1: must escape first_name: names may hold markup";
        assert_eq!(found, [expected]);
    }
    assert!(samples(Kind::PasswordChanged).len() == 2 && MARKUP.starts_with('<'));
}

#[test]
fn files_that_would_never_be_used_are_named() {
    assert_eq!(
        faults(&[
            ("en/signup_code.txt", "x"),
            ("en/phone_code.html", "x"),
            ("english/phone_code.txt", "{{ code }}"),
            ("README.md", "x"),
            (".git/config", "x"),
            ("en/.phone_code.txt.swp", "x"),
        ]),
        [
            "README.md: is neither layout.html nor the folder of a language",
            "en/phone_code.html: is not the name of a template",
            "en/signup_code.txt: is not the name of a template",
            "english: is neither layout.html nor the folder of a language",
        ]
    );
    let found =
        faults(&[("pt-BR/phone_code.txt", "{{ code }}"), ("pt-br/phone_code.txt", "{{ code }}")]);
    assert!(found.len() == 1 && found[0].contains("is the same template as"), "{found:?}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let missing = folder(&[]);
    let rules =
        TemplateRules { folder: Some(missing.path().join("nowhere")), ..TemplateRules::default() };
    let found = Templates::load(&rules).err().unwrap().to_string();
    assert!(found.contains("nowhere: cannot be read: "), "{found}");
    let long = "a".repeat(64 * 1024 + 1);
    let found = faults(&[("en/password_changed.txt", &long)]);
    assert_eq!(found, ["en/password_changed.txt: is longer than 65536 bytes"]);
    let latin = folder(&[]);
    fs::create_dir(latin.path().join("en")).unwrap();
    fs::write(latin.path().join("en/phone_code.txt"), b"\xe9").unwrap();
    let found = load_in(&latin, "en").err().unwrap().to_string();
    assert!(found.contains("en/phone_code.txt: cannot be read: "), "{found}");
}

#[test]
fn the_default_language_must_exist_and_be_complete() {
    let spanish = folder(&[("es/phone_code.txt", "{{ code }}")]);
    let found = load_in(&spanish, "es").err().unwrap().to_string();
    assert!(found.contains("es/sign_up_code.txt: is missing in the default language"), "{found}");
    assert!(!found.contains("es/phone_code.txt"), "{found}");
    let found = load_in(&spanish, "de").err().unwrap().to_string();
    let expected = "notices.default_language: there are no templates in \"de\", only in en, es, fr";
    assert!(found.lines().any(|line| line == expected), "{found}");
}
