//! What the document says of refusals: their bodies, their headers, and the statuses that
//! whatever takes a body may answer.

use utoipa::Modify;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::{Response, Responses};
use utoipa::openapi::{ContentBuilder, Object, OpenApi, Ref, RefOr, Type};

/// Of [`crate::extract::Json`], for every endpoint alike.
const OF_BODIES: [(&str, &str); 3] = [
    ("408", "`body_timeout`"),
    ("413", "`body_too_large`: more than 16 KiB"),
    ("415", "`unsupported_media_type`"),
];

/// Completes the refusals of every operation.
pub(super) struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let operations = [&mut item.get, &mut item.post, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                complete(path, operation);
            }
        }
    }
}

fn complete(path: &str, operation: &mut Operation) {
    if operation.request_body.is_some() {
        add_body_refusals(&mut operation.responses);
    }
    let has_bearer = operation.security.is_some();
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            // As `Dress::choose` decides.
            let is_status =
                matches!(path, "/user/home" | "/user/protected") || (has_bearer && status == "401");
            describe(response, if is_status { "StatusRefusal" } else { "Refusal" });
            if matches!(status.as_str(), "429" | "503") {
                let seconds = Header::new(Object::with_type(Type::Integer));
                response.headers.insert("Retry-After".to_owned(), RefOr::T(seconds));
            }
        }
    }
}

fn add_body_refusals(responses: &mut Responses) {
    for (status, description) in OF_BODIES {
        let response = RefOr::T(Response::new(description));
        responses.responses.entry(status.to_owned()).or_insert(response);
    }
}

fn describe(response: &mut Response, body: &str) {
    for (media, schema) in [("application/json", body), ("application/problem+json", "Problem")] {
        let schema = Ref::from_schema_name(schema);
        let content = ContentBuilder::new().schema(Some(schema)).build();
        response.content.insert(media.to_owned(), RefOr::T(content));
    }
    let code = HeaderBuilder::new().description(Some("The stable name of the refusal")).build();
    response.headers.insert("X-Error-Code".to_owned(), RefOr::T(code));
}
