//! One mongod.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::doc;
use mongodb::options::{ClientOptions, ServerAddress};
use rustix::process::{Pid, Signal, kill_process};

use crate::keeper::Keeper;
use crate::program;

/// A mongod with fail points enabled. Dropping it kills it and removes its data.
pub struct Mongod {
    folder: PathBuf,
    port: u16,
    replica_set: Option<String>,
    keeper: Option<Keeper>,
}

impl Mongod {
    /// A standalone server, or `None` where there is no mongod.
    pub async fn standalone() -> Option<Self> {
        Self::start(None).await
    }

    /// A server of the replica set `name` that has not been initiated.
    pub(crate) async fn member(name: &str) -> Option<Self> {
        Self::start(Some(name.to_owned())).await
    }

    async fn start(replica_set: Option<String>) -> Option<Self> {
        program()?;
        let folder = tempfile::Builder::new().prefix("mongod-").tempdir().expect("a folder").keep();
        let mut server = Self { folder, port: free_port(), replica_set, keeper: None };
        server.restart().await;
        Some(server)
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A connection string to this server alone.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address())
    }

    /// A driver client of this server alone.
    #[must_use]
    pub fn client(&self) -> Client {
        let address = ServerAddress::parse(self.address()).expect("an address");
        let options = ClientOptions::builder().hosts(vec![address]).direct_connection(true);
        let options = options.server_selection_timeout(Duration::from_secs(30)).build();
        Client::with_options(options).expect("a client")
    }

    /// Whether it has been started and not killed.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.keeper.is_some()
    }

    /// `kill -9`; the data stays.
    pub fn kill(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.kill_keeping_data();
        }
    }

    /// Starts it again on the same port and data, and waits until it answers.
    pub async fn restart(&mut self) {
        self.kill();
        let program = program().expect("it was there before");
        self.keeper = Some(Keeper::start(&self.folder, program, &self.arguments()));
        self.client().database("admin").run_command(doc! { "ping": 1 }).await.unwrap_or_else(
            |error| {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("mongod does not answer: {error}\n{log}")
            },
        );
    }

    /// `SIGSTOP`: connections stay open and nothing is answered.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// `SIGCONT`.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = self.keeper.as_ref().expect("it runs").pid;
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("the process is there");
    }

    fn arguments(&self) -> Vec<String> {
        let folder = self.folder.display();
        let mut arguments = vec![
            format!("--dbpath={folder}"),
            format!("--logpath={folder}/log"),
            format!("--port={}", self.port),
            "--bind_ip=127.0.0.1".to_owned(),
            "--nounixsocket".to_owned(),
            "--wiredTigerCacheSizeGB=0.25".to_owned(),
            "--setParameter=enableTestCommands=1".to_owned(),
            "--setParameter=diagnosticDataCollectionEnabled=false".to_owned(),
            // An expired document should be seen to be gone in the time of a test.
            "--setParameter=ttlMonitorSleepSecs=1".to_owned(),
        ];
        arguments.extend(self.replica_set.iter().map(|name| format!("--replSet={name}")));
        arguments
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
