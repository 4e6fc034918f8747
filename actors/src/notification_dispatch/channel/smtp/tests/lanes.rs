//! Lanes are bounded, and come back.

use std::sync::Arc;

use futures_util::FutureExt;
use sinks::smtp::Behaviour;

use super::fixture::*;
use crate::notification_dispatch::channel::{Channel, DeliveryError};

#[tokio::test]
async fn a_lane_stays_taken_until_its_thread_ends_though_nobody_waits_for_it() {
    let (sink, channel) = plain();
    sink.behave(Behaviour::BlackHole);
    let mut abandoned = channel.deliver(Arc::new(message()));
    assert!((&mut abandoned).now_or_never().is_none());
    drop(abandoned);
    sink.wait_for_connections(1);
    assert_eq!(channel.free_lanes(), 0);
    sink.behave(Behaviour::Accept);
    // Waits for the lane, and gets it when the abandoned try's time is over.
    let next = send(&channel).await;
    assert!(next.is_ok() || next.unwrap_err().to_string().contains("every lane is busy"));
    send(&channel).await.unwrap();
    assert_eq!(channel.free_lanes(), 1);
}

#[tokio::test]
async fn a_message_that_gets_no_lane_in_time_was_not_sent() {
    let (sink, channel) = plain();
    sink.behave(Behaviour::BlackHole);
    let results = futures_util::future::join_all((0..3).map(|_| send(&channel))).await;
    for failure in results.into_iter().map(Result::unwrap_err) {
        assert_eq!(failure.kind, DeliveryError::Transient { retry_after: None });
    }
    assert!(sink.connections() < 3);
}
