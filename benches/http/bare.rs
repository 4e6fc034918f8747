//! A bare actix-web: the limit for any endpoint. This benchmark starts itself as one.

use std::net::TcpListener;
use std::process::Command;

use actix_web::{App, HttpResponse, HttpServer, web};
use bench_support::server::Server;

/// As long as the path of our home.
pub const PATH: &str = "/user/home";

/// Tells this program to be the bare server.
pub const ARGUMENT: &str = "--bare-server";

/// The bare server in a process of its own.
pub fn start() -> Server {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg(ARGUMENT);
    Server::announced(command)
}

/// Serves the bytes of our home; prints its address first.
pub fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    let server = HttpServer::new(|| App::new().route(PATH, web::get().to(hello)));
    let serving = async { server.workers(1).listen(listener).expect("a listener").run().await };
    actix_web::rt::System::new().block_on(serving).expect("the bare server serves");
}

#[derive(serde::Serialize)]
struct Hello {
    new_data: &'static str,
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok().json(Hello { new_data: "Welcome to BioEntrust Auth server" })
}
