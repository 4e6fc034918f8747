//! Answers in JSON.

use std::borrow::Cow;

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A 200 with a JSON body.
pub struct Reply<T>(pub T);

impl<T: Serialize> Responder for Reply<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match serde_json::to_vec(&self.0) {
            Ok(body) => HttpResponse::Ok().insert_header((header::CONTENT_TYPE, JSON)).body(body),
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
