//! The shell: makes codes and ids, reads the clock, asks the backend.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, ResponseFuture, WrapFuture};

use super::backend::{Attempt, Found, Insertion, NewChallenge, OtpBackend, Resending};
use super::code_source::CodeSource;
use super::key::OtpKey;
use super::metrics::OtpMetrics;
use super::{
    FindOtp, IssueOtp, IssuedOtp, OtpError, PendingOtp, PreviewResend, ResendOtp, ResendOtpOutcome,
    ResendPreview, VerifyOtp, VerifyOtpOutcome,
};
use crate::domain::{ChallengeId, TestNumbers};
use crate::runtime::{Clock, Random};

/// How often expired codes are freed.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// Issues, verifies and resends one-time codes.
pub struct OtpManager {
    backend: Arc<dyn OtpBackend>,
    key: Arc<OtpKey>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    codes: CodeSource,
    metrics: Arc<OtpMetrics>,
}

impl OtpManager {
    /// Over `backend`, which holds the rules and all state. The codes of `test_numbers` are fixed.
    pub(crate) fn new(
        backend: Arc<dyn OtpBackend>,
        key: Arc<OtpKey>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        test_numbers: TestNumbers,
    ) -> Self {
        let codes = CodeSource::new(Arc::clone(&random), test_numbers);
        let metrics = Arc::new(OtpMetrics::register());
        Self { backend, key, clock, random, codes, metrics }
    }
}

impl Actor for OtpManager {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SWEEP_EVERY, |otps, ctx| {
            let sweep = otps.backend.sweep(otps.clock.now());
            // The store has logged a failure; an expired code is dead all the same.
            let sweep = async move {
                let _ = sweep.await;
            };
            ctx.spawn(sweep.into_actor(otps));
        });
    }
}

impl Handler<IssueOtp> for OtpManager {
    type Result = ResponseFuture<Result<IssuedOtp, OtpError>>;

    fn handle(&mut self, msg: IssueOtp, _: &mut Self::Context) -> Self::Result {
        let IssueOtp { subject, source } = msg;
        let now = self.clock.now();
        let id = ChallengeId::from_bytes(self.random.bytes16());
        let code = self.codes.code_for(&subject.destination(), now);
        let metrics = self.metrics.of(subject.purpose());
        let mac = self.key.mac(subject.purpose(), id, &code);
        let new = NewChallenge { id, subject: subject.clone(), source, mac };
        let insertion = self.backend.insert(new, now);
        Box::pin(async move {
            match insertion.await? {
                Insertion::Kept { expires_at } => {
                    metrics.issued();
                    Ok(IssuedOtp { request_id: id, code, subject, expires_at })
                }
                Insertion::Full => Err(OtpError::Full),
            }
        })
    }
}

impl Handler<FindOtp> for OtpManager {
    type Result = ResponseFuture<Result<Option<PendingOtp>, OtpError>>;

    fn handle(&mut self, msg: FindOtp, _: &mut Self::Context) -> Self::Result {
        let found = self.backend.find(msg.request_id, self.clock.now());
        Box::pin(async move {
            let found = found.await?.filter(|found| found.purpose == msg.purpose);
            Ok(found.map(|Found { destination, account, .. }| PendingOtp { destination, account }))
        })
    }
}

impl Handler<VerifyOtp> for OtpManager {
    type Result = ResponseFuture<Result<VerifyOtpOutcome, OtpError>>;

    fn handle(&mut self, msg: VerifyOtp, _: &mut Self::Context) -> Self::Result {
        let metrics = self.metrics.of(msg.purpose);
        let attempt = Attempt {
            id: msg.request_id,
            purpose: msg.purpose,
            mac: self.key.mac(msg.purpose, msg.request_id, &msg.code),
            app_id: msg.app_id,
            allowed: msg.attempts_allowed,
        };
        let outcome = self.backend.attempt(attempt, self.clock.now());
        Box::pin(async move {
            let outcome = outcome.await?;
            metrics.presented(&outcome);
            Ok(outcome)
        })
    }
}

impl Handler<PreviewResend> for OtpManager {
    type Result = ResponseFuture<Result<ResendPreview, OtpError>>;

    fn handle(&mut self, msg: PreviewResend, _: &mut Self::Context) -> Self::Result {
        let now = self.clock.now();
        let found = self.backend.find(msg.request_id, now);
        Box::pin(async move {
            Ok(match found.await? {
                None => ResendPreview::Unknown,
                Some(found) if now < found.resend_at => {
                    ResendPreview::TooSoon { retry_at: found.resend_at }
                }
                Some(Found { destination, account, .. }) => {
                    ResendPreview::Ready { destination, account }
                }
            })
        })
    }
}

impl Handler<ResendOtp> for OtpManager {
    type Result = ResponseFuture<Result<ResendOtpOutcome, OtpError>>;

    fn handle(&mut self, msg: ResendOtp, _: &mut Self::Context) -> Self::Result {
        let (id, now) = (msg.request_id, self.clock.now());
        let (backend, key) = (Arc::clone(&self.backend), Arc::clone(&self.key));
        let (codes, metrics) = (self.codes.clone(), Arc::clone(&self.metrics));
        Box::pin(async move {
            // A request never changes its purpose, so nothing can slip between the two steps.
            let Some(found) = backend.find(id, now).await? else {
                return Ok(ResendOtpOutcome::Unknown);
            };
            let code = codes.code_for(&found.destination, now);
            let mac = key.mac(found.purpose, id, &code);
            Ok(match backend.resend(id, mac, now).await? {
                Resending::Replaced { subject, expires_at } => {
                    metrics.of(found.purpose).reissued();
                    ResendOtpOutcome::Reissued(IssuedOtp {
                        request_id: id,
                        code,
                        subject,
                        expires_at,
                    })
                }
                Resending::TooSoon { retry_at } => ResendOtpOutcome::TooSoon { retry_at },
                Resending::Unknown => ResendOtpOutcome::Unknown,
            })
        })
    }
}
