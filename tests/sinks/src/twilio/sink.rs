//! The server.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{Reply, Request, connection};
use crate::authority::Identity;

/// A stand-in for Twilio, in threads that live as long as the test.
pub struct Sink {
    address: SocketAddr,
    encrypted: bool,
    shared: Arc<Shared>,
}

/// What the connections share.
#[derive(Default)]
pub(super) struct Shared {
    script: Mutex<VecDeque<Reply>>,
    otherwise: Mutex<Option<Reply>>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
}

impl Sink {
    /// Listens on a free loopback port, without encryption.
    #[must_use]
    pub fn plain() -> Self {
        Self::listen("127.0.0.1:0", None)
    }

    /// Listens on a free loopback port, with TLS.
    #[must_use]
    pub fn encrypted(identity: Identity) -> Self {
        Self::listen("127.0.0.1:0", Some(identity))
    }

    /// Listens on `address`, with TLS if there is an identity.
    #[must_use]
    pub fn listen(address: &str, identity: Option<Identity>) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (shared, encrypted) = (Arc::new(Shared::default()), identity.is_some());
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                own.connections.fetch_add(1, Ordering::Relaxed);
                let (shared, identity) = (Arc::clone(&own), identity.clone());
                // An error is the client's leaving.
                thread::spawn(move || drop(connection::serve(&shared, socket, identity.as_ref())));
            }
        });
        Self { address, encrypted, shared }
    }

    /// `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Answers the next requests so, one each; those after them as before.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.shared.script).extend(replies);
    }

    /// Answers every request so that the script says nothing of.
    pub fn answer_all(&self, reply: Reply) {
        *lock(&self.shared.otherwise) = Some(reply);
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// Connections taken so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// Keeps the request and tells what to do with it: messages are taken, unless told otherwise.
    pub(super) fn take(&self, request: Request) -> Reply {
        lock(&self.requests).push(request);
        let scripted = lock(&self.script).pop_front();
        let reply = scripted.or_else(|| lock(&self.otherwise).clone());
        reply.unwrap_or_else(Reply::queued)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
