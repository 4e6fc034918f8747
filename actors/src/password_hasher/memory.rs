//! The memory one lane fills: kept between hashes, given back when there are none.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use super::HashError;

/// glibc maps an allocation above 32 MiB (its `DEFAULT_MMAP_THRESHOLD_MAX`) on its own and
/// unmaps it when it is dropped. A smaller one may stay with its arena for ever. Pages that are
/// reserved and not touched cost nothing.
const ALWAYS_MAPPED: usize = 33 * 1024 * 1024 / Block::SIZE;

/// Which Argon2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
}

/// The one that new hashes are made with (RFC 9106 §4).
pub(super) const ARGON2ID: Variant =
    Variant { algorithm: Algorithm::Argon2id, version: Version::V0x13 };

/// Argon2 blocks. Keeping them spares the page faults of fresh ones, whatever the allocator does.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    /// The parameters of each hash computed here.
    #[cfg(test)]
    pub(super) computed: Vec<Params>,
}

impl Memory {
    /// Fills `output` with the hash of `password`.
    pub(super) fn argon2(
        &mut self,
        variant: Variant,
        params: &Params,
        password: &[u8],
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), HashError> {
        self.grow(params.block_count())?;
        #[cfg(test)]
        self.computed.push(params.clone());
        Argon2::new(variant.algorithm, variant.version, params.clone())
            .hash_password_into_with_memory(password, salt, output, &mut self.blocks)
            .map_err(|_| HashError::Failed)
    }

    /// Blocks held, of 1 KiB each.
    pub(super) fn held(&self) -> usize {
        self.blocks.len()
    }

    /// Gives the memory back. It is wiped: the last blocks of a hash lead to its output.
    pub(super) fn release(&mut self) {
        self.blocks.iter_mut().zeroize();
        self.blocks = Vec::new();
    }

    fn grow(&mut self, count: usize) -> Result<(), HashError> {
        if self.held() < count {
            self.release();
            // Refuses where the system does, instead of aborting the process.
            self.blocks
                .try_reserve_exact(count.max(ALWAYS_MAPPED))
                .map_err(|_| HashError::Failed)?;
            self.blocks.resize(count, Block::new());
        }
        Ok(())
    }
}
