//! What the machine allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to `wanted`, for this process and those it starts. False,
/// and said aloud, where the hard limit is lower: a test that needs them must be skipped.
#[must_use]
#[expect(clippy::print_stderr, reason = "whoever runs the tests must see what was not tested")]
pub fn allow_open_files(wanted: u64) -> bool {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return true;
    }
    if limit.maximum.is_some_and(|maximum| maximum < wanted) {
        eprintln!("SKIPPED: the hard limit of open files is below {wanted}");
        return false;
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok()
}
