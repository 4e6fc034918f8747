//! The token service, from the operator's settings.

use std::sync::Arc;

use actors::runtime::Random;

use crate::settings::Settings;
use crate::tokens::keys::KeyRing;
use crate::tokens::{TokenRules, TokenService};

/// Loads the signing keys; where none are configured, makes one under `storage.path`, once.
pub(super) fn keys(settings: &Settings) -> anyhow::Result<KeyRing> {
    let tokens = &settings.tokens;
    Ok(if tokens.key_files.is_empty() {
        KeyRing::load_or_generate(&settings.storage.path, tokens.algorithm)?
    } else {
        KeyRing::load(&tokens.key_files, tokens.algorithm)?
    })
}

/// Issues and verifies tokens with `ring`.
pub(super) fn service(
    settings: &Settings,
    ring: KeyRing,
    random: Arc<dyn Random>,
) -> anyhow::Result<TokenService> {
    let tokens = &settings.tokens;
    let rules = TokenRules {
        access_ttl: tokens.access_ttl,
        refresh_ttl: tokens.refresh_ttl,
        reset_ttl: tokens.reset_ttl,
        leeway: tokens.leeway,
        cached_tokens: tokens.cache_entries,
        ..TokenRules::new(settings.issuer(), tokens.audience.clone())
    };
    Ok(TokenService::new(rules, ring, random)?)
}
