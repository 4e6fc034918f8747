//! What operators see in Prometheus and Grafana, as the running server shows it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod collector;
mod documents;
mod exposition;
mod series;
mod traces;
mod use_of_everything;
