//! By what requests are told apart: the template of their route, and their method. Never a raw path.

use std::collections::HashMap;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;

use crate::routes::TEMPLATES;

/// The label of every path that is no route: an attacker invents any number of them.
const UNMATCHED: &str = "unmatched";
/// The method of a request that no route takes.
const OTHER_METHOD: &str = "other";
/// The methods that are told apart.
const METHODS: [&str; 6] = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", OTHER_METHOD];

/// Finds the labels of requests.
pub(super) struct Labels(HashMap<&'static str, usize>);

/// A pair of labels, by number: there are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(pub(super) usize);

impl Labels {
    pub(super) fn new() -> Self {
        Self(TEMPLATES.iter().enumerate().map(|(index, template)| (*template, index)).collect())
    }

    pub(super) fn of(&self, request: &ServiceRequest) -> Place {
        Place(self.route(request.path()) * METHODS.len() + method(request.method()))
    }

    /// The number of a route; `TEMPLATES.len()` for what is none.
    fn route(&self, path: &str) -> usize {
        let known = self.0.get(path).or_else(|| {
            // Templates with a variable end with it.
            let (folder, _) = path.rsplit_once('/')?;
            self.0.get(TEMPLATES.iter().find(|template| is_in(template, folder))?)
        });
        known.copied().unwrap_or(TEMPLATES.len())
    }
}

impl Place {
    /// The template of the route.
    pub(super) fn route(self) -> &'static str {
        TEMPLATES.get(self.0 / METHODS.len()).copied().unwrap_or(UNMATCHED)
    }

    /// The method.
    pub(super) fn method(self) -> &'static str {
        METHODS.get(self.0 % METHODS.len()).copied().unwrap_or(OTHER_METHOD)
    }
}

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
        Place(Labels::new().route(path) * METHODS.len()).route()
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
