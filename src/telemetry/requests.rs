//! What is counted of each request: how many, how long, how they ended.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::http::StatusCode;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tokio::time::Instant;

use super::labels::Place;

/// The status where the client left before there was one.
const ABORTED: &str = "aborted";

/// The counters of one HTTP worker. They are looked up by number, without a lock: only this thread
/// has them.
pub(super) struct RequestMetrics {
    in_flight: Gauge,
    /// By place; made at the first such request.
    series: RefCell<Vec<Option<Series>>>,
}

struct Series {
    place: Place,
    time: Histogram,
    /// One for each status that came up: few.
    by_status: Vec<(Option<StatusCode>, Counter)>,
}

/// A request under way. Dropped without a status, it counts as aborted.
pub(super) struct Measured {
    metrics: Rc<RequestMetrics>,
    place: Place,
    begun_at: Instant,
    pub(super) status: Option<StatusCode>,
}

impl RequestMetrics {
    /// Of the installed recorder.
    pub(super) fn new() -> Self {
        let in_flight = gauge!("bioentrust_http_requests_in_flight");
        Self { in_flight, series: RefCell::default() }
    }

    /// Measures a request from now on.
    pub(super) fn begin(self: &Rc<Self>, place: Place) -> Measured {
        self.in_flight.increment(1);
        Measured { metrics: Rc::clone(self), place, begun_at: Instant::now(), status: None }
    }

    fn ended(&self, place: Place, status: Option<StatusCode>, begun_at: Instant) {
        self.in_flight.decrement(1);
        let mut all = self.series.borrow_mut();
        if all.len() <= place.0 {
            all.resize_with(place.0 + 1, || None);
        }
        let Some(slot) = all.get_mut(place.0) else { return };
        let series = slot.get_or_insert_with(|| Series::register(place));
        series.time.record(begun_at.elapsed());
        series.count(status);
    }
}

impl Series {
    fn register(place: Place) -> Self {
        let time = histogram!(
            "bioentrust_http_request_duration_seconds",
            "route" => place.route(), "method" => place.method()
        );
        Self { place, time, by_status: Vec::new() }
    }

    fn count(&mut self, status: Option<StatusCode>) {
        if let Some((_, known)) = self.by_status.iter().find(|(known, _)| *known == status) {
            return known.increment(1);
        }
        let text = status.map_or(ABORTED.into(), |status| status.as_str().to_owned());
        let counter = counter!(
            "bioentrust_http_requests_total",
            "route" => self.place.route(), "method" => self.place.method(), "status" => text
        );
        counter.increment(1);
        self.by_status.push((status, counter));
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        self.metrics.ended(self.place, self.status, self.begun_at);
    }
}
