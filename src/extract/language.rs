//! Which language a caller reads.

use actix_web::HttpRequest;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, AcceptLanguage, Header, HeaderValue, Preference, Quality,
};
use actors::domain::Language;

/// Browsers send less than 100 bytes; the work of a longer header is not done.
const LONGEST_HEADER: usize = 512;

/// The language of `available` that the caller likes best, or `default`.
///
/// The lookup of RFC 4647 §3.4: each language range in the order of preference, exactly, then
/// without its last subtags; then any regional form of it. What cannot be read is passed over.
pub(super) fn preferred(
    request: &HttpRequest,
    available: &[Language],
    default: &Language,
) -> Language {
    let length: usize = request.headers().get_all(ACCEPT_LANGUAGE).map(HeaderValue::len).sum();
    if length == 0 || length > LONGEST_HEADER {
        return default.clone();
    }
    let Ok(AcceptLanguage(mut ranges)) = AcceptLanguage::parse(request) else {
        return default.clone();
    };
    ranges.retain(|range| range.quality > Quality::ZERO);
    ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
    let found = ranges.iter().find_map(|range| match &range.item {
        Preference::Any => Some(default),
        Preference::Specific(tag) => find(&tag.as_str().to_ascii_lowercase(), available),
    });
    found.unwrap_or(default).clone()
}

fn find<'l>(range: &str, available: &'l [Language]) -> Option<&'l Language> {
    let exactly = |tag: &str| available.iter().find(|language| language.as_str() == tag);
    let shortened = std::iter::successors(Some(range), |tag| Some(tag.rsplit_once('-')?.0));
    let regional = |language: &&Language| {
        language.as_str().strip_prefix(range).is_some_and(|rest| rest.starts_with('-'))
    };
    shortened.into_iter().find_map(exactly).or_else(|| available.iter().find(regional))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// What a caller with these headers gets from English (the default), French, Brazilian
    /// Portuguese and traditional Chinese.
    fn language_for(headers: &[&[u8]]) -> String {
        let available = ["en", "fr", "pt-br", "zh-hant"].map(|tag| Language::parse(tag).unwrap());
        let mut request = TestRequest::get();
        for header in headers {
            let value = HeaderValue::from_bytes(header).unwrap();
            request = request.append_header((ACCEPT_LANGUAGE, value));
        }
        preferred(&request.to_http_request(), &available, &Language::english()).to_string()
    }

    #[test]
    fn the_best_liked_language_that_there_is_wins() {
        for (header, language) in [
            ("fr", "fr"),
            ("FR", "fr"),
            ("fr-CA", "fr"),
            ("fr-Latn-CA-x-private", "fr"),
            ("pt-BR,pt;q=0.9", "pt-br"),
            ("pt", "pt-br"),
            ("pt-PT", "en"),
            ("zh-Hant-TW", "zh-hant"),
            ("zh-Hans", "en"),
            ("de, fr;q=0.5", "fr"),
            ("en;q=0.5, fr;q=0.9", "fr"),
            ("en;q=0.5, fr;q=0.501", "fr"),
            ("en, fr", "en"),
            ("fr, en", "fr"),
            ("fr;q=0, de", "en"),
            ("de;q=0.9, fr;q=0.000", "en"),
            ("de, *;q=0.5, fr;q=0.1", "en"),
            ("*", "en"),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
            ("  fr  ;  q=1.0  ", "fr"),
            ("fra", "en"),
            ("f", "en"),
        ] {
            assert_eq!(language_for(&[header.as_bytes()]), language, "{header}");
        }
    }

    #[test]
    fn what_is_no_header_at_all_is_the_default_language() {
        assert_eq!(language_for(&[]), "en");
        for header in [
            "",
            ",,,;;;===",
            "fr;q=2",
            "fr;q=-1",
            "fr;q=NaN",
            "fr;q=0.1234",
            "fr;q=",
            "fr_FR",
            "../fr",
            "fr\u{e9}",
        ] {
            assert_eq!(language_for(&[header.as_bytes()]), "en", "{header}");
        }
        assert_eq!(language_for(&[b"\xff, fr"]), "en");
    }

    #[test]
    fn a_part_that_cannot_be_read_does_not_spoil_the_others() {
        assert_eq!(language_for(&[b"de;q=nan, ???, fr;q=0.3"]), "fr");
        assert_eq!(language_for(&[b"de", b"fr;q=0.2"]), "fr");
    }

    #[test]
    fn a_header_longer_than_any_browser_s_is_not_read() {
        let padded = |length: usize| format!("fr{}", " ".repeat(length - 2));
        assert_eq!(language_for(&[padded(512).as_bytes()]), "fr");
        assert_eq!(language_for(&[padded(513).as_bytes()]), "en");
        let half = padded(300);
        assert_eq!(language_for(&[half.as_bytes(), half.as_bytes()]), "en");
        let hostile = "en;q=0.1,".repeat(50);
        assert_eq!(language_for(&[hostile.as_bytes()]), "en");
    }
}
