//! The server of bioentrust-auth: it speaks HTTP, and asks the actors.
//!
//! `ARCHITECTURE.md` shows the whole on one page.

pub mod app;
pub mod cli;
mod events;
mod extract;
mod finish;
mod flow;
mod http;
pub mod openapi;
mod problem;
mod routes;
pub mod settings;
mod shutdown;
mod telemetry;
pub mod tokens;
