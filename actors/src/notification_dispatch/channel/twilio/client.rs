//! One exchange with Twilio: bounded in time and size, and clear about what was not sent.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Request, Response};
use tokio::time::{Instant, timeout_at};

use super::account::BaseUrl;
use super::answer::Answer;
use super::{DeliveryFailure, OpenTwilioError};
use crate::notification_dispatch::DeliveryError;

/// From the first packet to the last byte of the answer (S-88).
const DEADLINE: Duration = Duration::from_secs(5);
/// Of that, at most for the name, the connection and TLS: until then nothing was sent.
const CONNECT_DEADLINE: Duration = Duration::from_secs(3);
/// Twilio closes idle connections after a minute. We do it first: a request on a connection that
/// is just being closed is perhaps delivered.
const KEEP_IDLE: Duration = Duration::from_secs(30);
/// Twilio's answers are of 1 KiB.
const LARGEST_BODY: usize = 16 * 1024;

const USER_AGENT: &str = concat!("bioentrust-auth/", env!("CARGO_PKG_VERSION"));

/// Sends requests, each once.
pub(super) struct Client(reqwest::Client);

impl Client {
    /// Certificates are verified whatever `builder` says of trust (S-75).
    pub(super) fn build(
        builder: reqwest::ClientBuilder,
        base_url: &BaseUrl,
    ) -> Result<Self, OpenTwilioError> {
        let builder = builder
            .connect_timeout(CONNECT_DEADLINE)
            .pool_idle_timeout(KEEP_IDLE)
            // Another host must not get the token, and a POST is not repeated unasked.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(USER_AGENT);
        // A proxy of the environment is for what leaves this machine.
        let builder = if base_url.is_loopback() { builder.no_proxy() } else { builder };
        builder.build().map(Self).map_err(|error| OpenTwilioError::Tls(causes(&error)))
    }

    /// Sends `request` and reads the answer.
    pub(super) async fn exchange(&self, request: Request) -> Result<Answer, DeliveryFailure> {
        let deadline = Instant::now() + DEADLINE;
        let response = match timeout_at(deadline, self.0.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(unanswered(error)),
            Err(_) => {
                return Err(DeliveryFailure::new(DeliveryError::Ambiguous, "no answer in time"));
            }
        };
        let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
        let mut body = Vec::new();
        // The status has decided; what is missing of the body would only have explained it.
        let _ = timeout_at(deadline, read(response, &mut body)).await;
        Ok(Answer { status, retry_after, body })
    }
}

async fn read(mut response: Response, body: &mut Vec<u8>) {
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.len() + chunk.len() > LARGEST_BODY {
            // No answer of Twilio's.
            return body.clear();
        }
        body.extend_from_slice(&chunk);
    }
}

/// Without a connection nothing was sent; with one, who knows.
fn unanswered(error: reqwest::Error) -> DeliveryFailure {
    let kind = if error.is_connect() {
        DeliveryError::Transient { retry_after: None }
    } else {
        DeliveryError::Ambiguous
    };
    DeliveryFailure::new(kind, causes(&error.without_url()))
}

/// In seconds. The header may also be a date, which Twilio does not use: like none.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// "error sending request: tcp connect error: Connection refused".
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
