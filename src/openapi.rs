//! The API document, generated from the handlers' own annotations.

mod refusals;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::http::{
    dev_inbox, docs, forgot_password, health, home, jwks, phone, protected, refresh, resend_otp,
    reset_page, reset_password, sign_in, sign_out, sign_up, verify_email,
};
use crate::problem::{ErrorBody, Problem, Rfc9457Body, StatusBody};

use refusals::Refusals;

#[derive(OpenApi)]
#[openapi(
    info(title = "BioEntrust Auth"),
    paths(
        home::home,
        protected::protected,
        sign_up::sign_up,
        verify_email::verify_email,
        resend_otp::resend_otp,
        sign_in::sign_in,
        refresh::refresh,
        refresh::refresh_by_post,
        sign_out::sign_out,
        phone::send_sms,
        phone::verify_sms,
        forgot_password::forgot_password,
        reset_page::reset_page,
        reset_password::reset_password,
        jwks::jwks,
        health::live,
        health::ready,
        docs::openapi_json,
        docs::docs,
        dev_inbox::inbox_json,
        dev_inbox::inbox_page,
        dev_inbox::inbox_mail,
    ),
    components(schemas(ErrorBody, StatusBody, Rfc9457Body)),
    modifiers(&Bearers, &Refusals, &ErrorCodes)
)]
struct ApiDocument;

/// The document as JSON, byte for byte what is committed under `docs/openapi.json`.
#[must_use]
pub fn json() -> String {
    // A document of strings and maps: serialising it cannot fail.
    let mut text = ApiDocument::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

struct Bearers;

impl Modify for Bearers {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, description) in [
            ("access_token", "The access token of a living session"),
            ("refresh_token", "The refresh token of a living session"),
            ("reset_token", "The token from a reset link"),
        ] {
            let bearer = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some(description))
                .build();
            components.add_security_scheme(name, SecurityScheme::Http(bearer));
        }
    }
}

struct ErrorCodes;

impl Modify for ErrorCodes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut text = String::from(
            "User accounts over REST. Aliases: `/user/verify_email`, `/user/verify_sms`, \
             `/user/reset-password`.\n\nEvery refusal carries `X-Error-Code`; with `Accept: \
             application/problem+json` its body is RFC 9457.\n\n| code | status | meaning |\n\
             |---|---|---|\n",
        );
        let rows: BTreeMap<_, _> = Problem::catalogue()
            .iter()
            .map(Problem::describe)
            .map(|row| ((row.status.as_u16(), row.code), row.meaning))
            .collect();
        for ((status, code), meaning) in rows {
            let _ = writeln!(text, "| `{code}` | {status} | {meaning} |");
        }
        document.info.description = Some(text);
    }
}
