//! Several nodes over one MongoDB behave as one (S-96).

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod races;
mod revocation;
