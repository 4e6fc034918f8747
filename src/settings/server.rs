//! The section `server`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{Problems, Profile, Secret, cores, encoding, urls};

/// Each worker is a thread with its own runtime.
const MAX_WORKERS: usize = 256;
/// Linux gives a process no more file descriptors than this by default (`fs.nr_open`).
const MAX_CONNECTIONS: usize = 1_000_000;
const BODY_TIMEOUTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_mins(5)];
/// Hexadecimal, that is 128 bits: no guessing.
const SHORTEST_ADMIN_TOKEN: usize = 32;
const SHUTDOWN_DELAYS: [Duration; 2] = [Duration::ZERO, Duration::from_mins(5)];
const SHUTDOWN_TIMEOUTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_mins(5)];

/// The section `server`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct ServerSettings {
    pub listen: SocketAddr,
    #[serde(with = "encoding::optional")]
    pub admin_listen: Option<SocketAddr>,
    pub admin_token: Secret,
    #[serde(with = "encoding::optional")]
    pub admin_token_file: Option<PathBuf>,
    pub public_url: String,
    #[serde(with = "encoding::optional")]
    pub port_file: Option<PathBuf>,
    pub trusted_proxies: Vec<IpNet>,
    pub cors_origins: Vec<String>,
    pub workers: usize,
    pub max_connections: usize,
    #[serde(with = "encoding::duration")]
    pub body_timeout: Duration,
    #[serde(with = "encoding::duration")]
    pub shutdown_delay: Duration,
    #[serde(with = "encoding::duration")]
    pub shutdown_timeout: Duration,
}

impl ServerSettings {
    /// How many HTTP threads to run.
    #[must_use]
    pub fn worker_count(&self) -> usize {
        if self.workers == 0 { cores().min(MAX_WORKERS) } else { self.workers }
    }

    pub(super) fn read_secrets(&mut self, problems: &mut Problems) {
        let file = self.admin_token_file.as_deref();
        self.admin_token.read_file("server.admin_token", file, problems);
    }

    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        self.check_addresses(profile, problems);
        self.check_admin_token(problems);
        self.check_peers(profile, problems);
        problems.require_within("server.workers", self.workers, &(0..=MAX_WORKERS));
        problems.require_within(
            "server.max_connections",
            self.max_connections,
            &(1..=MAX_CONNECTIONS),
        );
        let [min, max] = BODY_TIMEOUTS;
        problems.require_time_within("server.body_timeout", self.body_timeout, &(min..=max));
        let [min, max] = SHUTDOWN_DELAYS;
        problems.require_time_within("server.shutdown_delay", self.shutdown_delay, &(min..=max));
        let [min, max] = SHUTDOWN_TIMEOUTS;
        problems.require_time_within(
            "server.shutdown_timeout",
            self.shutdown_timeout,
            &(min..=max),
        );
    }

    fn check_addresses(&self, profile: Profile, problems: &mut Problems) {
        let collides = self.listen.port() != 0 && self.admin_listen == Some(self.listen);
        problems.require(!collides, "server.admin_listen", "must differ from server.listen");
        problems.require(
            urls::is_origin(&self.public_url),
            "server.public_url",
            "must be http or https, host and port only, like https://auth.example.org",
        );
        problems.require(
            !profile.is_production() || urls::is_https(&self.public_url),
            "server.public_url",
            "must be https in production",
        );
    }

    fn check_admin_token(&self, problems: &mut Problems) {
        let Some(token) = self.admin_token.get().map(ExposeSecret::expose_secret) else {
            let is_local = |address: SocketAddr| address.ip().to_canonical().is_loopback();
            problems.require(
                self.admin_listen.is_none_or(is_local),
                "server.admin_token",
                "is required where server.admin_listen is not a loopback address",
            );
            return;
        };
        problems.require(
            token.len() >= SHORTEST_ADMIN_TOKEN && token.bytes().all(|b| b.is_ascii_graphic()),
            "server.admin_token",
            format_args!(
                "must be at least {SHORTEST_ADMIN_TOKEN} letters, digits and ASCII signs, without spaces"
            ),
        );
    }

    fn check_peers(&self, profile: Profile, problems: &mut Problems) {
        // Whoever is trusted chooses the address that limits count by (S-56).
        let everyone = self.trusted_proxies.iter().any(|network| network.prefix_len() == 0);
        problems.require(
            !profile.is_production() || !everyone,
            "server.trusted_proxies",
            "must not trust every address in production",
        );
        for origin in &self.cors_origins {
            problems.require(
                urls::is_browser_origin(origin),
                "server.cors_origins",
                format_args!(
                    "{origin:?} is not an exact origin as browsers send it, like https://app.example.org"
                ),
            );
        }
    }
}
