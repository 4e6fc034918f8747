//! The limiter through its handle, and its rules. Time moves only when a test says so.

mod breaker;
mod budgets;
mod clients;
mod fixture;
mod flood;
mod life;
