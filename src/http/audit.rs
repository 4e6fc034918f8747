//! `GET /audit`: who did what, newest first. On the admin listener only.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use actix_web::web::Data;
use actors::audit_trail::{AuditEvent, AuditQuery, ReadTrail};
use actors::domain::{AuditId, Timestamp, UserId};
use serde::Serialize;

use super::paging::cut;
use super::reply::Reply;
use crate::events::Event;
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::state::App;

/// Events in one answer.
const LIMITS: RangeInclusive<usize> = 1..=500;
const DEFAULT_LIMIT: usize = 100;

/// A page of events.
#[derive(Serialize)]
pub struct AuditPage {
    events: Vec<EventBody>,
    /// `after` of the next page; null on the last.
    next: Option<String>,
}

/// An event as operators see it: no secret, no whole address (S-79).
#[derive(Serialize)]
struct EventBody {
    id: String,
    /// RFC 3339, UTC, to the millisecond.
    at: String,
    event: Cow<'static, str>,
    outcome: Cow<'static, str>,
    factor: Option<Cow<'static, str>>,
    user: Option<String>,
    subject: Option<String>,
    ip: Option<IpAddr>,
    request_id: Option<String>,
}

/// Reads a page.
pub async fn audit(
    app: Data<App>,
    mut parameters: Parameters,
) -> Result<Reply<AuditPage>, Problem> {
    let mut query = read(&mut parameters)?;
    parameters.finish()?;
    let limit = query.limit;
    // One more than asked for tells whether there is another page.
    query.limit = limit + 1;
    let mut events = app.actors().audit.ask(ReadTrail(query)).await?;
    let next = cut(&mut events, limit).map(|event| event.id.to_string());
    Ok(Reply(AuditPage { events: events.into_iter().map(EventBody::from).collect(), next }))
}

fn read(parameters: &mut Parameters) -> Result<AuditQuery, Problem> {
    const MOMENT: &str = "must be a time such as 2026-01-16T14:40:00Z";
    let limit = |text: &str| text.parse().ok().filter(|limit| LIMITS.contains(limit));
    let event = |text: &str| Some(Cow::Borrowed(text.parse::<Event>().ok()?.name()));
    let id = |text: &str| UserId::parse(text).ok();
    let cursor = |text: &str| AuditId::parse(text).ok();
    Ok(AuditQuery {
        user: parameters.take("user", id, "must be the id of an account")?,
        event: parameters.take("event", event, "must be the name of an event")?,
        since: parameters.take("since", Timestamp::parse_rfc3339, MOMENT)?,
        until: parameters.take("until", Timestamp::parse_rfc3339, MOMENT)?,
        after: parameters.take("after", cursor, "must be the `next` of another page")?,
        limit: parameters.take("limit", limit, "must be from 1 to 500")?.unwrap_or(DEFAULT_LIMIT),
    })
}

impl From<AuditEvent> for EventBody {
    fn from(event: AuditEvent) -> Self {
        Self {
            id: event.id.to_string(),
            at: event.id.at().to_rfc3339(),
            event: event.event,
            outcome: event.outcome,
            factor: event.factor,
            user: event.user.map(|user| user.to_string()),
            subject: event.subject,
            ip: event.ip,
            request_id: event.request_id,
        }
    }
}
