//! What the benchmarks share: servers under measurement, statistics, the page of results.

#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot measure must stop")]
#![expect(clippy::indexing_slicing, reason = "answers are read as JSON: what is missing is null")]
#![expect(clippy::missing_panics_doc, reason = "a benchmark that cannot measure must stop")]
#![expect(clippy::must_use_candidate, reason = "who measures looks at what was measured")]

pub mod pace;
pub mod page;
pub mod plot;
pub mod report;
pub mod server;
pub mod stats;
