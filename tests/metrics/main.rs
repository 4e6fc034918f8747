//! What operators see in Prometheus and Grafana, as the running server shows it.

mod collector;
mod documents;
mod exposition;
mod series;
mod traces;
mod use_of_everything;
