//! What every scheme has: a salt, and the output to be found again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::password_hasher::HashError;

/// Bytes of an output: fewer are found by chance, more are in no format read here.
const OUTPUTS: std::ops::RangeInclusive<usize> = 16..=MAX_OUTPUT;
const MAX_OUTPUT: usize = 64;
const MAX_SALT: usize = 64;

/// Salt and output of a stored hash.
pub(super) struct Salted {
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Salted {
    /// `None` when the lengths are not those of a password hash.
    pub(super) fn new(salt: &[u8], output: &[u8]) -> Option<Self> {
        let fits = (1..=MAX_SALT).contains(&salt.len()) && OUTPUTS.contains(&output.len());
        fits.then(|| Self { salt: salt.to_vec(), output: output.to_vec() })
    }

    /// From the two last fields of a text: base64 without padding, or passlib's variant of it
    /// with `.` for `+`.
    pub(super) fn parse(salt: &str, output: &str) -> Option<Self> {
        let decode = |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).ok();
        Self::new(&decode(salt)?, &decode(output)?)
    }

    /// Bytes of salt and output.
    pub(super) fn lengths(&self) -> (usize, usize) {
        (self.salt.len(), self.output.len())
    }

    /// Whether `derive` makes the same output from the salt. Compares in constant time.
    pub(super) fn matches(
        &self,
        derive: impl FnOnce(&[u8], &mut [u8]) -> Result<(), HashError>,
    ) -> Result<bool, HashError> {
        let mut room = Zeroizing::new([0; MAX_OUTPUT]);
        let derived = room.get_mut(..self.output.len()).ok_or(HashError::Failed)?;
        derive(&self.salt, derived)?;
        Ok(derived.ct_eq(&self.output).into())
    }
}
