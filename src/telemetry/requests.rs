//! What is reported of each request: how many, how long, how they ended. Never who, never a raw path.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use actix_web::Error;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tokio::time::Instant;

use crate::routes::TEMPLATES;

/// The label of every path that is no route: an attacker invents any number of them.
const UNMATCHED: &str = "unmatched";
/// The method of a request that no route takes.
const OTHER_METHOD: &str = "other";
/// The status where the client left before there was one.
const ABORTED: &str = "aborted";

/// The reporter of one HTTP worker. Its series are looked up by number, without a lock: only this
/// thread has it.
pub struct RequestMetrics {
    in_flight: Gauge,
    routes: HashMap<&'static str, usize>,
    /// By route and method; made at the first such request.
    series: RefCell<Vec<Option<Series>>>,
}

struct Series {
    route: &'static str,
    method: &'static str,
    time: Histogram,
    /// One for each status that came up: few.
    by_status: Vec<(Option<StatusCode>, Counter)>,
}

/// A request under way. Dropped without an end, it counts as aborted.
pub struct Measured {
    metrics: Rc<RequestMetrics>,
    place: usize,
    begun_at: Instant,
    status: Option<StatusCode>,
}

impl RequestMetrics {
    /// A reporter to the installed recorder.
    #[must_use]
    pub fn new() -> Self {
        let in_flight = gauge!("bioentrust_http_requests_in_flight");
        let routes = TEMPLATES.iter().enumerate();
        Self {
            in_flight,
            routes: routes.map(|(index, template)| (*template, index)).collect(),
            series: RefCell::default(),
        }
    }

    /// Reports `request` from now on.
    #[must_use]
    pub fn begin(self: &Rc<Self>, request: &ServiceRequest) -> Measured {
        self.in_flight.increment(1);
        let place = self.route(request.path()) * METHODS.len() + method(request.method());
        Measured { metrics: Rc::clone(self), place, begun_at: Instant::now(), status: None }
    }

    /// The number of a route; `TEMPLATES.len()` for what is none.
    fn route(&self, path: &str) -> usize {
        let known = self.routes.get(path).or_else(|| {
            // Templates with a variable end with it.
            let (folder, _) = path.rsplit_once('/')?;
            let variable = |template: &&&str| is_in(template, folder);
            self.routes.get(TEMPLATES.iter().find(variable)?)
        });
        known.copied().unwrap_or(TEMPLATES.len())
    }

    fn ended(&self, place: usize, status: Option<StatusCode>, begun_at: Instant) {
        self.in_flight.decrement(1);
        let mut all = self.series.borrow_mut();
        if all.len() <= place {
            all.resize_with(place + 1, || None);
        }
        let Some(slot) = all.get_mut(place) else { return };
        let series = slot.get_or_insert_with(|| Series::register(place));
        series.time.record(begun_at.elapsed());
        series.count(status);
    }
}

impl Series {
    fn register(place: usize) -> Self {
        let (route, method) = (place / METHODS.len(), place % METHODS.len());
        let route = TEMPLATES.get(route).copied().unwrap_or(UNMATCHED);
        let method = METHODS.get(method).copied().unwrap_or(OTHER_METHOD);
        let time = histogram!(
            "bioentrust_http_request_duration_seconds", "route" => route, "method" => method
        );
        Self { route, method, time, by_status: Vec::new() }
    }

    fn count(&mut self, status: Option<StatusCode>) {
        if let Some((_, known)) = self.by_status.iter().find(|(known, _)| *known == status) {
            return known.increment(1);
        }
        let text = status.map_or(ABORTED.into(), |status| status.as_str().to_owned());
        let counter = counter!(
            "bioentrust_http_requests_total",
            "route" => self.route, "method" => self.method, "status" => text
        );
        counter.increment(1);
        self.by_status.push((status, counter));
    }
}

impl Measured {
    /// The request has its answer.
    pub fn end<B>(&mut self, outcome: &Result<ServiceResponse<B>, Error>) {
        self.status = Some(match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        });
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        self.metrics.ended(self.place, self.status, self.begun_at);
    }
}

/// The methods that are told apart.
const METHODS: [&str; 6] = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", OTHER_METHOD];

fn method(method: &Method) -> usize {
    let known = METHODS.iter().position(|known| *known == method.as_str());
    known.unwrap_or(METHODS.len() - 1)
}

/// Whether `template` is of any file in `folder`.
fn is_in(template: &str, folder: &str) -> bool {
    template.strip_suffix('}').and_then(|t| t.rsplit_once("/{")).is_some_and(|(t, _)| t == folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(path: &str) -> &'static str {
        let route = RequestMetrics::new().route(path);
        TEMPLATES.get(route).copied().unwrap_or(UNMATCHED)
    }

    #[test]
    fn a_path_is_known_by_its_template_or_not_at_all() {
        assert_eq!(label("/user/signin"), "/user/signin");
        assert_eq!(label("/user/verify_email"), "/user/verify_email");
        assert_eq!(label("/docs/swagger-ui.css"), "/docs/{file}");
        assert_eq!(label("/dev/inbox/17"), "/dev/inbox/{id}");
        for unknown in ["/user/signin/", "/user", "/", "", "/docs/a/b", "/USER/home", "/user/jo"] {
            assert_eq!(label(unknown), UNMATCHED, "{unknown}");
        }
    }

    /// A new route without a template would be counted as unmatched.
    #[test]
    fn every_route_of_the_api_has_its_template() {
        let table = include_str!("../routes.rs");
        let (before, admin) = table.split_once("pub fn admin(").unwrap();
        let (_, after) = admin.split_once("\n}\n").unwrap();
        let paths: Vec<&str> = [before, after]
            .iter()
            .flat_map(|text| text.split('"').skip(1).step_by(2))
            .filter(|text| text.starts_with('/'))
            .collect();
        assert!(paths.len() > 20, "the table is read");
        for path in paths {
            assert!(TEMPLATES.contains(&path), "{path} is missing in routes::TEMPLATES");
        }
    }
}
