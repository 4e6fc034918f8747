//! The server: its port, its memory, and the test's view of both.

use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::connection::Connection;
use super::{Behaviour, Setup};

/// Longer than anything takes that is going to happen at all.
const PATIENCE: Duration = Duration::from_mins(2);

/// A message that was sent to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address in MAIL FROM.
    pub from: String,
    /// The addresses in RCPT TO.
    pub to: Vec<String>,
    /// Header and body as sent, lines ending in CRLF, dots unstuffed.
    pub content: String,
    /// Whether TLS protected it.
    pub encrypted: bool,
    /// The user that signed in, if any.
    pub user: Option<String>,
}

/// A running server. Dropping it closes its port and all its connections.
pub struct Sink {
    shared: Arc<Shared>,
    address: SocketAddr,
}

/// What the sink and its threads share.
pub(super) struct Shared {
    pub(super) setup: Setup,
    state: Mutex<State>,
    changed: Condvar,
}

pub(super) struct State {
    pub(super) behaviour: Behaviour,
    mails: Vec<Mail>,
    lines: Vec<String>,
    connections: Vec<TcpStream>,
    accepted: usize,
    /// Counts up when the port is closed: whatever belongs to an older one ends.
    generation: usize,
    is_listening: bool,
}

impl Sink {
    /// A server on a free loopback port that accepts everything.
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("the port");
        let state = State {
            behaviour: Behaviour::Accept,
            mails: Vec::new(),
            lines: Vec::new(),
            connections: Vec::new(),
            accepted: 0,
            generation: 0,
            is_listening: true,
        };
        let shared = Shared { setup, state: Mutex::new(state), changed: Condvar::new() };
        let sink = Self { shared: Arc::new(shared), address };
        sink.accept_on(listener);
        sink
    }

    /// Where it listens, or did before [`Sink::refuse`].
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it does from now on, with those who are connected too.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.state().behaviour = behaviour;
    }

    /// Refuses connections from now on, and ends those it has.
    pub fn refuse(&self) {
        {
            let mut state = self.shared.state();
            if !state.is_listening {
                return;
            }
            state.generation += 1;
            state.disconnect();
        }
        self.shared.changed.notify_all();
        // Wakes the thread that accepts, which then gives the port back.
        drop(TcpStream::connect(self.address));
        drop(self.wait_until(|state| !state.is_listening));
    }

    /// Listens again, on the same port.
    pub fn listen(&self) {
        let listener = TcpListener::bind(self.address).expect("the port is still free");
        self.shared.state().is_listening = true;
        self.accept_on(listener);
    }

    /// Ends every connection, as a relay does with those that idle too long.
    pub fn disconnect(&self) {
        self.shared.state().disconnect();
    }

    /// The messages so far.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.state().mails.clone()
    }

    /// Waits until there are `count` messages, and returns all there are.
    #[must_use]
    pub fn wait_for_mails(&self, count: usize) -> Vec<Mail> {
        self.wait_until(|state| state.mails.len() >= count).mails.clone()
    }

    /// Waits until `count` connections were accepted, ended ones included.
    pub fn wait_for_connections(&self, count: usize) {
        drop(self.wait_until(|state| state.accepted >= count));
    }

    /// The connections accepted so far, ended ones included.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().accepted
    }

    /// Every line of commands so far, over all connections. Not the messages themselves.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.shared.state().lines.clone()
    }

    fn wait_until(&self, enough: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.shared.state();
        let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, |s| !enough(s));
        let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!result.timed_out(), "nothing came for {PATIENCE:?}: {:?}", state.lines);
        state
    }

    fn accept_on(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let generation = shared.state().generation;
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if !shared.admit(&stream, generation) {
                    break;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let socket = stream.try_clone();
                    // An error is the client's leave, or the test's will.
                    let _ = Connection::new(shared, generation, stream).serve();
                    // Said aloud: the sink holds another handle to it.
                    let _ = socket.and_then(|socket| socket.shutdown(Shutdown::Both));
                });
            }
            drop(listener);
            shared.state().is_listening = false;
            shared.changed.notify_all();
        });
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.refuse();
    }
}

impl State {
    fn disconnect(&mut self) {
        for stream in self.connections.drain(..) {
            // Ended already: all the better.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        self.state().behaviour.clone()
    }

    pub(super) fn note_line(&self, line: &str) {
        self.state().lines.push(line.to_owned());
    }

    pub(super) fn keep(&self, mail: Mail) {
        self.state().mails.push(mail);
        self.changed.notify_all();
    }

    /// Lets time pass; false once the connections of `generation` are over.
    pub(super) fn pause(&self, time: Duration, generation: usize) -> bool {
        let state = self.state();
        let waited = self.changed.wait_timeout_while(state, time, |s| s.generation == generation);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.generation == generation
    }

    fn admit(&self, stream: &TcpStream, generation: usize) -> bool {
        let mut state = self.state();
        if state.generation != generation {
            return false;
        }
        state.accepted += 1;
        state.connections.push(stream.try_clone().expect("another handle"));
        drop(state);
        self.changed.notify_all();
        true
    }
}
