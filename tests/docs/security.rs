//! `docs/security.md`: every requirement has its place and its proof.

use std::collections::BTreeMap;

use crate::page::{Page, read, root};

const PAGE: &str = "docs/security.md";
/// There is no S-03.
const MISSING: [u32; 1] = [3];
/// Folders, and files beside them, that a path begins with.
const PLACES: [&str; 11] = [
    "src/",
    "actors/",
    "tests/",
    "docs/",
    "config/",
    "scripts/",
    "benches/",
    "fuzz/",
    ".ci/",
    "deny.toml",
    "Cargo.",
];
/// What the last cell of a requirement begins with when it names no test.
const EXCUSES: [&str; 3] = ["does not apply, because ", "measured, ", "not met: "];

fn numbers(rows: &[Vec<&str>], prefix: &str) -> BTreeMap<u32, usize> {
    let mut seen = BTreeMap::new();
    for row in rows {
        let number = row[0].strip_prefix(prefix).unwrap().parse().unwrap();
        *seen.entry(number).or_insert(0) += 1;
    }
    seen
}

#[test]
fn every_requirement_and_every_fault_has_one_row() {
    let page = Page::open(PAGE);
    for (prefix, last, missing) in [("S-", 108, &MISSING[..]), ("F-", 24, &[])] {
        let wanted = (1..=last).filter(|number| !missing.contains(number));
        let wanted: BTreeMap<u32, usize> = wanted.map(|number| (number, 1)).collect();
        assert_eq!(numbers(&page.rows(prefix), prefix), wanted);
    }
}

#[test]
fn every_requirement_has_a_test_or_says_why_not() {
    let page = Page::open(PAGE);
    for row in page.rows("S-") {
        let [number, rule, place, proof] = row[..] else { panic!("four cells: {row:?}") };
        assert!(!rule.is_empty() && !place.is_empty(), "{number}");
        let is_excused = EXCUSES.iter().any(|excuse| proof.starts_with(excuse));
        assert!(proof.contains("::") || is_excused, "{number}: {proof}");
    }
}

#[test]
fn every_file_that_is_named_exists_and_has_the_function_that_is_named_in_it() {
    let page = Page::open(PAGE);
    let mut functions = 0;
    for code in page.code() {
        let (path, function) = code.split_once("::").unwrap_or((code, ""));
        if !PLACES.iter().any(|place| path.starts_with(place)) || path.contains([' ', '*', '{']) {
            continue;
        }
        assert!(root().join(path).exists(), "{code}");
        if !function.is_empty() {
            let text = read(path);
            let has = |end: &str| text.contains(&format!("fn {function}{end}"));
            assert!(has("(") || has("<"), "{code}");
            functions += 1;
        }
    }
    assert!(functions > 100, "the page proves something: {functions}");
}

#[test]
fn every_link_leads_somewhere() {
    for link in Page::open(PAGE).links() {
        assert!(root().join(&link).exists(), "{}", link.display());
    }
}
