//! How the server under test is set up.

/// As in production as far as one client can be many: every limit counts, and none refuses.
pub const SETTINGS: &[(&str, &str)] = &[
    ("BIOENTRUST_SERVER__WORKERS", "2"),
    ("BIOENTRUST_SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
    // An acknowledged refresh then is one that must not be forgotten.
    ("BIOENTRUST_TOKENS__REFRESH_ROTATION", "true"),
    // Full after minutes: what grows later is something else.
    ("BIOENTRUST_TOKENS__CACHE_ENTRIES", "1024"),
    ("BIOENTRUST_LIMITS__ENABLED", "true"),
    ("BIOENTRUST_LIMITS__PER_IP", "true"),
    ("BIOENTRUST_LIMITS__PER_DESTINATION", "true"),
    ("BIOENTRUST_LIMITS__SIGN_IN_PER_IP", "100000/1m"),
    ("BIOENTRUST_LIMITS__SIGN_UP_PER_IP", "100000/1m"),
    ("BIOENTRUST_LIMITS__VERIFY_PER_IP", "100000/1m"),
    ("BIOENTRUST_LIMITS__RESET_PASSWORD_PER_IP", "100000/1m"),
    ("BIOENTRUST_LIMITS__REFRESH_PER_IP", "100000/1m"),
    ("BIOENTRUST_LIMITS__STUFFING_PER_IP", "100/1s"),
    ("BIOENTRUST_LIMITS__SENDS_PER_IP", "100/1s"),
    ("BIOENTRUST_LIMITS__EMAILS", "1000000/1h"),
];
