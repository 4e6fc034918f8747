//! What operators see in Prometheus and Grafana, as the running server shows it.

mod documents;
mod exposition;
mod series;
mod use_of_everything;
