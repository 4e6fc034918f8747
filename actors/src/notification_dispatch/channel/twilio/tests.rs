//! The channel against a stand-in for Twilio, over real sockets.

mod fixture;
mod requests;
mod trouble;
mod trust;
