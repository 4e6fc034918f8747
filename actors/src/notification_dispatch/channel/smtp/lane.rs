//! One try, from beginning to end, in a thread that may block.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::time::Instant;

use super::failure::Failure;
use super::letter::Letter;
use super::relay::SmtpRelay;
use super::session::Session;

/// Relays close idle connections after some minutes; some, SES for one, after ten seconds.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
/// A connection that does not answer within this time is given up for a new one.
const ALIVE: Duration = Duration::from_secs(2);

/// The relay, and the connections that wait for the next message.
pub(super) struct Lanes {
    relay: SmtpRelay,
    tls: Arc<ClientConfig>,
    /// No more than there are lanes: each lane returns at most the one it took.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    session: Session,
    since: Instant,
}

/// How far a try has come, for who does not wait for its end.
#[derive(Default)]
pub(super) struct Progress {
    is_at_the_dot: AtomicBool,
}

impl Progress {
    /// Whether the relay may have taken the message.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_at_the_dot.load(Ordering::Acquire)
    }
}

impl Lanes {
    pub(super) fn new(relay: SmtpRelay, tls: Arc<ClientConfig>) -> Self {
        Self { relay, tls, idle: Mutex::default() }
    }

    /// Sends `letter`. Blocks: until `deadline` at most, and for as long as the resolver does.
    pub(super) fn deliver(
        &self,
        letter: &Letter,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut session = match self.take_idle(deadline) {
            Some(session) => session,
            None => Session::open(&self.relay, &self.tls, deadline)?,
        };
        let at_the_dot = || progress.is_at_the_dot.store(true, Ordering::Release);
        session.send(letter, deadline, at_the_dot)?;
        // Only here: a connection on which anything failed is dropped, never used again.
        self.idle().push(Idle { session, since: Instant::now() });
        Ok(())
    }

    /// The connection used last, if it is of any use.
    fn take_idle(&self, deadline: Instant) -> Option<Session> {
        let now = Instant::now();
        let (latest, stale) = {
            let mut idle = self.idle();
            let is_fresh = |idle: &Idle| now.duration_since(idle.since) < LONGEST_IDLE;
            let stale: Vec<_> = idle.extract_if(.., |idle| !is_fresh(idle)).collect();
            (idle.pop(), stale)
        };
        for idle in stale {
            idle.session.quit();
        }
        let mut session = latest?.session;
        if session.is_alive(deadline.min(now + ALIVE)) {
            return Some(session);
        }
        // Where one was closed the others were: they would cost their time one after the other.
        self.idle().clear();
        None
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
