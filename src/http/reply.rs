//! Answers in JSON.

use std::borrow::Cow;

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// A 200 with a JSON body.
pub struct Reply<T>(pub T);

impl<T: Serialize> Responder for Reply<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                HttpResponse::Ok().content_type("application/json; charset=utf-8").body(body)
            }
            Err(_) => HttpResponse::from_error(Problem::Internal),
        }
    }
}

/// The body of an answer that has nothing to tell but its success.
#[derive(Serialize, ToSchema)]
pub struct Message {
    /// What was done.
    message: Cow<'static, str>,
}

impl Message {
    /// A 200 that says `message`.
    pub fn reply(message: &'static str) -> Reply<Self> {
        Reply(Self { message: Cow::Borrowed(message) })
    }
}
