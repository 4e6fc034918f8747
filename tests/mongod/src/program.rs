//! Where the mongod is.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The mongod of this machine, or `None` after saying so on standard error.
///
/// # Panics
///
/// In CI, where nothing may be left out.
#[must_use]
pub fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(find).as_deref()
}

fn find() -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/fetch-mongod");
    let output = Command::new(script).output().expect("scripts/fetch-mongod can be run");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Some(text(&output.stdout).into());
    }
    let why = text(&output.stderr);
    assert!(std::env::var_os("CI").is_none(), "no mongod, and CI leaves nothing out: {why}");
    // Not `eprintln`, which the test runner keeps to itself when the test passes.
    let _ = writeln!(
        std::io::stderr(),
        "\nLEFT OUT: every test that needs MongoDB. Set MONGOD to a mongod to run them. ({why})\n"
    );
    None
}
