//! A shell between the test and its mongod: it outlives a killed test, and cleans up after it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts the program, tells its process id, and waits on standard input. One line there, and the
/// program is killed; the end of it, and its folder is removed too.
const SCRIPT: &str = r#"
folder=$1; shift
"$@" >/dev/null 2>&1 &
pid=$!
echo $pid
if read -r _; then keep=yes; fi
kill -9 $pid 2>/dev/null
wait 2>/dev/null
[ -n "${keep:-}" ] || rm -rf "$folder"
"#;

/// A running mongod and the shell that watches it.
pub(crate) struct Keeper {
    shell: Child,
    /// Of the mongod.
    pub(crate) pid: u32,
}

impl Keeper {
    pub(crate) fn start(folder: &Path, program: &Path, arguments: &[String]) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "keeper"])
            .arg(folder)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut pid = String::new();
        let output = shell.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut pid).expect("a process id");
        Self { pid: pid.trim().parse().expect("a process id"), shell }
    }

    /// `kill -9`, with the data kept.
    pub(crate) fn kill_keeping_data(mut self) {
        if let Some(input) = self.shell.stdin.as_mut() {
            let _ = input.write_all(b"keep\n");
        }
        let _ = self.shell.wait();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
