use proptest::prelude::*;
use secrecy::SecretString;

use super::*;

fn password(text: &str) -> Password {
    Password::present(&SecretString::from(text)).unwrap()
}

/// Whether John Doe-Smith, jd.stone@example.com, may not have `text` at "Acme Auth".
fn blocked(text: &str) -> bool {
    let owner = Owner {
        email: &EmailAddress::parse("JD.Stone@example.com").unwrap(),
        first_name: &PersonName::parse("José").unwrap(),
        last_name: &PersonName::parse("Doe-Smith").unwrap(),
        phone: Some(&PhoneNumber::parse("+2348012345678").unwrap()),
    };
    Blocklist::new(["Acme Auth", "login.acme.example"]).blocks(&password(text), &owner)
}

#[test]
fn the_list_has_3000_passwords_that_could_be_chosen_and_is_in_order_s08() {
    let list = CommonPasswords::built_in();
    assert!(list.entries().len() >= 3000, "{}", list.entries().len());
    assert!(list.entries().is_sorted_by(|a, b| a < b), "sorted, each once");
    for entry in list.entries() {
        assert!(entry.chars().count() >= 8, "{entry}");
        assert_eq!(*Folded::of(entry), **entry);
    }
}

#[test]
fn common_passwords_are_blocked_in_any_case_s08() {
    for text in ["password", "12345678", "qwertyuiop", "PassWord1", "TRUSTNO1", "!qaz2wsx"] {
        assert!(blocked(text), "{text}");
    }
    for text in ["passwords of mine", "correct horse battery", "\"1,00001e+14\""] {
        assert!(!blocked(text), "{text}");
    }
}

#[test]
fn names_of_the_owner_and_the_service_are_no_password_s08() {
    for text in [
        "jose7391",
        "JOSÉ-1999",
        "josé.doe-smith",
        "smithjosé",
        "Jd.Stone!",
        "jdstone 31.12.1999",
        "stoneStone",
        "abcsmith",
        "acme-auth",
        "Acme Auth 24",
        "login@acme",
        "08012345678",
        "+234 801 234 5678",
    ] {
        assert!(blocked(text), "{text}");
    }
}

#[test]
fn names_among_other_words_are_welcome() {
    for text in [
        "smith has 3 dogs",
        "abcdsmith",
        "smith 987654321",
        "a stone in a river",
        "doe doe doe", // three letters are no word
        "93848765",
    ] {
        assert!(!blocked(text), "{text}");
    }
}

#[test]
fn a_name_that_holds_another_is_removed_whole() {
    let owner = Owner {
        email: &EmailAddress::parse("me@example.com").unwrap(),
        first_name: &PersonName::parse("John").unwrap(),
        last_name: &PersonName::parse("Johnson").unwrap(),
        phone: None,
    };
    assert!(Blocklist::new([]).blocks(&password("Johnson 7391"), &owner));
}

#[test]
fn accents_however_spelt_hide_no_name() {
    for text in ["josé 1999", "jose\u{301} 1999", "JOSE\u{301} 1999", "jose 1999", "jòsè 1999"] {
        assert!(blocked(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_word_with_up_to_eight_digits_around_it_is_blocked(before in "[0-9]{0,4}", after in "[0-9 .-]{0,4}") {
        let padded = format!("{before}smith{after}");
        prop_assert!(blocked(&padded));
    }

    #[test]
    fn four_letters_of_ones_own_make_a_password(before in "[b-dx-z]{2,9}", after in "[B-DX-Z0-9]{2,9}") {
        let padded = format!("{before}.Smith.{after}");
        prop_assert!(!blocked(&padded));
    }

    #[test]
    fn any_entry_in_any_case_is_blocked(index: prop::sample::Index, upper: u64) {
        let list = CommonPasswords::built_in();
        let entry = list.entries()[index.index(list.entries().len())];
        let shouted = entry.chars().enumerate().map(|(at, c)| {
            if upper >> (at % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c }
        });
        prop_assert!(blocked(&shouted.collect::<String>()));
    }

    #[test]
    fn no_password_makes_the_rules_panic(text in "\\PC{0,60}") {
        let _ = blocked(&text);
    }
}
