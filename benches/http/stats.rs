//! Medians and spreads.

/// Prints one line of the table.
pub fn row(what: &str, values: &[f64], digits: usize, goal: &str) {
    let median = median(values);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let spread = format!("{smallest:.digits$} – {largest:.digits$}");
    println!("{what:<58}{median:>10.digits$}{spread:>22}{goal:>8}");
}

fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// The smallest value that `percent` of all do not exceed.
pub fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(f64::NAN)
}
