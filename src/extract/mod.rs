//! What a handler may ask for: a parsed body, a verified bearer, the caller.

mod bearer;
mod body;
mod client;
mod json;
mod json_object;
mod language;
mod parameters;

pub use bearer::{Bearer, ResetBearer, VerifiedBearer, bearer_token};
pub use client::Caller;
pub use json::{Json, JsonRequest};
pub use json_object::JsonObject;
pub use parameters::Parameters;
