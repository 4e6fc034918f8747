//! The table of results: printed, and with `--write` put into docs/performance.md.

use std::fs;

use crate::stats::{largest, median, smallest};

/// Of the repository.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/performance.md");
const BEGIN: &str = "<!-- measured: `just performance` replaces these rows -->\n";
const END: &str = "<!-- end of measured -->";

/// Rows so far.
#[derive(Default)]
pub struct Report {
    part: String,
    rows: Vec<String>,
}

impl Report {
    /// Prints the heading.
    pub fn begin() -> Self {
        print("what", "median", "spread", "goal");
        Self::default()
    }

    /// Which argument of this benchmark makes the rows that follow.
    pub fn part(&mut self, name: &str) {
        name.clone_into(&mut self.part);
    }

    /// One line: the median of `values`, with the smallest and the largest.
    pub fn row(&mut self, what: &str, values: &[f64], digits: usize, goal: &str) {
        let middle = format!("{:.digits$}", median(values));
        let spread = match values {
            [] | [_] => String::new(),
            _ => format!("{:.digits$} – {:.digits$}", smallest(values), largest(values)),
        };
        print(what, &middle, &spread, goal);
        let command = format!("`cargo bench --bench http -- {}`", self.part);
        self.rows.push(format!("| {what} | {middle} | {spread} | {goal} | {command} |"));
    }

    /// Replaces the rows of the page that say what these say, and adds the others.
    pub fn write(self) {
        let page = fs::read_to_string(PAGE).expect("docs/performance.md");
        let (before, rest) = page.split_once(BEGIN).expect("the mark where the rows begin");
        let (rows, after) = rest.split_once(END).expect("the mark where they end");
        let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
        for new in self.rows {
            match rows.iter_mut().find(|old| what(old) == what(&new)) {
                Some(old) => *old = new,
                None => rows.push(new),
            }
        }
        let page = format!("{before}{BEGIN}{}\n{END}{after}", rows.join("\n"));
        fs::write(PAGE, page).expect("docs/performance.md can be written");
    }
}

fn print(what: &str, middle: &str, spread: &str, goal: &str) {
    println!("{what:<66}{middle:>10}{spread:>20}  {goal}");
}

/// The first cell of a row.
fn what(row: &str) -> Option<&str> {
    row.split('|').nth(1).map(str::trim)
}
