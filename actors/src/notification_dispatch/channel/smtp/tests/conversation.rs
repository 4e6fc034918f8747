//! What a polite relay sees.

use std::sync::Arc;

use sinks::smtp::{Behaviour, Mail, Stage};

use super::fixture::*;
use crate::notification_dispatch::channel::Channel;

#[tokio::test]
async fn a_message_arrives_under_its_envelope() {
    let (sink, channel) = plain();
    send(&channel).await.unwrap();
    let mails = sink.mails();
    let [Mail { from, to, encrypted, user, .. }] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((from.as_str(), to.as_slice()), ("no-reply@example.org", &[ADA.to_owned()][..]));
    assert_eq!((*encrypted, user), (false, &None));
}

#[tokio::test]
async fn one_connection_serves_many_messages() {
    let (sink, channel) = plain();
    for _ in 0..3 {
        send(&channel).await.unwrap();
    }
    assert_eq!((sink.mails().len(), sink.connections()), (3, 1));
}

#[tokio::test]
async fn a_connection_that_the_relay_closed_is_replaced_within_the_try() {
    let (sink, channel) = plain();
    send(&channel).await.unwrap();
    sink.disconnect();
    send(&channel).await.unwrap();
    assert_eq!((sink.mails().len(), sink.connections()), (2, 2));
}

#[tokio::test]
async fn replies_of_several_lines_are_read_to_their_end() {
    let (sink, channel) = plain();
    sink.behave(Behaviour::Reply(Stage::Greeting, "220-sink\r\n220-welcomes\r\n220 you"));
    send(&channel).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn an_address_that_could_break_a_command_is_never_sent() {
    let (sink, channel) = plain();
    for to in ["a@example.com>\r\nRCPT TO:<eve@example.com", "a b@example.com", ""] {
        let mut message = message();
        to.clone_into(&mut message.to);
        assert!(channel.deliver(Arc::new(message)).await.is_err());
    }
    assert_eq!(sink.connections(), 0);
    send(&channel).await.unwrap();
}
