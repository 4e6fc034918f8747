//! Sets up a rival with its own tools: once, under `target`, at the versions that are pinned.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Python finds the packages of a rival, seen from its folder.
pub const PIP_TARGET: &str = "packages";

/// Written last: the pins of what is there.
const DONE: &str = "installed";

const NPM_CI: &[&str] =
    &["npm", "ci", "--ignore-scripts", "--engine-strict", "--no-audit", "--no-fund"];
const PIP_INSTALL: &[&str] = &[
    "python3",
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary",
    ":all:",
    "--target",
    PIP_TARGET,
    "--requirement",
    "requirements.txt",
];

/// The folder of a rival on Node, ready to run.
pub fn with_npm(name: &str) -> Option<PathBuf> {
    set_up(name, "package-lock.json", NPM_CI)
}

/// The folder of a rival in Python, ready to run.
pub fn with_pip(name: &str) -> Option<PathBuf> {
    set_up(name, "requirements.txt", PIP_INSTALL)
}

/// `None` after saying that it is left out, and why.
fn set_up(name: &str, pins: &str, install: &[&str]) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals").join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rivals").join(name);
    let pins = fs::read_to_string(source.join(pins)).expect("the pins");
    if fs::read_to_string(folder.join(DONE)).ok().as_ref() != Some(&pins) {
        let _ = fs::remove_dir_all(&folder);
        copy(&source, &folder);
        if let Err(why) = run(install, &folder) {
            let command = install.join(" ");
            println!("\nLEFT OUT: {name}, which could not be set up by `{command}`: {why}\n");
            return None;
        }
        fs::write(folder.join(DONE), &pins).expect("a note");
    }
    // The server may have changed since.
    copy(&source, &folder);
    Some(folder)
}

fn copy(source: &Path, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder under target");
    for file in fs::read_dir(source).expect("the rival's folder") {
        let file = file.expect("a file of the rival's");
        fs::copy(file.path(), folder.join(file.file_name())).expect("a copy");
    }
}

fn run(command: &[&str], folder: &Path) -> Result<(), String> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
