//! Forged, altered, misplaced and confused tokens.

mod claims;
mod confusion;
mod headers;
mod kinds;
mod paths;
mod places;
mod spelling;
