//! Medians and spreads.

/// Ratios of alternating pairs.
pub struct Ratio(pub Vec<f64>);

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// `smallest – largest`.
pub fn spread(values: &[f64]) -> String {
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let digits = if largest >= 100.0 { 0 } else { 2 };
    format!("{smallest:.digits$} – {largest:.digits$}")
}
