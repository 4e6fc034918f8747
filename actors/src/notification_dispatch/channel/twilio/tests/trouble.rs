//! What is made of answers, and of their absence (F-11, F-12, F-21).

use std::net::TcpListener;
use std::time::Duration;

use sinks::twilio::{Reply, Sink};
use tokio::time::Instant;

use super::super::Channel;
use super::fixture::*;
use crate::notification_dispatch::DeliveryError;

const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };

async fn outcome(reply: Reply) -> Result<(), DeliveryError> {
    let sink = Sink::plain();
    sink.script([reply]);
    let outcome = deliver(&channel(&sink.base_url())).await;
    assert_eq!(sink.requests().len(), 1, "one try is one request");
    outcome
}

#[tokio::test]
async fn a_message_that_twilio_created_is_delivered_even_if_its_answer_is_not() {
    for reply in [
        Reply::queued(),
        Reply::accepted(),
        Reply::http(201, ""),
        Reply::http(201, "<html>"),
        Reply::http(201, "x".repeat(1024 * 1024)),
        Reply::CutOff { status: 201 },
    ] {
        assert_eq!(outcome(reply).await, Ok(()));
    }
}

#[tokio::test]
async fn a_refused_message_and_a_refused_account_are_not_tried_again_f12() {
    for reply in [
        Reply::error(400, 21211, "The 'To' number +2348012345678 is not a valid phone number."),
        Reply::error(400, 21408, "Permission to send an SMS has not been enabled"),
        Reply::error(401, 20003, "Authenticate"),
        Reply::error(403, 20003, "Permission denied"),
        Reply::http(404, ""),
        Reply::CutOff { status: 400 },
    ] {
        assert_eq!(outcome(reply).await, Err(DeliveryError::Permanent));
    }
}

#[tokio::test]
async fn trouble_at_twilio_passes_and_its_retry_after_is_honoured_f11() {
    let busy = || Reply::error(429, 20429, "Too Many Requests");
    let retry_after =
        |secs| Err(DeliveryError::Transient { retry_after: Some(Duration::from_secs(secs)) });
    for (reply, expected) in [
        (busy(), Err(TRANSIENT)),
        (busy().with_header("Retry-After", "30"), retry_after(30)),
        (busy().with_header("retry-after", "0"), retry_after(0)),
        (busy().with_header("Retry-After", "Tue, 24 Nov 2026 11:00:00 GMT"), Err(TRANSIENT)),
        (busy().with_header("Retry-After", "-1"), Err(TRANSIENT)),
        (Reply::http(500, "<html>oops</html>"), Err(TRANSIENT)),
        (Reply::http(503, "").with_header("Retry-After", "7"), retry_after(7)),
        (Reply::CutOff { status: 500 }, Err(TRANSIENT)),
    ] {
        assert_eq!(outcome(reply).await, expected);
    }
}

#[tokio::test]
async fn no_more_than_a_small_answer_is_read() {
    let sink = Sink::plain();
    sink.script([Reply::error(400, 21211, &"x".repeat(1024 * 1024))]);
    let failure = channel(&sink.base_url()).deliver(message()).await.unwrap_err();
    assert_eq!(failure.to_string(), "refused for good: 400 without an explanation");
}

#[tokio::test]
async fn no_redirect_is_followed_so_that_nobody_else_gets_the_token() {
    let elsewhere = Sink::plain();
    for status in [301, 307, 308] {
        let reply = Reply::http(status, "").with_header("Location", &elsewhere.base_url());
        assert_eq!(outcome(reply).await, Err(DeliveryError::Permanent));
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_reset_after_the_request_leaves_a_doubt_f12() {
    assert_eq!(outcome(Reply::Reset).await, Err(DeliveryError::Ambiguous));
}

#[tokio::test]
async fn a_silent_twilio_is_left_after_five_seconds_with_a_doubt_f12_s88() {
    let sink = Sink::plain();
    sink.script([Reply::Silence]);
    let channel = channel(&sink.base_url());
    let delivery = tokio::spawn(async move { deliver(&channel).await });
    arrived(&sink).await;
    // Nothing but the deadline is left to wait for: paused time jumps to it.
    tokio::time::pause();
    let started = Instant::now();
    assert_eq!(delivery.await.unwrap(), Err(DeliveryError::Ambiguous));
    let waited = started.elapsed();
    let (enough, patience) = (Duration::from_secs(3), Duration::from_secs(5));
    assert!(waited > enough && waited <= patience, "{waited:?}");
}

#[tokio::test]
async fn without_a_connection_there_is_no_doubt_that_nothing_was_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(deliver(&channel(&format!("http://{closed}"))).await, Err(TRANSIENT));
}

/// F-21.
#[tokio::test]
async fn a_name_that_nobody_knows_is_trouble_that_passes() {
    assert_eq!(deliver(&channel("https://api.twilio.invalid")).await, Err(TRANSIENT));
}

#[tokio::test]
async fn a_connection_that_never_comes_about_is_given_up_without_a_doubt() {
    // Accepted by the kernel, and then no TLS.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let channel = channel(&format!("https://{}", listener.local_addr().unwrap()));
    let delivery = tokio::spawn(async move { deliver(&channel).await });
    tokio::task::spawn_blocking(move || listener.accept()).await.unwrap().unwrap();
    tokio::time::pause();
    assert_eq!(delivery.await.unwrap(), Err(TRANSIENT));
}

#[tokio::test]
async fn a_failure_names_neither_the_account_nor_the_number_s79() {
    let sink = Sink::plain();
    sink.script([
        Reply::error(400, 21211, &format!("The 'To' number {TO} is not a valid phone number.")),
        Reply::Reset,
    ]);
    let channel = channel(&sink.base_url());
    for _ in 0..2 {
        let failure = channel.deliver(message()).await.unwrap_err();
        let text = format!("{failure} {failure:?}");
        for secret in [ACCOUNT, TOKEN, TO, "042137"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
