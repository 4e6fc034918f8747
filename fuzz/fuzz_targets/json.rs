//! No bytes make the reader of bodies panic, and it reads nothing that `serde_json` reads otherwise.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bioentrust_auth::fuzzing::json_object(bytes));
