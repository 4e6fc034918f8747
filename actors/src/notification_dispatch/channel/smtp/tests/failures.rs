//! What each kind of rude relay leads to (F-09, F-10).

use std::time::Duration;

use sinks::smtp::{Behaviour, Stage};

use super::fixture::*;
use crate::notification_dispatch::channel::DeliveryError;

const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };
/// Many bytes within the time-out of a try: no single read ever times out.
const DRIP: Duration = Duration::from_millis(20);

const BEFORE_THE_DOT: [Stage; 5] =
    [Stage::Greeting, Stage::Hello, Stage::Sender, Stage::Recipient, Stage::Data];

/// The kind of failure, what is logged of it, and that the next message is delivered all the same,
/// over a new connection.
async fn failure(behaviour: Behaviour) -> (DeliveryError, String) {
    let (sink, channel) = plain();
    sink.behave(behaviour.clone());
    let failure = send(&channel).await.expect_err("a rude relay");
    sink.behave(Behaviour::Accept);
    let (before, connections) = (sink.mails().len(), sink.connections());
    send(&channel).await.unwrap();
    assert_eq!(sink.mails().len(), before + 1, "{behaviour:?}");
    assert_eq!(sink.connections(), connections + 1, "{behaviour:?}: a connection was used again");
    (failure.kind, failure.to_string())
}

/// At once, since some of them take the time of a try.
async fn failures<const N: usize>(behaviours: [Behaviour; N]) -> Vec<(DeliveryError, String)> {
    futures_util::future::join_all(behaviours.map(failure)).await
}

#[tokio::test]
async fn a_relay_that_refuses_connections_may_be_up_again_later() {
    let (sink, channel) = plain();
    sink.refuse();
    let refused = send(&channel).await.unwrap_err();
    assert_eq!(refused.kind, TRANSIENT);
    assert!(refused.to_string().contains("refused"), "{refused}");
    sink.listen();
    send(&channel).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn no_for_now_is_tried_again_wherever_it_is_said() {
    for stage in BEFORE_THE_DOT.into_iter().chain([Stage::Content]) {
        for reply in ["421 4.3.2 closing", "450 4.2.1 greylisted, come back"] {
            let (kind, said) = failure(Behaviour::Reply(stage, reply)).await;
            assert_eq!(kind, TRANSIENT, "{stage:?}");
            assert!(said.contains(reply), "{said}");
        }
    }
}

#[tokio::test]
async fn no_for_good_is_not_tried_again_and_its_words_are_kept_without_the_recipient() {
    for stage in [Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content] {
        let reply = "550-5.1.1 <ada@example.com>:\r\n550 5.1.1 no such user";
        let (kind, said) = failure(Behaviour::Reply(stage, reply)).await;
        assert_eq!(kind, DeliveryError::Permanent, "{stage:?}");
        assert!(said.contains("550 5.1.1 … 5.1.1 no such user"), "{said}");
        assert!(!said.contains("ada") && !said.contains("example"), "{said}");
    }
}

#[tokio::test]
async fn a_relay_that_turns_everybody_away_costs_no_message() {
    for stage in [Stage::Greeting, Stage::Hello] {
        let (kind, _) = failure(Behaviour::Reply(stage, "554 no SMTP service here")).await;
        assert_eq!(kind, TRANSIENT);
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_dot_has_delivered_nothing() {
    for stage in BEFORE_THE_DOT {
        let (kind, _) = failure(Behaviour::Drop(stage)).await;
        assert_eq!(kind, TRANSIENT, "{stage:?}");
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_dot_may_have_delivered_f10() {
    let failures = failures([
        Behaviour::Drop(Stage::Content),
        Behaviour::Silence(Stage::Content),
        Behaviour::TarpitAt(Stage::Content, DRIP),
        Behaviour::Reply(Stage::Content, "what?"),
        Behaviour::Reply(Stage::Content, "354 go on"),
    ]);
    for (kind, said) in failures.await {
        assert_eq!(kind, DeliveryError::Ambiguous, "{said}");
    }
}

#[tokio::test]
async fn silence_ends_with_the_time_of_the_try() {
    let behaviours = [Behaviour::BlackHole, Behaviour::Silence(Stage::Recipient)];
    for (kind, said) in failures(behaviours).await {
        assert_eq!(kind, TRANSIENT);
        assert!(said.contains("no answer in time"), "{said}");
    }
}

#[tokio::test]
async fn a_byte_now_and_then_does_not_prolong_the_try_f09() {
    let behaviours = [Behaviour::Tarpit(DRIP), Behaviour::TarpitAt(Stage::Data, DRIP)];
    for (kind, said) in failures(behaviours).await {
        assert_eq!(kind, TRANSIENT);
        assert!(said.contains("no answer in time"), "{said}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_collected() {
    let endless: &'static str = Box::leak("220-welcome\r\n".repeat(6000).into_boxed_str());
    let (kind, said) = failure(Behaviour::Reply(Stage::Greeting, endless)).await;
    assert_eq!(kind, TRANSIENT);
    assert!(said.contains("an endless reply"), "{said}");
}

/// A connection that was used for a mail, and then times out, is as dead as a new one.
#[tokio::test]
async fn after_a_time_out_a_pooled_connection_is_not_used_again() {
    let (sink, channel) = plain();
    send(&channel).await.unwrap();
    sink.behave(Behaviour::Silence(Stage::Data));
    assert_eq!(send(&channel).await.unwrap_err().kind, TRANSIENT);
    sink.behave(Behaviour::Reply(Stage::Recipient, "554 5.7.1 spam"));
    // lettre's pool would take the late answer to DATA for this message's.
    assert_eq!(send(&channel).await.unwrap_err().kind, DeliveryError::Permanent);
    assert_eq!((sink.mails().len(), sink.connections()), (1, 2));
}
