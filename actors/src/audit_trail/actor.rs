//! The shell: notes what it is told, and lets the writer write.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler, ResponseFuture};

use super::backend::AuditBackend;
use super::trail::Trail;
use super::writer::write_out;
use super::{AuditError, AuditEvent, AuditRules, ReadTrail, RecordEvent};
use crate::runtime::{Clock, Random};

/// The actor. Clones share the trail: a restarted actor is a clone of the first.
#[derive(Clone)]
pub struct AuditTrail(Arc<Trail>);

impl AuditTrail {
    /// A trail that `backend` keeps.
    ///
    /// Must be called on the actor's arbiter, which from now on also writes.
    pub(crate) fn new(
        rules: AuditRules,
        backend: Arc<dyn AuditBackend>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let trail = Arc::new(Trail::new(rules, backend, clock, random));
        actix::spawn(write_out(Arc::clone(&trail)));
        Self(trail)
    }

    /// Whether the store took the last write.
    pub(crate) fn keeps_up(&self) -> bool {
        self.0.keeps_up()
    }

    /// Writes what waits, for no longer than `within`; then logs what is lost.
    pub(crate) async fn drain(&self, within: Duration) {
        self.0.end(within).await;
    }
}

impl Actor for AuditTrail {
    type Context = Context<Self>;
}

impl Handler<RecordEvent> for AuditTrail {
    type Result = Result<(), AuditError>;

    fn handle(&mut self, msg: RecordEvent, _: &mut Self::Context) -> Self::Result {
        self.0.record(msg);
        Ok(())
    }
}

impl Handler<ReadTrail> for AuditTrail {
    type Result = ResponseFuture<Result<Vec<AuditEvent>, AuditError>>;

    fn handle(&mut self, msg: ReadTrail, _: &mut Self::Context) -> Self::Result {
        let trail = Arc::clone(&self.0);
        Box::pin(async move { trail.read(msg.0).await })
    }
}
