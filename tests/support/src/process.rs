//! The real binary, in a process of its own.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::deployment::Deployment;
use super::{Client, TEST_SETTINGS};

/// A server process with a folder of its own, or several over one store. Dropping it kills it.
pub struct ServerProcess {
    folder: TempDir,
    settings: Vec<(OsString, OsString)>,
    /// Of each node, where it runs.
    children: Vec<Option<Child>>,
    /// Of each node, at most; as many as this process may have where there is none.
    open_files: Option<u64>,
    client: Option<Client>,
}

impl ServerProcess {
    /// A server with the test settings.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with further environment settings; later ones win.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let Deployment { nodes, storage } = Deployment::new();
        Self::start_nodes(nodes, storage, settings).await
    }

    /// Several nodes over the database that `storage` names.
    pub async fn start_nodes(
        nodes: usize,
        storage: Vec<(OsString, OsString)>,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut server = Self::start_unready(nodes, storage, settings).await;
        server.are_ready().await;
        server
    }

    /// The same, but they listen only: they may wait for their database.
    pub async fn start_unready(
        nodes: usize,
        storage: Vec<(OsString, OsString)>,
        settings: &[(&str, &str)],
    ) -> Self {
        let own = |(key, value): &(&str, &str)| (OsString::from(key), OsString::from(value));
        let settings = TEST_SETTINGS.iter().chain(settings).map(own);
        let mut server = Self {
            folder: TempDir::new().unwrap(),
            settings: storage.into_iter().chain(settings).collect(),
            children: (0..nodes).map(|_| None).collect(),
            open_files: None,
            client: None,
        };
        server.start_all().await;
        server
    }

    /// Changes an environment setting for the next start.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.push((key.into(), value.into()));
    }

    /// A client of this server.
    pub fn client(&self) -> Client {
        self.client.clone().expect("the server runs")
    }

    /// A client of the first node's admin listener.
    pub fn admin(&self) -> Client {
        let log = fs::read_to_string(self.file(0, "log")).unwrap();
        let listening = log.lines().rfind(|line| line.contains("listening")).unwrap();
        let (_, admin) = listening.split_once("admin").expect("an admin listener");
        let address = admin.split('"').find(|text| text.parse::<SocketAddr>().is_ok());
        Client::new(format!("http://{}", address.unwrap()))
    }

    /// `storage.path`.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the nodes logged so far.
    pub fn log(&self) -> String {
        let read = |node| fs::read_to_string(self.file(node, "log")).unwrap_or_default();
        (0..self.children.len()).map(read).collect()
    }

    /// The process id of the first node.
    pub fn pid(&self) -> u32 {
        self.first().expect("the server runs").id()
    }

    /// A line of `/proc/PID/status`, in KiB.
    pub fn memory_kib(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|l| l.starts_with(line)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Starts the server again on the same folder, and waits until it is ready.
    pub async fn restart(&mut self) {
        self.start_all().await;
        self.are_ready().await;
    }

    /// The same with so many file descriptors at most.
    pub async fn restart_with_open_files(&mut self, most: u64) {
        self.open_files = Some(most);
        self.restart().await;
    }

    async fn start_all(&mut self) {
        self.kill();
        let mut nodes = Vec::new();
        for node in 0..self.children.len() {
            let address = self.start_node(node).await;
            nodes.push(format!("http://{address}"));
        }
        self.client = Some(Client::of_nodes(nodes));
    }

    /// Starts one node; its address.
    async fn start_node(&mut self, node: usize) -> String {
        let port_file = self.file(node, "port");
        let _ = fs::remove_file(&port_file);
        let mut child = self.command_of(node).spawn().unwrap();
        let address = wait_for(|| {
            assert!(child.try_wait().unwrap().is_none(), "the server ended: {}", self.log());
            fs::read_to_string(&port_file).ok().filter(|address| !address.is_empty())
        })
        .await;
        self.children[node] = Some(child);
        address
    }

    /// A server over MongoDB listens before it can work.
    async fn are_ready(&mut self) {
        for node in 0..self.children.len() {
            let client = self.client().of_node(node);
            let ready =
                || async { (client.get("/health/ready").await.status == 200).then_some(()) };
            wait_for_async(ready).await;
        }
    }

    /// The command that [`ServerProcess::restart`] runs.
    pub fn command(&self) -> Command {
        self.command_of(0)
    }

    fn command_of(&self, node: usize) -> Command {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.file(node, "log"));
        let log = log.unwrap();
        let mut command = self.open_files.map_or_else(binary, binary_with_open_files);
        command
            // Shared by the nodes, for the sake of the signing key.
            .env("BIOENTRUST_STORAGE__PATH", self.data())
            .env("BIOENTRUST_SERVER__PORT_FILE", self.file(node, "port"))
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .current_dir(self.folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }

    fn file(&self, node: usize, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.{node}"))
    }

    fn first(&self) -> Option<&Child> {
        self.children[0].as_ref()
    }

    /// `kill -9` of every node, and waits for the end.
    pub fn kill(&mut self) {
        for child in &mut self.children {
            if let Some(mut child) = child.take() {
                let _ = child.kill();
                let _ = child.wait();
            }
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
        let mut child = self.children[0].take().expect("the server runs");
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
    without_settings(Command::new(program()))
}

/// The same with so many file descriptors, and no right to more.
fn binary_with_open_files(most: u64) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -n {most}; exec \"$0\"")).arg(program());
    without_settings(command)
}

fn without_settings(mut command: Command) -> Command {
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
pub async fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    wait_for_async(|| std::future::ready(ready())).await
}

/// The same, for what takes a request to find out.
pub async fn wait_for_async<T, F>(mut ready: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let started = tokio::time::Instant::now();
    loop {
        if let Some(value) = ready().await {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "nothing happened for 10 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
