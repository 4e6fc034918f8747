//! What the stand-in may be told to answer.

/// What happens to a request.
#[derive(Clone)]
pub enum Reply {
    /// It is answered.
    Http {
        /// The status code.
        status: u16,
        /// One more header.
        header: Option<(&'static str, String)>,
        /// The body; JSON if it starts like it.
        body: String,
    },
    /// It is answered up to the middle of the body, and the connection is closed.
    CutOff {
        /// The status code.
        status: u16,
    },
    /// It is read and never answered.
    Silence,
    /// It is read, and the connection is reset.
    Reset,
}

impl Reply {
    /// An answer without further headers.
    pub fn http(status: u16, body: impl Into<String>) -> Self {
        Self::Http { status, header: None, body: body.into() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Http { status, body, .. } => {
                Self::Http { status, header: Some((name, value.to_owned())), body }
            }
            other => other,
        }
    }

    /// What Twilio answers to a message with a sender.
    #[must_use]
    pub fn queued() -> Self {
        Self::created(
            r#""from": "+15005550006", "status": "queued", "messaging_service_sid": null"#,
        )
    }

    /// What Twilio answers to a message for a messaging service.
    #[must_use]
    pub fn accepted() -> Self {
        Self::created(
            r#""from": null, "status": "accepted",
               "messaging_service_sid": "MG00000000000000000000000000000000""#,
        )
    }

    fn created(fields: &str) -> Self {
        let body = format!(
            r#"{{"account_sid": "AC00000000000000000000000000000000", "api_version": "2010-04-01",
               "body": "…", "date_created": "Tue, 24 Nov 2026 11:00:00 +0000", "date_sent": null,
               "date_updated": "Tue, 24 Nov 2026 11:00:00 +0000", "direction": "outbound-api",
               "error_code": null, "error_message": null, {fields}, "num_media": "0",
               "num_segments": "1", "price": null, "price_unit": null,
               "sid": "SM00000000000000000000000000000000",
               "subresource_uris": {{"media": "/2010-04-01/Accounts/AC/Messages/SM/Media.json"}},
               "to": "+2348012345678", "uri": "/2010-04-01/Accounts/AC/Messages/SM.json"}}"#,
        );
        Self::http(201, body)
    }

    /// An error of Twilio's.
    #[must_use]
    pub fn error(status: u16, code: u32, message: &str) -> Self {
        let more = format!("https://www.twilio.com/docs/errors/{code}");
        Self::http(
            status,
            format!(
                r#"{{"code":{code},"message":"{message}","more_info":"{more}","status":{status}}}"#
            ),
        )
    }
}
