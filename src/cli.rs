//! The command line: what may be typed, and nothing about how it is done.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  bioentrust-auth                                      serve with the built-in defaults
  bioentrust-auth --config production.toml             serve with a file on top of them
  bioentrust-auth --config production.toml config check
  BIOENTRUST_LOG__LEVEL=debug bioentrust-auth serve

Settings: the built-in defaults, then FILE, then the environment (BIOENTRUST_SECTION__KEY).
`bioentrust-auth config show` prints what is in effect.";

/// Enough for any disk; keeps numbers far from the end of their type.
const MOST_SEEDED: u64 = 1_000_000_000;

/// User accounts over REST: sign-up, sign-in, tokens, one-time codes.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "bioentrust-auth", version, after_help = EXAMPLES)]
pub struct Cli {
    /// Settings file in TOML; `BIOENTRUST_CONFIG` can name it too
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the server until SIGTERM or Ctrl-C (the default)
    Serve,
    /// Check or show the settings, without starting anything
    Config {
        /// What to do with them.
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Work on the words of mails and text messages
    Templates {
        /// What to do with them.
        #[command(subcommand)]
        action: TemplatesAction,
    },
    /// Print the `OpenAPI` document of every endpoint.
    #[command(about = "Print the OpenAPI document of every endpoint")]
    Openapi,
    /// Move accounts, sessions and counters to the other store, while no server runs
    Migrate {
        /// The store that holds everything
        #[arg(long, value_name = "STORE")]
        from: StoreName,
        /// The store to fill; it must be empty
        #[arg(long, value_name = "STORE")]
        to: StoreName,
        /// Go on with a run that was broken off: the target may hold what that has moved
        #[arg(long)]
        resume: bool,
    },
    /// Make accounts for load tests in the configured store, while no server runs on it
    Seed(SeedArgs),
    /// Ask a running server whether it is ready: exit code 0 if so, 1 if not
    Healthcheck {
        /// Address to ask [default: /health/ready at server.listen]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
}

/// Which accounts to make.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SeedArgs {
    /// How many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_SEEDED))]
    pub users: u64,
    /// Number of the first; the same number is the same account again
    #[arg(
        long, value_name = "N", default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(..=MOST_SEEDED),
    )]
    pub start: u64,
    /// File to write, with a line "email,password" for each, as drill reads it
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// What their password hashes cost
    #[arg(long, value_name = "COST", value_enum, default_value_t = PasswordCost::Configured)]
    pub password_cost: PasswordCost,
}

/// What the password hash of a seeded account costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PasswordCost {
    /// What the section password of the settings says
    Configured,
    /// Next to nothing: renewed at the first sign-in if the server's cost is another
    Least,
}

/// A store to move from or to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoreName {
    /// The file under storage.path
    Embedded,
    /// The database storage.database at storage.uri
    Mongodb,
}

/// What to do with the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigAction {
    /// Name every problem: exit code 0 if there is none, 1 otherwise
    Check,
    /// Print the settings in effect as TOML, secrets as ***
    Show,
}

/// What to do with the templates.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TemplatesAction {
    /// Write every message with sample data to files, and an index.html that shows them
    Preview {
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Folder of templates to try [default: notices.templates]
        #[arg(long, value_name = "DIR")]
        templates: Option<PathBuf>,
    },
}

impl Cli {
    /// The command given, or the default one.
    #[must_use]
    pub fn requested(&self) -> Command {
        self.command.clone().unwrap_or(Command::Serve)
    }
}

