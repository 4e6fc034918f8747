//! The threads that hash: a fixed number, at the lowest priority, behind a bounded queue (S-06).
//!
//! A hash takes all of a core for some 20 ms. So hashes run beside the server, never in it, and
//! give way to it: at nice 19 the other requests hardly notice a storm of sign-ins.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{error, warn};

use super::memory::Memory;
use super::metrics::{self, HashMetrics};
use super::queue::{Capacity, Queue, Taken, Urgency};
use super::{HashError, HashingRules};

/// Time without a job after which a lane gives its memory back.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The entrance to the lanes; clones share it. They end when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Lanes(Arc<Entrance>);

struct Entrance {
    queue: Arc<Queue<Job>>,
    max_wait: Duration,
    metrics: HashMetrics,
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Lanes {
    /// Starts `rules.lanes` threads.
    pub(super) fn start(rules: &HashingRules) -> io::Result<Self> {
        Self::start_with(rules, IDLE)
    }

    pub(super) fn start_with(rules: &HashingRules, idle: Duration) -> io::Result<Self> {
        // In the background, as many as can be taken at once: nobody misses what is dropped.
        let capacity = Capacity { awaited: rules.queue, background: rules.lanes };
        let queue = Arc::new(Queue::new(capacity));
        let metrics = HashMetrics::register(rules.lanes);
        let lanes = Self(Arc::new(Entrance { queue, max_wait: rules.max_wait, metrics }));
        let usual = usize::try_from(rules.memory_kib).unwrap_or(usize::MAX);
        for number in 1..=rules.lanes {
            let (queue, metrics) = (Arc::clone(&lanes.0.queue), lanes.0.metrics.clone());
            let lane = Lane { queue, usual, idle, metrics };
            thread::Builder::new().name(format!("hash-lane-{number}")).spawn(move || lane.run())?;
        }
        Ok(lanes)
    }

    /// Reports what waits.
    pub(super) fn report(&self) {
        let (waiting, capacity) = self.0.queue.waiting();
        metrics::waiting(waiting, capacity);
    }

    /// `Busy` when no place for awaited work is free.
    pub(super) fn check_room(&self) -> Result<(), HashError> {
        let (waiting, capacity) = self.0.queue.waiting();
        if waiting.awaited < capacity.awaited {
            return Ok(());
        }
        self.0.metrics.queue_full();
        Err(HashError::Busy)
    }

    /// Queues `work` now; the future waits for its result.
    ///
    /// `Busy` when no place of that urgency is free, and when no lane took the work within `max_wait`: then it
    /// will not be done. It is not done either when the future was dropped before its turn.
    pub(super) fn run<T, F>(
        &self,
        urgency: Urgency,
        work: F,
    ) -> impl Future<Output = Result<T, HashError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Memory) -> Result<T, HashError> + Send + 'static,
    {
        let (reply, mut answer) = oneshot::channel();
        let turn = Turn::default();
        let lanes_turn = turn.clone();
        let metrics = self.0.metrics.clone();
        let (measured, queued_at) = (metrics.clone(), Instant::now());
        let job: Job = Box::new(move |memory| {
            if lanes_turn.take() && !reply.is_closed() {
                let _ = reply.send(measured.measure(queued_at, || work(memory)));
            }
        });
        let queued = self.0.queue.offer(job, urgency).is_ok();
        let max_wait = self.0.max_wait;
        async move {
            if !queued {
                metrics.queue_full();
                return Err(HashError::Busy);
            }
            let in_time = tokio::time::timeout(max_wait, &mut answer).await;
            let result = match in_time {
                Ok(result) => result,
                Err(_) if turn.take() => {
                    metrics.waited_too_long();
                    return Err(HashError::Busy);
                }
                Err(_) => answer.await, // begun: soon done
            };
            // Dropped unsent only when the work panicked.
            result.unwrap_or(Err(HashError::Failed))
        }
    }
}

/// The right to decide what becomes of a job: done by the lane, or given up by its caller.
#[derive(Clone, Default)]
struct Turn(Arc<AtomicBool>);

impl Turn {
    /// True for the first caller only.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

struct Lane {
    queue: Arc<Queue<Job>>,
    /// Blocks that a hash of the current cost takes; more is not kept.
    usual: usize,
    idle: Duration,
    metrics: HashMetrics,
}

impl Lane {
    fn run(self) {
        if let Err(cause) = yield_to_all_others() {
            warn!(%cause, "a hashing lane keeps its priority: sign-ins will slow other requests");
        }
        let mut memory = Memory::default();
        loop {
            let limit = (memory.held() > 0).then_some(self.idle);
            match self.queue.take(limit) {
                Taken::Item(job) => self.work(job, &mut memory),
                Taken::Nothing => memory.release(),
                Taken::Closed => return memory.release(),
            }
        }
    }

    fn work(&self, job: Job, memory: &mut Memory) {
        let _busy = self.metrics.busy();
        let done = catch_unwind(AssertUnwindSafe(|| job(memory)));
        if done.is_err() {
            error!("a hashing job panicked, its request failed");
        }
        if memory.held() > self.usual {
            memory.release();
        }
    }
}

/// Gives this thread the lowest CPU priority.
#[cfg(target_os = "linux")]
fn yield_to_all_others() -> io::Result<()> {
    // On Linux a nice value belongs to a thread, against POSIX: see nice(2), "C library/kernel
    // differences". The sum is clamped to 19.
    rustix::process::nice(19)?;
    Ok(())
}

/// Elsewhere it belongs to the process, which must keep its own.
#[cfg(not(target_os = "linux"))]
fn yield_to_all_others() -> io::Result<()> {
    Ok(())
}
