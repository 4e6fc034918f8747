//! docs/performance.md, of which parts are written by benchmarks.

use std::fs;

/// Of the repository.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");

/// Puts what `change` makes of the text between two marks in its place. `begin` ends its line;
/// `end` begins one.
pub fn replace(begin: &str, end: &str, change: impl FnOnce(&str) -> String) {
    let page = fs::read_to_string(PAGE).expect("docs/performance.md");
    let (before, rest) = page.split_once(begin).expect("the mark where the part begins");
    let (old, after) = rest.split_once(end).expect("the mark where it ends");
    let page = format!("{before}{begin}{}{end}{after}", change(old));
    fs::write(PAGE, page).expect("docs/performance.md can be written");
}
