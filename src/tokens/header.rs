//! The protected header: exactly `alg`, `typ` and `kid`.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// Anything else (`crit`, `jku`, `jwk`, `x5u`, `x5c`, `zip`, `b64`, `cty`, …) is refused, as is
/// a repeated member: nothing in a token may say how to verify it (S-22).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header<'a> {
    pub(super) alg: &'a str,
    pub(super) typ: &'a str,
    pub(super) kid: &'a str,
}

impl<'a> Header<'a> {
    /// Reads an object; serde alone would take an array of the values too.
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, Refusal> {
        if !json.starts_with(b"{") {
            return Err(Refusal::MalformedHeader);
        }
        serde_json::from_slice(json).map_err(|_| Refusal::MalformedHeader)
    }
}
