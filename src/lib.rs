//! server

pub mod tokens;
