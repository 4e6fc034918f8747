# Recipes for everyday work; `just` lists them.

default:
    @just --list

# Serve the whole API on the embedded store, with a development inbox.
run *ARGS:
    cargo run --release -- {{ARGS}}

# Everything the README promises to pass.
test:
    cargo test --workspace

# What CI runs.
ci:
    .ci/run

# Format and lint.
check:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Write the generated files that are committed.
generate:
    cargo run --quiet -- openapi > docs/openapi.json

# The tour of the README against a running server.
tour BASE="http://127.0.0.1:8080":
    scripts/tour {{BASE}}

# Criterion micro-benchmarks.
bench:
    cargo bench --workspace --bench ask --bench codecs --bench hashing --bench lookups --bench store --bench tokens

# The side-by-side HTTP benchmark (needs wrk); prints ratios, medians and spread.
bench-http *PARTS:
    cargo bench --bench http -- {{PARTS}}

# Measures everything again and writes it into docs/performance.md and docs/images. An idle machine, an hour.
performance *PARTS:
    cargo bench --bench http -- --write {{PARTS}}

# Ours beside better-auth, fastapi-users and parse-server; see benches/rivals. `just rivals --write` for the page.
rivals *FLAGS:
    cargo bench --bench http -- rivals {{FLAGS}}

# An hour of ordinary traffic with `kill -9` every quarter; SOAK_MINUTES=2 for a try. `just soak --write` for the page.
soak *FLAGS:
    cargo bench --bench soak -- {{FLAGS}}

# Memory and time of a million revocations and pending codes. `--write` for the page.
growth *FLAGS:
    cargo bench -p actors --bench growth -- {{FLAGS}}

# How soon another node refuses a session that was signed out (needs a mongod). `--write` for the page.
revocation-feed *FLAGS:
    cargo bench -p actors --bench revocation_feed -- {{FLAGS}}

# The container image, labelled with version and revision. ENGINE=podman works too.
image *FLAGS:
    ${ENGINE:-docker} build -t bioentrust-auth {{FLAGS}} \
      --build-arg VERSION="$(cargo pkgid | sed 's/.*[#@]//')" --build-arg REVISION="$(git rev-parse HEAD)" .

# Build the image, run it as a careful operator would, check what it promises.
container-check *IMAGE:
    scripts/container-check {{IMAGE}}

# Check the Kubernetes manifests against their schemas.
check-manifests:
    scripts/check-manifests

# A bill of materials of what is compiled into the program: target/sbom.cdx.json (CycloneDX).
sbom:
    command -v cargo-cyclonedx >/dev/null || cargo install cargo-cyclonedx --version 0.5.9 --locked
    cargo cyclonedx --quiet --format json --spec-version 1.5 --describe binaries --no-build-deps
    mkdir -p target
    mv bioentrust-auth_bin.cdx.json target/sbom.cdx.json

# Whether response times tell who has an account; see docs/security.md.
oracle ROUNDS="300":
    cargo bench --bench oracle -- {{ROUNDS}}
