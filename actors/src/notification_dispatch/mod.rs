//! stub
mod messages;
pub use messages::*;
