//! What handlers ask the rate limiter, and what they tell the log about the answer.

use actors::domain::{EmailAddress, Password, UserId};
use actors::otp_manager::Destination;
use actors::rate_limiter::{
    Admission, AdmitRequest, ChargeSend, NoteFailedSignIn, Purpose, SendAdmission, Sending,
    Suspicion,
};
use tracing::warn;

use crate::events::{Act, Event, Outcome};
use crate::extract::Caller;
use crate::problem::Problem;
use crate::state::App;

/// Counts one more request of the caller's, or refuses it. Asked once the request is known to be
/// well-formed, and before anything that costs more (S-70).
pub async fn admit(app: &App, caller: &Caller, purpose: Purpose, act: &Act) -> Result<(), Problem> {
    let ip = caller.client.ip;
    match app.actors().limiter.ask(AdmitRequest { purpose, ip }).await? {
        Admission::Admitted => Ok(()),
        Admission::Limited { retry_after } => {
            act.note(Outcome::Limited, app, caller).await;
            Err(Problem::TooManyAttempts { retry_after })
        }
    }
}

/// Charges a message to every budget it touches, or refuses to send it (S-19).
pub async fn charge(
    app: &App,
    caller: &Caller,
    sending: Sending,
    act: &Act,
) -> Result<(), Problem> {
    let ip = caller.client.ip;
    match app.actors().limiter.ask(ChargeSend { sending, ip }).await? {
        SendAdmission::Granted => Ok(()),
        SendAdmission::Refused { retry_after } => {
            act.note(Outcome::Limited, app, caller).await;
            Err(Problem::TooManyAttempts { retry_after })
        }
    }
}

/// A code to wherever it goes; `None` for a phone that nobody claims.
pub fn code_to(destination: Destination, account: Option<UserId>) -> Option<Sending> {
    match destination {
        Destination::Email(email) => Some(Sending::EmailCode(email)),
        Destination::Phone(number) => account.map(|account| Sending::PhoneCode { number, account }),
    }
}

/// Notes a wrong sign-in (S-58). The answer to the client does not wait for, nor depend on, what
/// comes of it.
pub async fn note_failed_sign_in(
    app: &App,
    caller: &Caller,
    email: EmailAddress,
    password: Password,
) {
    let ip = caller.client.ip;
    match app.actors().limiter.ask(NoteFailedSignIn { ip, email, password }).await {
        Ok(Suspicion::Noted) => {}
        Ok(Suspicion::Blocked { lasts }) => {
            Act::from(Event::CredentialStuffing).note(Outcome::Blocked, app, caller).await;
            warn!(ip = %caller.client.ip, seconds = lasts.as_secs(), "sign-ins of a client are blocked");
        }
        Err(error) => warn!(%error, "a wrong sign-in could not be noted"),
    }
}
