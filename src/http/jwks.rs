//! `GET /.well-known/jwks.json`: the keys that verify this server's tokens.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;

use crate::state::App;

/// The public keys, as a JWK set (RFC 7517). Shared secrets are never among them.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "keys",
    responses((status = 200, description = "A JWK set", body = Object)),
)]
pub async fn jwks(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(app.tokens().jwk_set())
}
