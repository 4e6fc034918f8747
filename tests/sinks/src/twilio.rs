//! A stand-in for Twilio's API: keeps the requests it gets, and answers as a test tells it.

mod connection;
mod reply;
mod request;
mod sink;

pub use reply::Reply;
pub use request::Request;
pub use sink::Sink;
