//! The table of results: printed, and with `--write` put into docs/performance.md.

use crate::page;
use crate::stats::{largest, median, smallest};

const BEGIN: &str = "<!-- measured: `just performance` replaces these rows -->\n";
const END: &str = "<!-- end of measured -->";

/// Rows so far.
pub struct Report {
    command: &'static str,
    part: Option<String>,
    rows: Vec<String>,
}

impl Report {
    /// Prints the heading. `command` makes the rows that follow.
    pub fn begin(command: &'static str) -> Self {
        print("what", "median", "spread", "goal");
        Self { command, part: None, rows: Vec::new() }
    }

    /// Which argument of the command makes the rows that follow.
    pub fn part(&mut self, name: &str) {
        self.part = Some(name.to_owned());
    }

    /// One line: the median of `values`, with the smallest and the largest.
    pub fn row(&mut self, what: &str, values: &[f64], digits: usize, goal: &str) {
        let middle = format!("{:.digits$}", median(values));
        let spread = match values {
            [] | [_] => String::new(),
            _ => format!("{:.digits$} – {:.digits$}", smallest(values), largest(values)),
        };
        print(what, &middle, &spread, goal);
        let part = self.part.as_ref().map_or_else(String::new, |part| format!(" -- {part}"));
        let command = format!("`{}{part}`", self.command);
        self.rows.push(format!("| {what} | {middle} | {spread} | {goal} | {command} |"));
    }

    /// Replaces the rows of the page that say what these say, and adds the others.
    pub fn write(self) {
        page::replace(BEGIN, END, |rows| {
            let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
            for new in self.rows {
                match rows.iter_mut().find(|old| what(old) == what(&new)) {
                    Some(old) => *old = new,
                    None => rows.push(new),
                }
            }
            rows.join("\n") + "\n"
        });
    }
}

fn print(what: &str, middle: &str, spread: &str, goal: &str) {
    println!("{what:<66}{middle:>10}{spread:>20}  {goal}");
}

/// The first cell of a row.
fn what(row: &str) -> Option<&str> {
    row.split('|').nth(1).map(str::trim)
}
