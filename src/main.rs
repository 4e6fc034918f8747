//! The `bioentrust-auth` binary.

use std::process::ExitCode;

use bioentrust_auth::cli;

fn main() -> ExitCode {
    cli::run()
}
