//! What Twilio's answer means for the message.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::DeliveryFailure;
use crate::notification_dispatch::DeliveryError;

/// An answer, as far as it arrived.
pub(super) struct Answer {
    /// Of HTTP.
    pub(super) status: u16,
    /// How long Twilio asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// The body; empty when it was cut off or too large.
    pub(super) body: Vec<u8>,
}

/// The part of a message resource that matters: the rest may be null, missing or new.
#[derive(Deserialize)]
struct Resource {
    status: String,
    error_code: Option<u32>,
}

/// <https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions>
#[derive(Deserialize)]
struct Exception {
    code: Option<u32>,
    message: Option<String>,
}

impl Answer {
    /// Whether it is the account that is refused, not the message.
    pub(super) fn refuses_account(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    /// Whether the message is on its way.
    pub(super) fn judge(&self) -> Result<(), DeliveryFailure> {
        let kind = match self.status {
            200..=299 => return self.judge_success(),
            // What gave up waiting had handed the request on.
            504 => DeliveryError::Ambiguous,
            429 | 500..=599 => DeliveryError::Transient { retry_after: self.retry_after },
            // Redirects are among these: they are not followed.
            _ => DeliveryError::Permanent,
        };
        Err(DeliveryFailure::new(kind, self))
    }

    fn judge_success(&self) -> Result<(), DeliveryFailure> {
        let Ok(resource) = serde_json::from_slice::<Resource>(&self.body) else {
            // "Created" is Twilio's word for it whatever became of the body, and to ask again
            // would pay for a second message. Any other success may be somebody else's.
            return match self.status {
                201 => Ok(()),
                _ => Err(DeliveryFailure::new(DeliveryError::Ambiguous, self)),
            };
        };
        match resource.status.as_str() {
            "failed" | "undelivered" | "canceled" => {
                let code = resource.error_code.unwrap_or_default();
                let words = format!("{} at once, error {code}", resource.status);
                Err(DeliveryFailure::new(DeliveryError::Permanent, words))
            }
            // accepted, scheduled, queued, sending, sent, and what is invented later.
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Answer {
    /// "400, error 21211: the 'To' number … is not valid".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let Ok(exception) = serde_json::from_slice::<Exception>(&self.body) else {
            return write!(f, " without an explanation");
        };
        if let Some(code) = exception.code {
            write!(f, ", error {code}")?;
        }
        exception.message.map_or(Ok(()), |message| write!(f, ": {message}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };
    const IN_A_MINUTE: DeliveryError =
        DeliveryError::Transient { retry_after: Some(Duration::from_mins(1)) };

    fn judge(status: u16, body: &str) -> Result<(), DeliveryFailure> {
        Answer { status, retry_after: None, body: body.into() }.judge()
    }

    fn kind(status: u16, body: &str) -> Option<DeliveryError> {
        judge(status, body).err().map(|failure| failure.kind)
    }

    #[test]
    fn a_created_message_is_on_its_way_whatever_else_is_said_of_it() {
        for status in ["accepted", "scheduled", "queued", "sending", "sent", "invented later"] {
            let body = format!(
                r#"{{"sid":"SM1","status":"{status}","from":null,"price_unit":null,"new":[1]}}"#
            );
            assert_eq!(kind(201, &body), None, "{status}");
        }
        for unreadable in ["", "{", "<html>", "[]", r#"{"status":7}"#, "{}"] {
            assert_eq!(kind(201, unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn a_message_that_failed_at_once_is_not_on_its_way() {
        for status in ["failed", "undelivered", "canceled"] {
            let body = format!(r#"{{"status":"{status}","error_code":30006}}"#);
            let failure = judge(201, &body).unwrap_err();
            assert_eq!(failure.kind, DeliveryError::Permanent);
            assert!(failure.to_string().ends_with(&format!("{status} at once, error 30006")));
        }
    }

    #[test]
    fn another_success_counts_only_with_a_message_in_it() {
        assert_eq!(kind(200, r#"{"status":"queued"}"#), None);
        for (status, body) in [(200, "<html>sign in to this network</html>"), (204, "")] {
            assert_eq!(kind(status, body), Some(DeliveryError::Ambiguous), "{status}");
        }
    }

    #[test]
    fn a_refused_message_is_refused_for_good_f12() {
        for status in [301, 307, 400, 401, 403, 404, 405, 410, 422] {
            assert_eq!(kind(status, "{}"), Some(DeliveryError::Permanent), "{status}");
        }
    }

    #[test]
    fn trouble_on_the_other_side_passes_and_its_wish_for_quiet_is_kept_f11() {
        for status in [429, 500, 502, 503] {
            for body in ["", "{}", "<html>bad gateway</html>", r#"{"code":20429}"#] {
                assert_eq!(kind(status, body), Some(TRANSIENT), "{status} {body}");
            }
            let retry_after = Some(Duration::from_mins(1));
            let failure = Answer { status, retry_after, body: Vec::new() }.judge().unwrap_err();
            assert_eq!(failure.kind, IN_A_MINUTE, "{status}");
        }
        assert_eq!(kind(504, ""), Some(DeliveryError::Ambiguous));
    }

    #[test]
    fn only_the_account_being_refused_is_the_accounts_fault() {
        let refuses = |status| Answer { status, retry_after: None, body: vec![] }.refuses_account();
        assert_eq!(
            [401, 403, 400, 429, 500, 201].map(refuses),
            [true, true, false, false, false, false]
        );
    }

    #[test]
    fn a_failure_quotes_the_status_twilios_code_and_its_words_without_the_number_s79() {
        let body = r#"{"code":21211,"message":"The 'To' number +15005550001 is not a valid phone number.","status":400}"#;
        assert_eq!(
            judge(400, body).unwrap_err().to_string(),
            "refused for good: 400, error 21211: The 'To' number +… is not a valid phone number.",
        );
        assert!(
            judge(502, "<html>").unwrap_err().to_string().ends_with("502 without an explanation")
        );
        assert!(judge(500, "{}").unwrap_err().to_string().ends_with("for now: 500"));
    }
}
