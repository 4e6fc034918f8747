//! `GET /user/home`: a public greeting.

use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Reply;

/// The seed's body for home and protected.
#[derive(Serialize, ToSchema)]
pub struct NewData {
    /// A sentence.
    pub(super) new_data: &'static str,
}

/// Greets whoever asks.
#[utoipa::path(
    get, path = "/user/home", tag = "user",
    responses((status = 200, description = "The greeting", body = NewData)),
)]
pub async fn home() -> Reply<NewData> {
    Reply(NewData { new_data: "Welcome to BioEntrust Auth server" })
}
