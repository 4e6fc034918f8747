//! Who is calling, as far as the network tells.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::UserAgent;

/// The caller's address (behind configured proxies: the one they report) and self-description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Network address.
    pub ip: IpAddr,
    /// Untrusted text.
    pub user_agent: UserAgent,
}
