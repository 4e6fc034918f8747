//! scrypt in passlib's and PHC's format: `$scrypt$ln=16,r=8,p=1$SALT$OUTPUT`.

use scrypt::Params;

use super::salted::Salted;
use crate::password_hasher::HashError;
use crate::password_hasher::rules::{MAX_SCRYPT_BLOCKS, MAX_SCRYPT_WORK};

/// A scrypt hash.
pub(super) struct ScryptHash {
    params: Params,
    salted: Salted,
}

impl ScryptHash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix("$scrypt$")?.split('$');
        let (Some(cost), Some(salt), Some(output), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return None;
        };
        let (log_n, r_and_p) = cost.strip_prefix("ln=")?.split_once(",r=")?;
        let (r, p) = r_and_p.split_once(",p=")?;
        let (log_n, r, p): (u8, u32, u32) = (log_n.parse().ok()?, r.parse().ok()?, p.parse().ok()?);
        let blocks = 1_u64.checked_shl(log_n.into())?.checked_mul(r.into())?;
        let work = blocks.checked_mul(p.into())?;
        if blocks > MAX_SCRYPT_BLOCKS || work > MAX_SCRYPT_WORK {
            return None;
        }
        let params = Params::new(log_n, r, p).ok()?;
        Some(Self { params, salted: Salted::parse(salt, output)? })
    }

    pub(super) fn matches(&self, password: &[u8]) -> Result<bool, HashError> {
        self.salted.matches(|salt, output| {
            scrypt::scrypt(password, salt, &self.params, output).map_err(|_| HashError::Failed)
        })
    }
}
