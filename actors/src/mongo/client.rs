//! Bounded operations: each is driven to its end in a task of its own, and waited for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mongodb::error::Result as DriverResult;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection, Database};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::errors::{Effect, describe};
use super::log::FailureLog;
use super::options::{MongoSettings, MongoSettingsError};
use super::pool::PoolMetrics;
use crate::backend::{BackendError, Pending};
use crate::store_metrics::StoreMetrics;

/// How long an operation is driven on when nobody waits for it any more. A server that is only
/// slow has answered by then.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(5);

/// A MongoDB database. Clones share its connections and bounds.
#[derive(Clone)]
pub(crate) struct Mongo(Arc<Shared>);

struct Shared {
    database: Database,
    /// One for each operation under way: the driver itself would let any number wait.
    places: Arc<Semaphore>,
    queue_timeout: Duration,
    operation_timeout: Duration,
    log: FailureLog,
    operations: StoreMetrics,
    pool: PoolMetrics,
    /// Collections and indexes have been verified at least once.
    is_prepared: AtomicBool,
    /// The last look found a primary, and the indexes in order.
    is_healthy: AtomicBool,
}

impl Mongo {
    /// Reads the settings. Nothing is connected yet, so this works before the server does.
    pub(crate) async fn open(settings: &MongoSettings) -> Result<Self, MongoSettingsError> {
        Self::with_options(settings, settings.client_options().await?)
    }

    pub(super) fn with_options(
        settings: &MongoSettings,
        mut options: ClientOptions,
    ) -> Result<Self, MongoSettingsError> {
        let pool = PoolMetrics::register(settings.pool_size);
        options.cmap_event_handler = Some(pool.listener());
        let client = Client::with_options(options)
            .map_err(|_| MongoSettingsError::from_driver("cannot be used"))?;
        Ok(Self(Arc::new(Shared {
            database: client.database(&settings.database),
            places: Arc::new(Semaphore::new(settings.pool_size as usize)),
            queue_timeout: settings.queue_timeout,
            operation_timeout: settings.operation_timeout,
            log: FailureLog::default(),
            operations: StoreMetrics::of("mongodb"),
            pool,
            is_prepared: AtomicBool::new(false),
            is_healthy: AtomicBool::new(false),
        })))
    }

    /// How long one operation may take in all.
    pub(crate) fn operation_timeout(&self) -> Duration {
        self.0.operation_timeout
    }

    /// A collection of typed documents.
    pub(crate) fn collection<T: Send + Sync>(&self, name: &str) -> Collection<T> {
        self.0.database.collection(name)
    }

    /// The database, for what is not a bounded operation: preparing it, and watching it.
    pub(super) fn database(&self) -> &Database {
        &self.0.database
    }

    /// Whether the last look found a server that can write, and everything in order.
    pub(crate) fn is_healthy(&self) -> bool {
        self.0.is_healthy.load(Ordering::Relaxed)
    }

    pub(super) fn set_health(&self, is_healthy: bool) {
        self.0.is_healthy.store(is_healthy, Ordering::Relaxed);
        if is_healthy {
            self.0.is_prepared.store(true, Ordering::Release);
        }
    }

    pub(super) fn log(&self) -> &FailureLog {
        &self.0.log
    }

    /// Reads. `name` is for logs and metrics.
    pub(crate) fn read<T, F>(&self, name: &'static str, operation: F) -> Pending<T>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<T>> + Send + 'static,
    {
        self.run(name, Effect::Reads, operation)
    }

    /// Writes, perhaps after reading. When the answer is lost, the outcome is unknown.
    pub(crate) fn write<T, F>(&self, name: &'static str, operation: F) -> Pending<T>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<T>> + Send + 'static,
    {
        self.run(name, Effect::Writes, operation)
    }

    /// Reads for `limit` at most, of this node's own accord: it takes no place from requests, and
    /// no crowd of them holds it up. One look and one stream at a time.
    pub(crate) fn read_aside<T, F>(
        &self,
        name: &'static str,
        limit: Duration,
        operation: F,
    ) -> Pending<T>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<T>> + Send + 'static,
    {
        let this = self.clone();
        Box::pin(async move {
            this.check_prepared()?;
            let series = this.0.operations.operation(name);
            series.measure(this.drive(name, Effect::Reads, limit, operation)).await
        })
    }

    fn run<T, F>(&self, name: &'static str, effect: Effect, operation: F) -> Pending<T>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<T>> + Send + 'static,
    {
        let this = self.clone();
        Box::pin(async move {
            let series = this.0.operations.operation(name);
            series.measure(this.take_turn(name, effect, operation)).await
        })
    }

    /// Once the database is in order and a place is free.
    async fn take_turn<T, F>(
        &self,
        name: &'static str,
        effect: Effect,
        operation: F,
    ) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<T>> + Send + 'static,
    {
        self.check_prepared()?;
        let place = self.place(name).await?;
        // The place is free when the work is done, not when the caller leaves.
        let work = async move {
            let outcome = operation.await;
            drop(place);
            outcome
        };
        self.drive(name, effect, self.0.operation_timeout, work).await
    }

    /// In a task of its own: a driver future must not be dropped half-way (S-94), so it is the
    /// waiting that ends.
    async fn drive<T, F>(
        &self,
        name: &'static str,
        effect: Effect,
        limit: Duration,
        operation: F,
    ) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<T>> + Send + 'static,
    {
        // The driver has no time-out of its own for a connection that died without a word. It closes
        // a connection whose command was dropped half-way, so in the end that is safe.
        let bounded = timeout(limit + GIVEN_UP_AFTER, operation);
        let work = tokio::spawn(async move { bounded.await.ok() });
        match timeout(limit, work).await {
            Ok(Ok(Some(Ok(value)))) => Ok(value),
            Ok(Ok(Some(Err(error)))) => {
                self.0.log.failed(name, &describe(&error));
                Err(effect.of(&error))
            }
            Ok(Err(_)) => {
                self.0.log.failed(name, "the operation panicked");
                Err(effect.of_silence())
            }
            Ok(Ok(None)) | Err(_) => {
                self.0.log.failed(name, "no answer in time");
                Err(effect.of_silence())
            }
        }
    }

    /// Without its unique indexes the store could break a promise. Why they are not there yet is
    /// logged by whoever prepares it.
    fn check_prepared(&self) -> Result<(), BackendError> {
        let is_prepared = self.0.is_prepared.load(Ordering::Acquire);
        if is_prepared { Ok(()) } else { Err(BackendError::Unavailable) }
    }

    async fn place(&self, name: &'static str) -> Result<OwnedSemaphorePermit, BackendError> {
        let _waiting = self.0.pool.waiting();
        let waiting = Arc::clone(&self.0.places).acquire_owned();
        if let Ok(Ok(place)) = timeout(self.0.queue_timeout, waiting).await {
            return Ok(place);
        }
        self.0.log.failed(name, "all connections are busy");
        Err(BackendError::Unavailable)
    }
}
