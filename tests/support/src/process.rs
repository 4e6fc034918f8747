//! The real binary, in a process of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Client, TEST_SETTINGS};

/// A server process with a folder of its own. Dropping it kills it.
pub struct ServerProcess {
    folder: TempDir,
    settings: Vec<(String, String)>,
    child: Option<Child>,
    client: Option<Client>,
}

impl ServerProcess {
    /// A server with the test settings.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with further environment settings; later ones win.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let mut server = Self {
            folder: TempDir::new().unwrap(),
            settings: TEST_SETTINGS.iter().chain(settings).map(own).collect(),
            child: None,
            client: None,
        };
        server.restart().await;
        server
    }

    /// Changes an environment setting for the next start.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.push((key.to_owned(), value.to_owned()));
    }

    /// A client of this server.
    pub fn client(&self) -> Client {
        self.client.clone().expect("the server runs")
    }

    /// `storage.path`.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    /// A line of `/proc/PID/status`, in KiB.
    pub fn memory_kib(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|l| l.starts_with(line)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Starts the server again on the same folder, and waits until it answers.
    pub async fn restart(&mut self) {
        self.kill();
        let port_file = self.folder.path().join("port");
        let _ = fs::remove_file(&port_file);
        let mut child = self.command().spawn().unwrap();
        let address = wait_for(|| {
            assert!(child.try_wait().unwrap().is_none(), "the server ended: {}", self.log());
            fs::read_to_string(&port_file).ok().filter(|address| !address.is_empty())
        })
        .await;
        self.child = Some(child);
        self.client = Some(Client::new(format!("http://{address}")));
    }

    /// The command that [`ServerProcess::restart`] runs.
    pub fn command(&self) -> Command {
        let at = |name: &str| self.folder.path().join(name);
        let log = fs::OpenOptions::new().create(true).append(true).open(at("log")).unwrap();
        let mut command = binary();
        command
            .env("BIOENTRUST_STORAGE__PATH", at("data"))
            .env("BIOENTRUST_SERVER__PORT_FILE", at("port"))
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .current_dir(self.folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }

    /// `kill -9`, and waits for the end.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends a signal by name, as `kill` does.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end on its own.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("the server runs");
        wait_for(|| child.try_wait().unwrap()).await
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

/// The binary under test, with an environment that holds no settings.
pub fn binary() -> Command {
    let mut command = Command::new(program());
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("BIOENTRUST_") {
            command.env_remove(key);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Where cargo puts the binary whose tests it runs: beside the folder of the test's own.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("bioentrust-auth")
}

/// Polls `ready` until it has something, for ten seconds at most.
#[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
pub async fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "nothing happened for 10 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
