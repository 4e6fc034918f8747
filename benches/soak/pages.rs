//! The results in docs/performance.md and docs/images.

use std::fmt::Write;

use bench_support::page;
use bench_support::plot::{Chart, Line, Scale};
use bench_support::stats::{largest, median, smallest};

use crate::growth::Growth;
use crate::lives::Soaked;
use crate::sample::{Sample, in_words};

const BEGIN: &str = "<!-- soaked: `just soak --write` replaces this part -->\n";
const END: &str = "<!-- end of soaked -->";
/// Rows of the table, at most.
const ROWS: usize = 12;

impl Soaked {
    /// Replaces the section and the chart.
    pub fn write(&self) {
        self.chart().save("soak");
        let mut part = String::new();
        self.describe(&mut part).expect("a string takes everything");
        page::replace(BEGIN, END, |_| part);
    }

    fn chart(&self) -> Chart {
        let line = |name, pick: fn(&Sample) -> f64| Line {
            name,
            points: self.samples.iter().map(|sample| (sample.minute, pick(sample))).collect(),
        };
        let lines = vec![
            line("memory, MiB", |sample| sample.rss_mib),
            line("open descriptors", |sample| sample.descriptors),
            line("threads", |sample| sample.threads),
        ];
        let (title, across) = ("Under ordinary traffic, killed four times an hour", "minutes");
        Chart { title, across, scale: Scale::Linear, lines }
    }

    fn describe(&self, page: &mut String) -> std::fmt::Result {
        let minutes = self.samples.last().map_or(0.0, |sample| sample.minute);
        writeln!(page, "\n![Memory, descriptors and threads over time](images/soak.svg)")?;
        writeln!(page, "\n{minutes:.0} minutes. Answers: {}.", in_words(&self.statuses()))?;
        writeln!(page, "Failures, lost acknowledgements among them: {}.\n", self.failures.len())?;
        writeln!(
            page,
            "| until minute | memory, MiB | descriptors | threads | store, MiB | accounts | sessions \
             | protected p50 / p99, ms | sign-in p50 / p99, ms | late, ms |"
        )?;
        writeln!(page, "|---|---|---|---|---|---|---|---|---|---|")?;
        for samples in self.samples.chunks(self.samples.len().div_ceil(ROWS).max(1)) {
            row(page, samples)?;
        }
        writeln!(
            page,
            "\n| kill at minute | under way | ready again, ms | accounts that signed in | sessions that stood | that stayed ended |"
        )?;
        writeln!(page, "|---|---|---|---|---|---|")?;
        for killed in &self.kills {
            let of = killed.checked;
            writeln!(
                page,
                "| {:.1} | {} | {:.0} | {} | {} | {} |",
                killed.minute,
                killed.unanswered,
                killed.restart_ms,
                of.accounts,
                of.sessions,
                of.ended
            )?;
        }
        writeln!(
            page,
            "\nThe last quarter of each life against its second, and of the whole run:\n"
        )?;
        for growth in Growth::all(&self.samples) {
            writeln!(page, "* {growth}")?;
        }
        writeln!(page)
    }
}

/// What several samples have in common.
fn row(page: &mut String, samples: &[Sample]) -> std::fmt::Result {
    let Some(last) = samples.last() else { return Ok(()) };
    let of = |pick: fn(&Sample) -> f64| samples.iter().map(pick).collect::<Vec<f64>>();
    let spread = |pick, digits: usize| {
        let (low, high) = (smallest(&of(pick)), largest(&of(pick)));
        format!("{low:.digits$} – {high:.digits$}")
    };
    let middle = |pick| median(&of(pick));
    writeln!(
        page,
        "| {:.1} | {} | {} | {} | {:.1} | {} | {} | {:.1} / {:.1} | {:.1} / {:.1} | {:.0} |",
        last.minute,
        spread(|sample| sample.rss_mib, 1),
        spread(|sample| sample.descriptors, 0),
        spread(|sample| sample.threads, 0),
        last.store_mib,
        last.accounts,
        last.sessions,
        middle(|sample| sample.protected.p50),
        middle(|sample| sample.protected.p99),
        middle(|sample| sample.sign_in.p50),
        middle(|sample| sample.sign_in.p99),
        largest(&of(|sample| sample.late_ms)),
    )
}
