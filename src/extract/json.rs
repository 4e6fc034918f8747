//! A request body, parsed into domain values.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use zeroize::Zeroize;

use super::body::read_json_bytes;
use super::json_object::JsonObject;
use crate::problem::Problem;
use crate::state::App;

/// A request that can be read from a JSON object.
pub trait JsonRequest: Sized + 'static {
    /// The names it knows. Others are skipped.
    const FIELDS: &'static [&'static str];

    /// Turns members into domain values; the first one that will not do is named.
    fn read(object: &mut JsonObject) -> Result<Self, Problem>;
}

/// The parsed body of a request.
pub struct Json<T>(pub T);

impl<T: JsonRequest> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let time_limit = App::of(&request)?.body_timeout();
            let mut bytes = read_json_bytes(&request, payload, time_limit).await?;
            let object = JsonObject::parse(&bytes, T::FIELDS);
            bytes.zeroize(); // it may hold a password
            T::read(&mut object?).map(Self)
        })
    }
}
