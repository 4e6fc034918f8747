//! Whether something grows that should not.

use crate::sample::Sample;

/// Fewer samples have no quarters worth comparing.
const FEWEST: usize = 8;

/// The last quarter of some time against its second.
pub struct Growth {
    pub of: String,
    pub rss_mib: (f64, f64),
    pub descriptors: (f64, f64),
}

impl Growth {
    /// Over the whole run, and over each life of the server that was long enough.
    pub fn all(samples: &[Sample]) -> Vec<Self> {
        let lives = samples.last().map_or(0, |sample| sample.life);
        let of_life = |life: usize| {
            let of_life = samples.iter().filter(|sample| sample.life == life);
            Self::of(format!("life {life}"), &of_life.collect::<Vec<_>>())
        };
        let run = Self::of("the whole run".to_owned(), &samples.iter().collect::<Vec<_>>());
        (1..=lives).filter_map(of_life).chain(run).collect()
    }

    fn of(of: String, samples: &[&Sample]) -> Option<Self> {
        if samples.len() < FEWEST {
            return None;
        }
        let quarters: Vec<&[&Sample]> = samples.chunks(samples.len().div_ceil(4)).collect();
        let (second, last) = (*quarters.get(1)?, *quarters.last()?);
        let change = |pick: fn(&Sample) -> f64| (mean(second, pick), mean(last, pick));
        Some(Self { of, rss_mib: change(|s| s.rss_mib), descriptors: change(|s| s.descriptors) })
    }
}

impl std::fmt::Display for Growth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (memory, files) = (self.rss_mib, self.descriptors);
        write!(
            f,
            "{}: memory {:.1} → {:.1} MiB ({:.2}×), descriptors {:.0} → {:.0} ({:.2}×)",
            self.of,
            memory.0,
            memory.1,
            memory.1 / memory.0,
            files.0,
            files.1,
            files.1 / files.0,
        )
    }
}

fn mean(samples: &[&Sample], pick: fn(&Sample) -> f64) -> f64 {
    samples.iter().map(|sample| pick(sample)).sum::<f64>() / samples.len() as f64
}