/// Where a server that listens on `listen` tells from the same machine whether it is ready.
#[must_use]
pub fn ready_url(listen: SocketAddr) -> String {
    let host = match listen.ip() {
        // "All addresses" cannot be asked; the loopback one is among them.
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}/health/ready", SocketAddr::new(host, listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    fn migrate(from: StoreName, to: StoreName, resume: bool) -> Command {
        Command::Migrate { from, to, resume }
    }

    fn seed(users: u64, start: u64, csv: Option<&str>, password_cost: PasswordCost) -> Command {
        Command::Seed(SeedArgs { users, start, csv: csv.map(PathBuf::from), password_cost })
    }

    fn preview(templates: Option<&str>) -> Command {
        let (out, templates) = (PathBuf::from("a"), templates.map(PathBuf::from));
        Command::Templates { action: TemplatesAction::Preview { out, templates } }
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_understood_and_serve_is_the_default() {
        for (line, expected) in [
            ("bioentrust-auth", Command::Serve),
            ("bioentrust-auth serve", Command::Serve),
            ("bioentrust-auth config check", Command::Config { action: ConfigAction::Check }),
            ("bioentrust-auth config show", Command::Config { action: ConfigAction::Show }),
            ("bioentrust-auth openapi", Command::Openapi),
            ("bioentrust-auth templates preview --out a", preview(None)),
            ("bioentrust-auth templates preview --out a --templates b", preview(Some("b"))),
            (
                "bioentrust-auth migrate --from embedded --to mongodb",
                migrate(StoreName::Embedded, StoreName::Mongodb, false),
            ),
            (
                "bioentrust-auth migrate --from mongodb --to embedded --resume",
                migrate(StoreName::Mongodb, StoreName::Embedded, true),
            ),
            ("bioentrust-auth seed --users 5", seed(5, 0, None, PasswordCost::Configured)),
            (
                "bioentrust-auth seed --users 5 --start 7 --csv a.csv --password-cost least",
                seed(5, 7, Some("a.csv"), PasswordCost::Least),
            ),
            ("bioentrust-auth healthcheck", Command::Healthcheck { url: None }),
            (
                "bioentrust-auth healthcheck --url http://localhost:1/x",
                Command::Healthcheck { url: Some("http://localhost:1/x".to_owned()) },
            ),
        ] {
            assert_eq!(parse(line).unwrap().requested(), expected, "{line}");
        }
    }

    #[test]
    fn the_file_may_be_named_before_or_after_the_command() {
        for line in [
            "bioentrust-auth --config a.toml",
            "bioentrust-auth --config a.toml serve",
            "bioentrust-auth serve --config a.toml",
            "bioentrust-auth config check --config=a.toml",
        ] {
            assert_eq!(parse(line).unwrap().config, Some(PathBuf::from("a.toml")), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_name() {
        for (line, name) in [
            ("bioentrust-auth server", "server"),
            ("bioentrust-auth --port 80", "--port"),
            ("bioentrust-auth config edit", "edit"),
            ("bioentrust-auth serve now", "now"),
            ("bioentrust-auth migrate --from embedded --to redis", "redis"),
            ("bioentrust-auth seed --users 0", "--users"),
            ("bioentrust-auth seed --users 1 --start 1000000001", "--start"),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(parse("bioentrust-auth config").is_err());
        assert!(parse("bioentrust-auth --config").is_err());
    }

    #[test]
    fn the_help_tells_a_person_all_there_is() {
        let help = Cli::command().render_long_help().to_string();
        for text in [
            "User accounts over REST",
            "Usage: bioentrust-auth [OPTIONS] [COMMAND]",
            "Run the server until SIGTERM or Ctrl-C (the default)",
            "Check or show the settings",
            "Print the OpenAPI document",
            "Move accounts, sessions and counters to the other store",
            "Make accounts for load tests",
            "Work on the words of mails and text messages",
            "Ask a running server whether it is ready",
            "--config <FILE>",
            "BIOENTRUST_CONFIG",
            "Examples:",
            "BIOENTRUST_SECTION__KEY",
            "--version",
        ] {
            assert!(help.contains(text), "{text:?} is missing in\n{help}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }

    #[test]
    fn a_server_on_all_addresses_is_asked_on_the_loopback_one() {
        for (listen, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080/health/ready"),
            ("0.0.0.0:80", "http://127.0.0.1:80/health/ready"),
            ("[::]:8080", "http://[::1]:8080/health/ready"),
            ("10.1.2.3:8080", "http://10.1.2.3:8080/health/ready"),
        ] {
            assert_eq!(ready_url(listen.parse().unwrap()), url);
        }
    }
}
