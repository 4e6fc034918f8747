//! No text makes the parser of addresses panic, and whatever it accepts can be written into a mail.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| bioentrust_auth::fuzzing::email(text));
