//! Reading a request body within its limits.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::BytesMut;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::problem::Problem;

/// Contract: larger bodies are refused with 413 before they are read.
const MAX_BYTES: usize = 16 * 1024;

/// Checks the media type, then reads at most 16 KiB within `time_limit`.
pub(super) async fn read_json_bytes(
    request: &HttpRequest,
    mut payload: Payload,
    time_limit: Duration,
) -> Result<BytesMut, Problem> {
    if !is_json(request) {
        return Err(Problem::UnsupportedMediaType);
    }
    if declared_length(request).is_some_and(|length| length > MAX_BYTES as u64) {
        return Err(Problem::BodyTooLarge);
    }
    let deadline = Instant::now() + time_limit;
    let mut body = BytesMut::new();
    loop {
        // actix-web itself waits for ever for the next piece of a body.
        let piece = timeout_at(deadline, payload.next()).await.map_err(|_| Problem::BodyTimeout)?;
        match piece {
            None => return Ok(body),
            Some(Err(_)) => return Err(Problem::MalformedJson),
            Some(Ok(bytes)) if body.len() + bytes.len() > MAX_BYTES => {
                return Err(Problem::BodyTooLarge);
            }
            Some(Ok(bytes)) => body.extend_from_slice(&bytes),
        }
    }
}

fn declared_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `application/json`, alone or with `charset=utf-8`.
fn is_json(request: &HttpRequest) -> bool {
    let mut values = request.headers().get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    media.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| {
            parameter.is_empty()
                || parameter.split_once('=').is_some_and(|(name, value)| {
                    name.eq_ignore_ascii_case("charset")
                        && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
                })
        })
}
