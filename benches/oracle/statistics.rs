//! Medians, and how sure they are.

use crate::rounds::Answers;

/// Standard normal quantile of 99.95 %: a two-sided interval of 99.9 %. With the dozen comparisons of
/// a run, one in eighty runs shows a difference that is none.
const Z: f64 = 3.29;

/// The line above the table.
pub fn heading(rounds: usize) {
    println!("{rounds} rounds; times in µs");
    println!("{:<34}{:>10}{:>12}{:>20}  answers", "", "median", "difference", "99.9 % interval");
}

/// Prints a trial: each kind, and how it differs from the first.
pub fn report(name: &str, kinds: &[&str], answers: &[Answers]) {
    println!("{name}");
    let base = &answers[0];
    for (place, (kind, answers)) in kinds.iter().zip(answers).enumerate() {
        let time = median(&answers.times);
        if place == 0 {
            println!("  {kind:<32}{time:>10.0}");
            continue;
        }
        let pairs = answers.times.iter().zip(&base.times);
        let differences: Vec<f64> = pairs.map(|(ours, theirs)| ours - theirs).collect();
        let (low, high) = interval(&differences);
        let difference = median(&differences);
        let interval = format!("{low:+.1} … {high:+.1}");
        let alike = if answers.shapes == base.shapes { "alike" } else { "DIFFERENT" };
        let verdict = if low > 0.0 || high < 0.0 { "  differs" } else { "" };
        println!("  {kind:<32}{time:>10.0}{difference:>+12.1}{interval:>20}  {alike}{verdict}");
        if answers.shapes != base.shapes {
            println!("{:#?}\n{:#?}", base.shapes, answers.shapes);
        }
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn median(values: &[f64]) -> f64 {
    sorted(values)[values.len() / 2]
}

/// Of the median, by order statistics (the sign test turned around): it assumes nothing about the
/// shape of the noise.
fn interval(values: &[f64]) -> (f64, f64) {
    let sorted = sorted(values);
    let half = Z * count(sorted.len()).sqrt() / 2.0;
    let last = sorted.len() - 1;
    let rank = |sign: f64| {
        let rank = (count(last) / 2.0 + sign * half).round().clamp(0.0, count(last));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let rank = rank as usize;
        rank
    };
    (sorted[rank(-1.0)], sorted[rank(1.0)])
}

#[expect(clippy::cast_precision_loss, reason = "thousands")]
fn count(number: usize) -> f64 {
    number as f64
}
