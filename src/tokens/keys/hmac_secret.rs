//! HMAC secrets: only what nobody can guess is accepted (S-25).

use std::collections::BTreeSet;

/// RFC 7518 §3.2: a key of the size of the hash output or larger.
const MIN_BYTES: usize = 32;
/// 32 random bytes have 30 distinct values on average; fewer than 8 means that nobody drew them.
const MIN_DISTINCT: usize = 8;

/// Words of sample secrets. 43 random base64 characters hold one of them with chance < 1e-6.
const SAMPLE_WORDS: [&str; 8] =
    ["secret", "password", "changeme", "change-me", "change_me", "example", "replace", "12345678"];

/// The key of RFC 7515 appendix A.1, which many tutorials repeat.
const RFC_7515_SAMPLE: [u8; 64] = [
    3, 35, 53, 75, 43, 15, 165, 188, 131, 126, 6, 101, 119, 123, 166, 143, 90, 179, 40, 230, 240,
    84, 201, 40, 169, 15, 132, 178, 210, 80, 46, 191, 211, 251, 90, 146, 210, 6, 71, 239, 150, 138,
    180, 195, 119, 98, 61, 34, 61, 46, 33, 114, 5, 46, 79, 8, 192, 205, 154, 245, 103, 208, 128,
    163,
];

/// Why an HMAC secret is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    /// Fewer than 32 bytes.
    #[error("it is shorter than 32 bytes")]
    TooShort,
    /// Few distinct bytes, a repeated pattern, or a sequence.
    #[error("its bytes are not random")]
    LowEntropy,
    /// Published in a standard or tutorial, or named like one.
    #[error("it is a well-known sample")]
    Sample,
}

/// Refuses a secret that is short, patterned, or known.
pub(crate) fn check(secret: &[u8]) -> Result<(), WeakSecret> {
    if secret.len() < MIN_BYTES {
        return Err(WeakSecret::TooShort);
    }
    if has_few_values(secret) || is_periodic(secret) || is_progression(secret) {
        return Err(WeakSecret::LowEntropy);
    }
    if is_sample(secret) { Err(WeakSecret::Sample) } else { Ok(()) }
}

fn has_few_values(secret: &[u8]) -> bool {
    secret.iter().collect::<BTreeSet<_>>().len() < MIN_DISTINCT
}

/// Whether a shorter pattern, repeated, gives the secret.
fn is_periodic(secret: &[u8]) -> bool {
    (1..=secret.len() / 2).any(|period| {
        secret.iter().zip(secret.iter().skip(period)).all(|(byte, later)| byte == later)
    })
}

/// Whether each byte is its predecessor plus the same step, like 0, 1, 2, ….
fn is_progression(secret: &[u8]) -> bool {
    let mut steps = secret.iter().zip(secret.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

fn is_sample(secret: &[u8]) -> bool {
    let lower = secret.to_ascii_lowercase();
    let holds = |word: &str| lower.windows(word.len()).any(|window| window == word.as_bytes());
    secret == RFC_7515_SAMPLE || SAMPLE_WORDS.into_iter().any(holds)
}
