//! The section `telemetry`.

use std::path::PathBuf;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{Problems, Secret, encoding, urls};

/// The section `telemetry`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct TelemetrySettings {
    #[serde(with = "encoding::optional")]
    pub otlp_endpoint: Option<String>,
    pub otlp_headers: Secret,
    #[serde(with = "encoding::optional")]
    pub otlp_headers_file: Option<PathBuf>,
    pub sample_ratio: f64,
    pub trust_traceparent: bool,
}

impl TelemetrySettings {
    pub(super) fn read_secrets(&mut self, problems: &mut Problems) {
        let file = self.otlp_headers_file.as_deref();
        self.otlp_headers.read_file("telemetry.otlp_headers", file, problems);
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require(
            self.otlp_endpoint.as_deref().is_none_or(urls::is_origin),
            "telemetry.otlp_endpoint",
            "must be http or https, host and port only, like http://127.0.0.1:4318",
        );
        problems.require_within("telemetry.sample_ratio", self.sample_ratio, &(0.0..=1.0));
        problems.require(
            self.header_lines().all(|line| header(line).is_some()),
            "telemetry.otlp_headers",
            "must be lines of the form name: value",
        );
    }

    /// Headers of every export, such as a collector's token.
    pub fn headers(&self) -> impl Iterator<Item = (String, String)> {
        self.header_lines().filter_map(header)
    }

    fn header_lines(&self) -> impl Iterator<Item = &str> {
        let text = self.otlp_headers.get().map_or("", |headers| headers.expose_secret());
        text.lines().filter(|line| !line.trim().is_empty())
    }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_value = !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    (is_name && is_value).then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let of = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(header("Authorization: Bearer a:b"), of("Authorization", "Bearer a:b"));
        for bad in ["", "x", ": y", "a b: c", "x:", "x: \u{7f}"] {
            assert_eq!(header(bad), None, "{bad:?}");
        }
    }
}
