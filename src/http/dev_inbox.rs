//! `GET /dev/inbox`: mails and text messages as they would have been sent. Routed only while a
//! transport is the inbox, which production refuses (S-85).

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use actors::notification_dispatch::{FindInboxMessage, InboxMessage, ReadInbox};
use serde::Deserialize;
use utoipa::IntoParams;

use super::reply::Reply;
use crate::problem::Problem;
use crate::state::App;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                   frame-src 'self'; frame-ancestors 'none'";

/// A mail is shown as a mail program would, and can do nothing: no script, no form, no request,
/// an origin of its own; only within the page above.
const CSP_OF_A_MAIL: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// Whose messages.
#[derive(Deserialize, IntoParams)]
pub struct InboxFilter {
    /// Only messages to this address or number.
    to: Option<String>,
}

/// The messages, newest first.
#[utoipa::path(
    get, path = "/dev/inbox.json", tag = "development", params(InboxFilter),
    responses((status = 200, description = "The messages", body = [Object])),
)]
pub async fn inbox_json(
    app: Data<App>,
    filter: Query<InboxFilter>,
) -> Result<Reply<Vec<InboxMessage>>, Problem> {
    let to = filter.into_inner().to;
    Ok(Reply(app.actors().notices.ask(ReadInbox { to }).await?))
}

/// A page that shows them.
#[utoipa::path(
    get, path = "/dev/inbox", tag = "development",
    responses((status = 200, description = "A page", content_type = "text/html", body = String)),
)]
pub async fn inbox_page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .content_type("text/html; charset=utf-8")
        .body(include_str!("dev_inbox/inbox.html"))
}

/// The HTML of a mail.
#[utoipa::path(
    get, path = "/dev/inbox/{id}", tag = "development",
    params(("id" = u64, Path, description = "The `id` of the message")),
    responses(
        (status = 200, description = "The mail", content_type = "text/html", body = String),
        (status = 404, description = "`not_found`: no such message, or it has no HTML"),
    ),
)]
pub async fn inbox_mail(app: Data<App>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let message = app.actors().notices.ask(FindInboxMessage { id }).await?;
    let html = message.and_then(|message| message.html).ok_or(Problem::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP_OF_A_MAIL))
        .content_type("text/html; charset=utf-8")
        .body(html))
}

/// The page's script: it writes text only, so a message cannot become markup.
pub async fn inbox_script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(include_str!("dev_inbox/inbox.js"))
}

/// The page's style.
pub async fn inbox_style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .body(include_str!("dev_inbox/inbox.css"))
}
