//! PBKDF2-HMAC-SHA256: passlib's `$pbkdf2-sha256$29000$SALT$OUTPUT`, and with named parameters
//! `$pbkdf2-sha256$i=29000,l=32$SALT$OUTPUT`.

use sha2::Sha256;

use super::salted::Salted;
use crate::password_hasher::HashError;
use crate::password_hasher::rules::MAX_PBKDF2_ROUNDS;

/// One block of SHA-256: a longer output would cost its rounds again.
const MAX_OUTPUT: usize = 32;

/// A PBKDF2 hash.
pub(super) struct Pbkdf2Hash {
    rounds: u32,
    salted: Salted,
}

impl Pbkdf2Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix("$pbkdf2-sha256$")?.split('$');
        let (Some(cost), Some(salt), Some(output), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return None;
        };
        let salted = Salted::parse(salt, output)?;
        let (_, length) = salted.lengths();
        let rounds = match cost.strip_prefix("i=") {
            Some(named) => match named.split_once(",l=") {
                Some((rounds, l)) if l.parse() == Ok(length) => rounds,
                Some(_) => return None,
                None => named,
            },
            None => cost,
        };
        let rounds = rounds.parse().ok()?;
        let bearable = (1..=MAX_PBKDF2_ROUNDS).contains(&rounds) && length <= MAX_OUTPUT;
        bearable.then_some(Self { rounds, salted })
    }

    pub(super) fn matches(&self, password: &[u8]) -> Result<bool, HashError> {
        self.salted.matches(|salt, output| {
            pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, self.rounds, output);
            Ok(())
        })
    }
}
