# The server in a container: one program and the libraries it loads, nothing else, not even a shell.
# docs/containers.md tells how to run it.
#
#   docker build -t bioentrust-auth .
#   docker run --read-only --cap-drop all --security-opt no-new-privileges \
#     -v auth-data:/data -p 127.0.0.1:8080:8080 bioentrust-auth

FROM docker.io/library/rust:1.95-bookworm AS toolchain
# twilio-async links OpenSSL; aws-lc-rs compiles C.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends cmake libssl-dev pkg-config >/dev/null \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# The addresses that are set when a program starts are listed by a bit each instead of 24 bytes: 1.3 MB less. The
# C library that is shipped with the program knows how to read that.
ENV RUSTFLAGS="-C link-arg=-Wl,-z,pack-relative-relocs"

# What decides about dependencies, and nothing else: the manifests, over empty sources where cargo
# looks for some (docs/decisions/0022). Without times, so that only a changed manifest changes it.
FROM toolchain AS manifests
COPY . .
RUN find . -type f ! -name 'Cargo.*' ! -path '*/src/lib.rs' ! -path '*/src/main.rs' ! -path '*/benches/*.rs' -delete \
 && find . -name '*.rs' -exec sed -i -e '1c fn main() { }' -e '2,$d' {} + \
 && find . -depth -type d -empty -delete \
 && find . -exec touch -d @0 {} +

FROM toolchain AS dependencies
COPY --from=manifests /build .
RUN cargo build --release --locked --package bioentrust-auth

FROM dependencies AS program
COPY . .
# Newer than the empty ones above, or cargo would take those for built. Not what the dependencies
# generated under target, or cargo would compile them again.
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
 && cargo build --release --locked --package bioentrust-auth
# The program (its symbols stay behind in this stage), what it loads, how names are looked up, whom TLS trusts, and the licences.
RUN mkdir -p /root-fs/bin /root-fs/etc/ssl/certs /root-fs/data /root-fs/licenses \
 && strip -o /root-fs/bin/bioentrust-auth target/release/bioentrust-auth \
 && ldd target/release/bioentrust-auth | grep -o '/[^ ]*' | while read -r library; do \
      install -D "$library" "/root-fs$library"; done \
 && cp /etc/ssl/certs/ca-certificates.crt /root-fs/etc/ssl/certs/ \
 && echo 'hosts: files dns' >/root-fs/etc/nsswitch.conf \
 && echo 'auth:x:10001:10001::/data:/none' >/root-fs/etc/passwd \
 && cp LICENSE-APACHE LICENSE-MIT NOTICE /root-fs/licenses/ \
 && chown 10001:10001 /root-fs/data

FROM scratch
COPY --from=program /root-fs /
USER 10001:10001
WORKDIR /data
VOLUME /data
# These beat a settings file: only what a container needs in any case.
ENV BIOENTRUST_SERVER__LISTEN=0.0.0.0:8080 \
    BIOENTRUST_STORAGE__PATH=/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/bin/bioentrust-auth", "healthcheck"]
ENTRYPOINT ["/bin/bioentrust-auth"]
# Not needed to build anything above: a new revision costs no layer.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="BioEntrust Auth" \
      org.opencontainers.image.description="User accounts over REST: one binary, actors inside" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
