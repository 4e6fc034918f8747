//! What a store reports about its operations, through the `metrics` facade.
//!
//! Without an installed recorder every call is a no-op.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use metrics::{Counter, Histogram, counter, histogram};
use tokio::time::Instant;

use crate::backend::BackendError;

/// The series of one operation of one store: times, and failures by what they mean.
pub(crate) struct OperationMetrics {
    time: Histogram,
    unavailable: Counter,
    outcome_unknown: Counter,
    corrupt: Counter,
}

impl OperationMetrics {
    /// `operation` is one of few names, never data.
    pub(crate) fn register(backend: &'static str, operation: &'static str) -> Arc<Self> {
        let labels = [("backend", backend), ("operation", operation)];
        let failed = |error| {
            let [backend, operation] = labels;
            counter!("bioentrust_store_errors_total", &[backend, operation, ("error", error)])
        };
        Arc::new(Self {
            time: histogram!("bioentrust_store_operation_seconds", &labels),
            unavailable: failed("unavailable"),
            outcome_unknown: failed("outcome_unknown"),
            corrupt: failed("corrupt"),
        })
    }

    /// Drives `work` to its end, and reports how long that took and how it went.
    pub(crate) async fn measure<T>(
        &self,
        work: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, BackendError> {
        let begun_at = Instant::now();
        let result = work.await;
        self.time.record(begun_at.elapsed());
        match &result {
            Ok(_) => {}
            Err(BackendError::Unavailable) => self.unavailable.increment(1),
            Err(BackendError::OutcomeUnknown) => self.outcome_unknown.increment(1),
            Err(BackendError::Corrupt) => self.corrupt.increment(1),
        }
        result
    }
}

/// The series of all operations of one store, each made at its first use and read without a lock.
pub(crate) struct StoreMetrics {
    backend: &'static str,
    operations: ArcSwap<HashMap<&'static str, Arc<OperationMetrics>>>,
}

impl StoreMetrics {
    pub(crate) fn of(backend: &'static str) -> Self {
        Self { backend, operations: ArcSwap::default() }
    }

    /// The series of one operation.
    pub(crate) fn operation(&self, name: &'static str) -> Arc<OperationMetrics> {
        if let Some(known) = self.operations.load().get(name) {
            return Arc::clone(known);
        }
        let fresh = OperationMetrics::register(self.backend, name);
        self.operations.rcu(|operations| {
            let mut operations = HashMap::clone(operations);
            operations.insert(name, Arc::clone(&fresh));
            operations
        });
        fresh
    }
}
