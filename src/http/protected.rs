//! `GET /user/protected`: what a signed-in user sees.

use super::home::NewData;
use super::reply::Reply;
use crate::extract::Bearer;
use crate::tokens::AccessClaims;

/// Answers whoever has an access token of a living session.
#[utoipa::path(
    get, path = "/user/protected", tag = "user",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The protected data", body = NewData),
        (status = 401, description = "`unauthorized`"),
        (status = 503, description = "`overloaded`, `unavailable`"),
    ),
)]
pub async fn protected(_: Bearer<AccessClaims>) -> Reply<NewData> {
    Reply(NewData { new_data: "Protected data" })
}
