//! The shell: takes a message, reads the clock, asks the rules, waits for the store.

use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, ResponseActFuture, ResponseFuture,
    WrapFuture,
};

use super::alarms::Alarms;
use super::backend::BudgetBackend;
use super::charge::{charges, judged};
use super::clients::{Capacity, Clients};
use super::decide::{Charging, Verdict};
use super::messages::{
    Admission, AdmitRequest, ChargeSend, LimiterError, NoteFailedSignIn, NotePhoneVerified,
    SendAdmission, Suspicion,
};
use super::{ClientRules, LimiterRules, SendRules};
use crate::domain::ClientNetwork;
use crate::runtime::Clock;

const PURGE_EVERY: Duration = Duration::from_secs(1);
/// Per map and second: a few milliseconds. A faster flood evicts instead.
const PURGE_AT_MOST: usize = 1_000;
/// A thousand records each: 240 000 in an hour, more than the default budgets allow in a day.
const SWEEP_EVERY: Duration = Duration::from_secs(15);

/// Counts requests and messages. See the module's documentation.
pub struct RateLimiter {
    clients: Option<Clients>,
    block: Duration,
    sends: Option<Sends>,
    alarms: Alarms,
    clock: Arc<dyn Clock>,
}

/// How much is sent to whom.
struct Sends {
    rules: SendRules,
    backend: Arc<dyn BudgetBackend>,
}

impl RateLimiter {
    /// Of clients alone: whatever is sent is charged to nobody.
    #[must_use]
    pub fn of_clients(rules: ClientRules, clock: Arc<dyn Clock>) -> Self {
        Self {
            clients: Some(Clients::new(&rules, Capacity::ONE_MILLION)),
            block: rules.stuffing_block,
            sends: None,
            alarms: Alarms::new(None),
            clock,
        }
    }

    /// Over `backend`, which holds the budgets of sends.
    pub(crate) fn new(
        rules: &LimiterRules,
        backend: Arc<dyn BudgetBackend>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let clients = rules.clients.as_ref();
        Self {
            clients: clients.map(|rules| Clients::new(rules, Capacity::ONE_MILLION)),
            block: clients.map(|rules| rules.stuffing_block).unwrap_or_default(),
            sends: rules.sends.clone().map(|rules| Sends { rules, backend }),
            alarms: Alarms::new(rules.sends.as_ref()),
            clock,
        }
    }
}

impl Actor for RateLimiter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(PURGE_EVERY, |limiter, _| {
            if let Some(clients) = &mut limiter.clients {
                clients.purge(limiter.clock.now(), PURGE_AT_MOST);
            }
        });
        ctx.run_interval(SWEEP_EVERY, |limiter, ctx| {
            let Some(sends) = &limiter.sends else { return };
            let sweep = sends.backend.sweep(limiter.clock.now());
            // The store has logged a failure; an expired record counts nothing all the same.
            ctx.spawn(sweep.into_actor(limiter).map(|_, _, _| ()));
        });
    }
}

impl Handler<AdmitRequest> for RateLimiter {
    type Result = Result<Admission, LimiterError>;

    fn handle(&mut self, msg: AdmitRequest, _: &mut Self::Context) -> Self::Result {
        let AdmitRequest { purpose, ip } = msg;
        let Some(clients) = &mut self.clients else { return Ok(Admission::Admitted) };
        match clients.admit(purpose, ClientNetwork::of(ip), self.clock.now()) {
            Ok(()) => Ok(Admission::Admitted),
            Err(retry_after) => {
                Alarms::limited(purpose);
                Ok(Admission::Limited { retry_after })
            }
        }
    }
}

impl Handler<NoteFailedSignIn> for RateLimiter {
    type Result = Result<Suspicion, LimiterError>;

    fn handle(&mut self, msg: NoteFailedSignIn, _: &mut Self::Context) -> Self::Result {
        let NoteFailedSignIn { ip, email, password } = msg;
        let Some(clients) = &mut self.clients else { return Ok(Suspicion::Noted) };
        let network = ClientNetwork::of(ip);
        if !clients.failed_sign_in(network, &email, &password, self.clock.now()) {
            return Ok(Suspicion::Noted);
        }
        self.alarms.blocked();
        Ok(Suspicion::Blocked { lasts: self.block })
    }
}

impl Handler<ChargeSend> for RateLimiter {
    type Result = ResponseActFuture<Self, Result<SendAdmission, LimiterError>>;

    fn handle(&mut self, msg: ChargeSend, _: &mut Self::Context) -> Self::Result {
        let granted = || std::future::ready(Ok(SendAdmission::Granted));
        let Some(sends) = &self.sends else { return Box::pin(granted().into_actor(self)) };
        let touched = charges(&sends.rules, &msg.sending, msg.ip);
        if touched.is_empty() {
            return Box::pin(granted().into_actor(self));
        }
        let now = self.clock.now();
        let charging = sends.backend.charge(touched, now).into_actor(self);
        Box::pin(charging.map(move |charging, limiter, _| {
            let charging: Charging = charging?;
            limiter.alarms.charged(&charging, now);
            Ok(match charging.verdict {
                Verdict::Charged => SendAdmission::Granted,
                Verdict::Refused { retry_after, .. } => SendAdmission::Refused { retry_after },
            })
        }))
    }
}

impl Handler<NotePhoneVerified> for RateLimiter {
    type Result = ResponseFuture<Result<(), LimiterError>>;

    fn handle(&mut self, msg: NotePhoneVerified, _: &mut Self::Context) -> Self::Result {
        let Some(sends) = &self.sends else { return Box::pin(std::future::ready(Ok(()))) };
        let keys = judged(&sends.rules, &msg.number).map(|charge| charge.key);
        let noted = sends.backend.verified(keys.into());
        Box::pin(async move { Ok(noted.await?) })
    }
}
