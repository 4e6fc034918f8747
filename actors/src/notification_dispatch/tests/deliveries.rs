//! The delivery log through the actor.

use super::super::*;
use super::fixture::*;
use crate::runtime::for_request;

#[actix::test]
async fn it_tells_what_became_of_each_notice_without_address_or_secret_s79() {
    let words = format!("550 no mailbox {ADA} for 042137");
    let script = [Act::Deliver, Act::Quote(DeliveryError::Permanent, words), Act::Stall];
    let t = Fixture::over(&Recorder::scripted(script));
    let queued = for_request("request-1", t.queue(code_mail(ADA, 10))).await;
    assert_eq!(queued, Ok(()));
    for notice in [code_mail(ADA, 10), sms(PHONE)] {
        assert_eq!(t.queue(notice).await, Ok(()));
    }
    let deliveries = t.deliveries().await;
    let told: Vec<_> = deliveries
        .iter()
        .map(|d| (d.id, d.medium, d.kind, d.to.as_str(), d.state, d.tries))
        .collect();
    let (email, text) = (Medium::Email, Medium::Sms);
    assert_eq!(
        told,
        [
            (3, text, "phone_code", "+23***78", DeliveryState::Sending, 0),
            (2, email, "sign_up_code", "a***@example.com", DeliveryState::Failed, 1),
            (1, email, "sign_up_code", "a***@example.com", DeliveryState::Delivered, 1),
        ]
    );
    assert_eq!(deliveries[2].request_id.as_deref(), Some("request-1"));
    let error = deliveries[1].last_error.as_deref();
    assert_eq!(error, Some("refused for good: 550 no mailbox … for …"));
}

#[actix::test]
async fn a_message_that_may_have_arrived_twice_over_is_told_apart_from_one_that_failed() {
    let channel = Recorder::failing(DeliveryError::Ambiguous);
    let t = Fixture::over(&channel);
    assert_eq!(t.queue(code_mail(ADA, 10)).await, Ok(()));
    t.advance(std::time::Duration::from_secs(5)).await;
    let deliveries = t.deliveries().await;
    assert_eq!((deliveries[0].state, deliveries[0].tries), (DeliveryState::PerhapsDelivered, 2));
}
