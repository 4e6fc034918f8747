//! `GET /deliveries`: what became of the last mails and text messages. On the admin listener only.

use actix_web::web::{Data, Query};
use actors::notification_dispatch::{
    DeliveriesQuery, DeliveryRecord, DeliveryState, Medium, ReadDeliveries,
};
use serde::{Deserialize, Serialize};

use super::paging::cut;
use super::reply::Reply;
use crate::problem::Problem;
use crate::state::App;

/// The most deliveries in one answer: all that are kept.
const LONGEST_PAGE: usize = 1000;

/// Which deliveries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveriesFilter {
    state: Option<DeliveryState>,
    medium: Option<Medium>,
    before: Option<u64>,
    limit: Option<usize>,
}

/// A page of deliveries, newest first.
#[derive(Serialize)]
pub struct Deliveries {
    deliveries: Vec<DeliveryRecord>,
    /// `before` of the next page; null on the last.
    next: Option<u64>,
}

/// Reads a page. Addresses are masked, and codes and links are not kept.
pub async fn deliveries(
    app: Data<App>,
    filter: Query<DeliveriesFilter>,
) -> Result<Reply<Deliveries>, Problem> {
    let DeliveriesFilter { state, medium, before, limit } = filter.into_inner();
    let limit = limit.unwrap_or(DeliveriesQuery::default().limit).clamp(1, LONGEST_PAGE);
    // One more than asked for tells whether there is another page.
    let query = DeliveriesQuery { state, medium, before, limit: limit + 1 };
    let mut deliveries = app.actors().notices.ask(ReadDeliveries(query)).await?;
    let next = cut(&mut deliveries, limit).map(|delivery| delivery.id);
    Ok(Reply(Deliveries { deliveries, next }))
}
