//! The `bioentrust-auth` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    bioentrust_auth::commands::run()
}
