//! What the operator decided, as handlers need it.

use std::sync::Arc;
use std::time::Duration;

use actors::domain::Blocklist;
use actors::notification_dispatch::Templates;

use super::AdminToken;
use crate::settings::{Settings, SmsSettings};
use crate::trusted_proxies::TrustedProxies;

/// Read from the settings once, at start.
pub struct Policy {
    pub(super) password_minimum: usize,
    /// `None` where any password that is long enough will do.
    pub(super) blocklist: Option<Blocklist>,
    pub(super) hide_existing_accounts: bool,
    pub(super) refresh_rotation: bool,
    pub(super) recent_login: Duration,
    pub(super) reset_ttl: Duration,
    pub(super) reset_page_url: String,
    pub(super) sms: SmsSettings,
    pub(super) trusted_proxies: TrustedProxies,
    pub(super) body_timeout: Duration,
    pub(super) admin_token: Option<AdminToken>,
    pub(super) dev_inbox: bool,
    pub(super) templates: Arc<Templates>,
}

impl Policy {
    /// Takes what handlers need.
    #[must_use]
    pub fn of(settings: &Settings, templates: Arc<Templates>) -> Self {
        Self {
            password_minimum: settings.password.min_length,
            blocklist: settings
                .refuses_common_passwords()
                .then(|| Blocklist::new(settings.service_names())),
            hide_existing_accounts: settings.signup.hide_existing_accounts,
            refresh_rotation: settings.tokens.refresh_rotation,
            recent_login: settings.password_reset.recent_login,
            reset_ttl: settings.tokens.reset_ttl,
            reset_page_url: settings.reset_page_url(),
            sms: settings.sms.clone(),
            trusted_proxies: TrustedProxies::new(settings.server.trusted_proxies.clone()),
            body_timeout: settings.server.body_timeout,
            admin_token: settings.server.admin_token.get().map(AdminToken::new),
            dev_inbox: settings.uses_inbox(),
            templates,
        }
    }
}
