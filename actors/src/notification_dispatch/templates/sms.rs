//! Whether a text fits into one text message.

/// Septets of one message.
const SEPTETS: usize = 160;
/// UTF-16 units of one message that holds characters beyond the default alphabet.
const UNITS: usize = 70;

/// The default alphabet of GSM 03.38 (3GPP TS 23.038 §6.2.1) beyond ASCII letters and digits.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Its extension (§6.2.1.1): two septets each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Why `text` needs more than one message, or `None` if it does not.
pub(super) fn excess(text: &str) -> Option<String> {
    let foreign = text.chars().find(|c| septets(*c).is_none());
    if let Some(foreign) = foreign {
        let units = text.encode_utf16().count();
        return (units > UNITS).then(|| {
            format!(
                "is {units} characters long: {UNITS} fit into one text message, because {foreign:?} \
                 is not in the GSM alphabet"
            )
        });
    }
    let septets: usize = text.chars().filter_map(septets).sum();
    (septets > SEPTETS)
        .then(|| format!("is {septets} characters long: {SEPTETS} fit into one text message"))
}

fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || ALPHABET.contains(c) {
        Some(1)
    } else {
        EXTENSION.contains(c).then_some(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_has_160_septets_and_some_characters_take_two() {
        assert_eq!(excess(&"a".repeat(160)), None);
        assert!(excess(&"a".repeat(161)).unwrap().starts_with("is 161 characters long"));
        assert_eq!(excess(&"à".repeat(160)), None);
        assert_eq!(excess(&"€".repeat(80)), None);
        assert!(excess(&"€".repeat(81)).is_some());
    }

    #[test]
    fn one_character_outside_the_alphabet_makes_it_70_units() {
        assert_eq!(excess(&format!("ê{}", "a".repeat(69))), None);
        assert!(excess(&format!("ê{}", "a".repeat(70))).unwrap().contains("'ê'"));
        assert_eq!(excess(&"😀".repeat(35)), None);
        assert!(excess(&"😀".repeat(36)).is_some());
    }
}
