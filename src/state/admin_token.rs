//! The token of the admin listener.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What an operator must present. Only its digest is kept, so a comparison takes the same time
/// whatever is presented, however long it is.
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// Of the token in the settings.
    #[must_use]
    pub fn new(token: &SecretString) -> Self {
        Self(digest(token.expose_secret()))
    }

    /// Whether `presented` is the token.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        verify_slices_are_equal(&self.0, &digest(presented)).is_ok()
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_whole_token_matches() {
        let text = "0123456789abcdef0123456789abcdef";
        let token = AdminToken::new(&text.into());
        assert!(token.matches(text));
        for other in ["", "0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF", &text.repeat(2)] {
            assert!(!token.matches(other), "{other}");
        }
    }
}
