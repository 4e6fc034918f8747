//! Where the server meets the world.

use std::sync::Arc;

use actors::runtime::{Clock, OsRandom, Random, SystemClock};

/// What a test may put in place of the world.
#[derive(Clone)]
pub struct Edges {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
}

impl Edges {
    /// The machine's clock and the operating system's randomness.
    #[must_use]
    pub fn real() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(OsRandom) }
    }
}
