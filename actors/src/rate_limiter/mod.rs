//! Rate limits and send budgets: how often each client may ask, and how much is sent to whom.
//!
//! *Owns*: request buckets and failed sign-ins per client address, both of this process alone;
//! send budgets per destination, client, account, block of numbers, country and in all, and the
//! breaker of text messages that nobody verifies, shared by every process on one store.
//! *Loses on restart*: buckets and failed sign-ins; a budget never.
//! *Replies within* microseconds about a client; a send waits for one durable write, or is
//! refused while there can be none.
//!
//! Memory is bounded: a million clients in all, of which those that are limited most are
//! forgotten last (`clients.rs`). The store is bounded by the budgets in all.

mod actor;
mod alarms;
mod backend;
mod budget;
mod charge;
mod clients;
mod decide;
mod key;
mod messages;
mod rate;
mod rules;
mod stuffing;
#[cfg(test)]
mod tests;

pub use actor::RateLimiter;
#[cfg(test)]
use backend::MemoryBudgets;
pub(crate) use backend::{BudgetBackend, EmbeddedBudgets, MongoBudgets};
pub use messages::*;
pub use rules::{BreakerRule, ClientRules, LimiterRules, Quota, Rate, SendRules};
