//! What strangers write into their names.

use proptest::prelude::*;

use super::*;

/// The message to somebody of this name.
fn to(templates: &Templates, first_name: &str) -> Message {
    templates.write(&password_changed(first_name), &Language::english()).unwrap()
}

/// Where tags begin: all that a name could add to a page.
fn tags(message: &Message) -> usize {
    message.html.as_deref().unwrap().matches(['<', '>', '"', '\'']).count()
}

#[test]
fn markup_in_a_name_is_shown_as_it_was_written() {
    let templates = Templates::of_tests();
    for (name, text, html) in [
        ("<a href=\"x\">", "<a href=\"x\">", "&lt;a href=&quot;x&quot;&gt;"),
        ("{{7*7}}", "{{7*7}}", "{{7*7}}"),
        ("{% raw %}{{ code }}", "{% raw %}{{ code }}", "{% raw %}{{ code }}"),
        ("O'Brien & Sons", "O'Brien & Sons", "O&#39;Brien &amp; Sons"),
        ("&lt;b&gt;", "&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("محمد", "محمد", "محمد"),
    ] {
        let message = to(&templates, name);
        assert!(message.text.starts_with(&format!("Hello {text},\n\n")), "{}", message.text);
        assert_eq!(message.text.matches(text).count(), 1, "{name}");
        let page = message.html.as_deref().unwrap();
        assert_eq!(page.matches(&format!("<p>Hello {html},</p>")).count(), 1, "{name}");
    }
}

#[test]
fn the_longest_name_fits_and_a_link_in_a_name_is_broken() {
    let templates = Templates::of_tests();
    let page = to(&templates, &"ü".repeat(100)).html.clone().unwrap();
    assert!(page.contains(&format!("Hello {},", "ü".repeat(100))));
    let message = to(&templates, "Win at https://evil.example/now");
    assert!(message.text.starts_with("Hello Win at https: //evil. example/now,"));
}

proptest! {
    #[test]
    fn no_name_changes_the_structure_of_a_message(
        name in prop_oneof![
            any::<String>(),
            "[<>\"'&{}%#/a-z .:]{1,100}",
            "(<a href=x>|\\{\\{|\\}\\}|\\{%|%\\}|-->|<!--|&lt;|\u{200f}|é){1,30}",
        ],
    ) {
        let Ok(parsed) = PersonName::parse(&name) else { return Ok(()) };
        let templates = Templates::of_tests();
        let (message, ordinary) = (to(&templates, parsed.as_str()), to(&templates, "Ada"));
        prop_assert_eq!(tags(&message), tags(&ordinary));
        prop_assert_eq!(&message.subject, &ordinary.subject);
        // Without the spaces that break links, the greeting is the name, once.
        let (greeting, rest) = message.text.split_once('\n').unwrap();
        let shown = greeting.strip_prefix("Hello ").and_then(|g| g.strip_suffix(',')).unwrap();
        let spaceless = |text: &str| text.replace(' ', "");
        prop_assert_eq!(spaceless(shown), spaceless(parsed.as_str()));
        prop_assert_eq!(rest, ordinary.text.split_once('\n').unwrap().1);
    }
}
