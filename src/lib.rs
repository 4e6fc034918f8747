//! The server of bioentrust-auth: it speaks HTTP, and asks the actors.
//!
//! `ARCHITECTURE.md` shows the whole on one page.

mod admin_guard;
pub mod app;
mod cli;
pub mod commands;
mod events;
mod extract;
mod finish;
mod flow;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod limits;
mod listener;
mod open_files;
mod openapi;
mod problem;
mod routes;
pub mod settings;
mod shutdown;
mod sparing;
mod state;
mod telemetry;
pub mod tokens;
mod trusted_proxies;
