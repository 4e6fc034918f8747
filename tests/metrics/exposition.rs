//! Reads Prometheus' text format.

use std::collections::{BTreeMap, BTreeSet};

/// What one or more scrapes showed, by the name of the metric.
#[derive(Default)]
pub struct Exposition {
    families: BTreeMap<String, Family>,
}

/// A metric: its type, its help, the names of its labels, and its series with their values.
#[derive(Default)]
pub struct Family {
    pub kind: String,
    pub has_help: bool,
    pub labels: BTreeSet<String>,
    pub series: BTreeMap<String, f64>,
}

impl Exposition {
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        read.add(text);
        read
    }

    /// Adds what another server shows.
    pub fn add(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').unwrap();
                self.family(name).has_help = !help.is_empty();
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                kind.clone_into(&mut self.family(name).kind);
            } else {
                self.add_sample(line);
            }
        }
    }

    fn add_sample(&mut self, line: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let parts = ["_bucket", "_sum", "_count"];
        let of_histogram = parts.iter().find_map(|part| {
            let name = name.strip_suffix(part)?;
            (self.families.get(name)?.kind == "histogram").then(|| name.to_owned())
        });
        let family = self.family(&of_histogram.unwrap_or_else(|| name.to_owned()));
        let keys = labels.trim_end_matches('}').split("\",").filter_map(|l| l.split_once("=\""));
        let keys = keys.map(|(key, _)| key.to_owned()).filter(|key| key != "le");
        family.labels.extend(keys);
        family.series.insert(series.to_owned(), value.parse().unwrap());
    }

    fn family(&mut self, name: &str) -> &mut Family {
        self.families.entry(name.to_owned()).or_default()
    }

    /// Every metric.
    pub fn families(&self) -> &BTreeMap<String, Family> {
        &self.families
    }

    /// Every series.
    pub fn series(&self) -> BTreeSet<&str> {
        self.families.values().flat_map(|f| f.series.keys()).map(String::as_str).collect()
    }

    /// The value of a series, zero if there is none yet.
    pub fn value(&self, series: &str) -> f64 {
        let values = self.families.values().filter_map(|family| family.series.get(series));
        values.copied().next().unwrap_or_default()
    }
}
