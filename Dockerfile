# The server in a container: one program and the libraries it loads, nothing else, not even a shell.
#
#   docker build -t bioentrust-auth .
#   docker run --read-only -v auth-data:/data -p 8080:8080 bioentrust-auth

FROM docker.io/library/rust:1.95-bookworm AS dependencies
# twilio-async links OpenSSL; aws-lc-rs compiles C.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends cmake libssl-dev pkg-config >/dev/null
WORKDIR /build
# The manifests alone, over empty sources: this layer is made anew only when a dependency changes.
COPY Cargo.toml Cargo.lock ./
COPY actors/Cargo.toml actors/
COPY tests/mongod/Cargo.toml tests/mongod/
COPY tests/sinks/Cargo.toml tests/sinks/
COPY tests/support/Cargo.toml tests/support/
RUN mkdir -p src actors/src actors/benches benches/http tests/mongod/src tests/sinks/src tests/support/src \
 && touch src/lib.rs actors/src/lib.rs tests/mongod/src/lib.rs tests/sinks/src/lib.rs tests/support/src/lib.rs \
 && for main in src/main.rs benches/http/main.rs benches/tokens.rs actors/benches/hashing.rs; do \
      echo 'fn main() {}' >"$main"; done \
 && cargo build --release --locked --package bioentrust-auth

FROM dependencies AS program
COPY . .
# Newer than the empty ones above, or cargo would take those for built.
RUN find src actors/src -name '*.rs' -exec touch {} + \
 && cargo build --release --locked --package bioentrust-auth
# The program, what it loads, and who may be trusted over TLS.
RUN mkdir -p /root-fs/bin /root-fs/etc/ssl/certs /root-fs/data /root-fs/tmp \
 && cp target/release/bioentrust-auth /root-fs/bin/ \
 && ldd target/release/bioentrust-auth | grep -o '/[^ ]*' | while read -r library; do \
      install -D "$library" "/root-fs$library"; done \
 && cp /etc/ssl/certs/ca-certificates.crt /root-fs/etc/ssl/certs/ \
 && echo 'auth:x:10001:10001::/data:/none' >/root-fs/etc/passwd \
 && chown 10001:10001 /root-fs/data && chmod 1777 /root-fs/tmp

FROM scratch
COPY --from=program /root-fs /
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV BIOENTRUST_SERVER__LISTEN=0.0.0.0:8080 \
    BIOENTRUST_SERVER__ADMIN_LISTEN=127.0.0.1:9090 \
    BIOENTRUST_STORAGE__PATH=/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/bin/bioentrust-auth", "healthcheck"]
ENTRYPOINT ["/bin/bioentrust-auth"]
LABEL org.opencontainers.image.title="BioEntrust Auth" \
      org.opencontainers.image.description="User accounts over REST: one binary, actors inside" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
