//! Who may use the admin listener: whoever holds its token, where there is one.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};

use crate::extract::bearer_token;
use crate::problem::Problem;
use crate::state::App;

/// What orchestrators ask without a token; it tells no more than the API's own health checks.
const HEALTH_CHECKS: &str = "/health/";

/// Stands before every admin route, known or not: one that is added is guarded already.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match check(request.request()) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => Ok(request.error_response(problem)),
    }
}

fn check(request: &HttpRequest) -> Result<(), Problem> {
    let Some(token) = App::of(request)?.admin_token() else { return Ok(()) };
    if request.path().starts_with(HEALTH_CHECKS) || token.matches(bearer_token(request)?) {
        Ok(())
    } else {
        Err(Problem::Unauthorized { token_presented: true })
    }
}
