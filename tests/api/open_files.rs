//! File descriptors run out, and come back (F-20).

use std::fs;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use test_support::{Client, Person, ServerProcess, wait_for, wait_for_async};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FULL: &str = "all connections are in use";
const EXHAUSTED: &str = "Error accepting connection: Too many open files";

/// Connections on which nothing is asked.
async fn idle(client: &Client, number: usize) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..number {
        open.push(client.connect().await);
    }
    open
}

async fn metric(admin: &Client, series: &str) -> f64 {
    let page = admin.get("/metrics").await.body;
    let value = page.lines().find_map(|line| line.strip_prefix(series));
    value.unwrap_or_else(|| panic!("no {series}: {page}")).trim().parse().unwrap()
}

#[tokio::test]
async fn f_20_a_crowd_on_few_file_descriptors_leaves_enough_for_everything_else() {
    let mut server = ServerProcess::start().await;
    server.set("BIOENTRUST_SERVER__WORKERS", "2");
    server.restart_with_open_files(300).await;
    let (client, admin) = (server.client(), server.admin());
    let (person, _) = Person::registered(&client, "john@example.com").await;
    let crowd = idle(&client, 300).await;
    wait_for(|| server.log().contains(FULL).then_some(())).await;
    assert_eq!(admin.get("/health/ready").await.status, 200);
    let most = metric(&admin, r#"bioentrust_connections_max{listener="api"}"#).await;
    assert!((50.0..200.0).contains(&most), "{most}");
    drop(crowd);
    assert_eq!(person.sign_in(&client).await.status, 200);
    wait_for_async(|| async {
        let open = metric(&admin, r#"bioentrust_connections{listener="api"}"#).await;
        (open < 10.0).then_some(())
    })
    .await;
    let log = server.log();
    assert_eq!(log.matches(FULL).count(), 1, "{log}");
    assert!(log.contains("server.max_connections is more"), "{log}");
    assert!(!log.contains("Too many open files"), "{log}");
}

#[tokio::test]
async fn f_20_a_server_without_a_file_descriptor_left_waits_for_one_and_says_so_once() {
    let server = ServerProcess::start().await;
    let (client, admin) = (server.client(), server.admin());
    let mut known = client.connect().await;
    ask_for_home(&mut known).await;
    // On a connection that stays.
    let refused = async || metric(&admin, "bioentrust_accept_errors_total").await;
    assert!(refused().await < 1.0);

    let open = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count() as u64;
    let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap();
    // The hard limit stays as the server has it from this process.
    let few = Rlimit { current: Some(open + 2), ..getrlimit(Resource::Nofile) };
    let before = prlimit(Some(pid), Resource::Nofile, few).unwrap();
    let crowd = idle(&client, 20).await;
    wait_for_async(async || (refused().await >= 3.0).then_some(())).await;
    ask_for_home(&mut known).await;

    drop(crowd);
    assert_eq!(Client::new(client.url("")).get("/user/home").await.status, 200);
    prlimit(Some(pid), Resource::Nofile, before).unwrap();
    assert_eq!(server.log().matches(EXHAUSTED).count(), 1, "{}", server.log());
}

async fn ask_for_home(stream: &mut TcpStream) {
    stream.write_all(b"GET /user/home HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 2048];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK\r\n"), "{answer:?}");
}
