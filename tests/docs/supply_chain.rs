//! What the program is made of (S-102 to S-104).

use crate::page::{read, root};

/// A package of the lock file.
struct Package {
    name: String,
    version: Vec<u64>,
    source: String,
}

fn packages() -> Vec<Package> {
    let lock = read("Cargo.lock");
    let field = |block: &str, name: &str| {
        let prefix = format!("{name} = \"");
        let value = block.lines().find_map(|line| line.strip_prefix(&prefix));
        value.unwrap_or_default().trim_end_matches('"').to_owned()
    };
    let blocks = lock.split("[[package]]").skip(1);
    let package = |block: &str| Package {
        name: field(block, "name"),
        version: version(&field(block, "version")),
        source: field(block, "source"),
    };
    blocks.map(package).collect()
}

fn version(text: &str) -> Vec<u64> {
    let release = text.split(['-', '+']).next().unwrap_or_default();
    release.split('.').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn s_102_no_version_with_a_known_hole_is_locked() {
    let packages = packages();
    assert!(packages.len() > 100);
    // Of several lines of versions, each has its own first sound one; bytes 0.5 never had the hole.
    for (name, line, sound) in [
        ("jsonwebtoken", "", "10.3.0"),
        ("actix-http", "", "3.12.1"),
        ("tracing-subscriber", "", "0.3.20"),
        ("idna", "", "1.0.3"),
        ("lettre", "", "0.11.22"),
        ("rustls-webpki", "", "0.103.13"),
        ("rustls", "", "0.23.18"),
        ("h2", "", "0.4.16"),
        ("bytes", "1.", "1.11.1"),
        ("time", "", "0.3.47"),
        ("rand", "0.8.", "0.8.6"),
        ("rand", "0.9.", "0.9.3"),
        ("rand", "0.10.", "0.10.1"),
    ] {
        let of_line = |package: &&Package| {
            let text: Vec<_> = package.version.iter().map(u64::to_string).collect();
            package.name == name && text.join(".").starts_with(line)
        };
        for package in packages.iter().filter(of_line) {
            assert!(package.version >= version(sound), "{name} {:?}", package.version);
        }
    }
    for name in ["dotenv", "rsa"] {
        assert!(packages.iter().all(|package| package.name != name), "{name}");
    }
}

#[test]
fn s_103_what_is_built_is_locked_and_from_the_registry() {
    for package in packages() {
        let is_ours = package.source.is_empty();
        assert!(is_ours || package.source.starts_with("registry+"), "{}", package.name);
    }
    let deny = read("deny.toml");
    assert!(deny.contains("unknown-registry = \"deny\"\nunknown-git = \"deny\""));
    for file in [".ci/run", "Dockerfile"] {
        for line in read(file).lines().filter(|line| !line.trim_start().starts_with('#')) {
            let builds = ["cargo build", "cargo test", "cargo clippy", "cargo run"];
            let builds = builds.iter().any(|command| line.contains(command));
            assert!(!builds || line.contains("--locked"), "{file}: {line}");
        }
    }
}

#[test]
fn s_104_own_code_has_no_unsafe_no_panics_and_checked_sums() {
    let manifest = read("Cargo.toml");
    for line in [
        "unsafe_code = \"forbid\"",
        "unwrap_used = \"deny\"",
        "expect_used = \"deny\"",
        "panic = \"deny\"",
        "indexing_slicing = \"deny\"",
        "overflow-checks = true",
    ] {
        assert!(manifest.lines().any(|other| other == line), "{line}");
    }
    for member in [".", "actors", "benches/support", "tests/mongod", "tests/sinks", "tests/support"]
    {
        let manifest = read(root().join(member).join("Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member}");
    }
}
