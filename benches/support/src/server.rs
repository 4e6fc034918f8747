//! Server processes under measurement.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Ticks per second of `/proc/PID/stat` on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// Hashing that costs next to nothing.
pub const TEST_COST: &[(&str, &str)] = &[
    ("BIOENTRUST_PASSWORD__INSECURE_TEST_COST", "true"),
    ("BIOENTRUST_PASSWORD__MEMORY_KIB", "8"),
    ("BIOENTRUST_PASSWORD__ITERATIONS", "1"),
];

/// A server process; dropping it kills it.
pub struct Server {
    child: Child,
    /// The start of every URL.
    pub base: String,
    folder: TempDir,
}

impl Server {
    /// A server that is not ours. It prints its address first, and then nothing.
    pub fn announced(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut address = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut address).expect("its address");
        assert!(!address.is_empty(), "it ended before it served");
        let base = format!("http://{}", address.trim());
        Self { child, base, folder: TempDir::new().expect("a folder") }
    }

    /// Our server with one HTTP worker, like the bare one, and no limits.
    pub fn ours(settings: &[(&str, &str)]) -> Self {
        Self::on(TempDir::new().expect("a folder"), settings)
    }

    /// The same with so many seeded accounts.
    pub fn seeded(users: u32, settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        seed(&folder, 0, users, settings);
        Self::on(folder, settings)
    }

    /// The same on what is in `folder`.
    pub fn on(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        let (child, base) = start(&folder, settings);
        Self { child, base, folder }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts our server again, on the same folder and at another address.
    pub fn restart(&mut self, settings: &[(&str, &str)]) {
        self.kill();
        (self.child, self.base) = start(&self.folder, settings);
    }

    /// SIGTERM, and waits for the end, which must be in order.
    pub fn stop(mut self) {
        let sent = kill_process(Pid::from_child(&self.child), Signal::TERM);
        sent.expect("it runs");
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "it ended with {ended}");
    }

    /// `storage.path`.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// How our server is started.
    pub fn command(folder: &TempDir) -> Command {
        let mut command = Command::new(program());
        command
            .env("BIOENTRUST_STORAGE__PATH", folder.path().join("data"))
            .env("BIOENTRUST_SERVER__PORT_FILE", folder.path().join("port"))
            .env("BIOENTRUST_SERVER__LISTEN", "127.0.0.1:0")
            .env("BIOENTRUST_SERVER__ADMIN_LISTEN", "")
            .env("BIOENTRUST_SERVER__WORKERS", "1")
            .env("BIOENTRUST_LIMITS__ENABLED", "false")
            .env("BIOENTRUST_LOG__LEVEL", "warn")
            .stdout(Stdio::null());
        command
    }

    /// User and system time so far, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(self.proc("stat")).expect("its statistics");
        // The name may hold spaces: fields are counted from the parenthesis that closes it.
        let fields: Vec<&str> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |field: usize| fields.get(field).and_then(|t| t.parse().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / TICKS
    }

    /// Resident memory, in MiB.
    pub fn rss_mib(&self) -> f64 {
        self.status("VmRSS:") / 1024.0
    }

    /// Its threads.
    pub fn threads(&self) -> f64 {
        self.status("Threads:")
    }

    /// Open descriptors: files, sockets, and what else counts towards `ulimit -n`.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(self.proc("fd")).expect("its descriptors").count()
    }

    /// The number in a line of its status.
    fn status(&self, line: &str) -> f64 {
        let status = fs::read_to_string(self.proc("status")).expect("its status");
        let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap_or_default();
        let number = line.split_whitespace().next().and_then(|number| number.parse().ok());
        number.unwrap_or(f64::NAN)
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }

    /// Registers somebody and returns an access token.
    pub fn access_token(&self) -> String {
        block_on(async {
            let http = reqwest::Client::new();
            let answer = sign_up_and_verify(&http, &self.base, "bench@example.com").await;
            answer["token"]["access"].as_str().expect("a token").to_owned()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Our server in `folder`, and the start of its URLs, once it can work.
fn start(folder: &TempDir, settings: &[(&str, &str)]) -> (Child, String) {
    let port = folder.path().join("port");
    // Of an earlier server.
    let _ = fs::remove_file(&port);
    let mut command = Server::command(folder);
    let child = command.envs(settings.iter().copied()).spawn().expect("our server");
    let address = poll(|| fs::read_to_string(&port).ok().filter(|text| !text.is_empty()));
    let base = format!("http://{address}");
    // Over MongoDB it listens before it can work.
    block_on(async {
        let ready = format!("{base}/health/ready");
        while !reqwest::get(&ready).await.is_ok_and(|answer| answer.status().is_success()) {}
    });
    (child, base)
}

/// Where cargo puts our server: beside the folder of the benchmark.
fn program() -> PathBuf {
    let benchmark = std::env::current_exe().expect("this program");
    benchmark.ancestors().nth(2).expect("two folders").join("bioentrust-auth")
}

/// Makes seeded accounts in the store of a server that does not run.
pub fn seed(folder: &TempDir, start: u64, users: impl Into<u64>, settings: &[(&str, &str)]) {
    let (start, users) = (start.to_string(), users.into().to_string());
    let made = Server::command(folder)
        .envs(settings.iter().copied())
        .args(["seed", "--users", &users, "--start", &start])
        .status();
    assert!(made.is_ok_and(|status| status.success()), "the accounts are made");
}

/// The whole sign-up of `email`; the answer of verify-email.
pub async fn sign_up_and_verify(http: &reqwest::Client, base: &str, email: &str) -> Value {
    let sent: Value = post(http, format!("{base}/user/signup"), &sign_up_form(email)).await;
    let inbox = http.get(format!("{base}/dev/inbox.json?to={email}"));
    let inbox: Value = inbox.send().await.expect("an answer").json().await.expect("JSON");
    let form = json!({"otp": inbox[0]["code"], "otp_request_id": sent["otp_request_id"]});
    post(http, format!("{base}/user/verify-email"), &form).await
}

/// Of a new person.
pub fn sign_up_form(email: &str) -> Value {
    json!({
        "first_name": "A", "last_name": "B", "email": email, "password": "correct horse battery",
    })
}

/// Posts JSON; the answer of a success.
pub async fn post(http: &reqwest::Client, url: String, form: &Value) -> Value {
    post_form(http.post(url).json(form)).await
}

/// Sends it; the answer of a success.
pub async fn post_form(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.json().await.expect("JSON")
}

/// Runs it to its end on this thread.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

/// Asks every 100 µs until there is an answer.
#[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
pub fn poll<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(value) = ready() {
            return value;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
}
