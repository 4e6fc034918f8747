//! What a counter is filed under, where a store outside memory must not hold addresses.

use sha2::{Digest, Sha256};

/// A truncated SHA-256 of a purpose and a subject: 16 bytes however long the subject was. At 128
/// bits two subjects never share a digest by chance.
pub(crate) fn digest16(purpose: &str, subject: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in std::iter::once(purpose.as_bytes()).chain(subject.iter().copied()) {
        // Length first, so that no two lists of parts read alike.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_parts_read_alike() {
        let digests = [
            digest16("a", &[b"bc"]),
            digest16("ab", &[b"c"]),
            digest16("a", &[b"b", b"c"]),
            digest16("a", &[b"bc", b""]),
            digest16("a", &[]),
        ];
        let distinct: std::collections::HashSet<_> = digests.iter().collect();
        assert_eq!(distinct.len(), digests.len());
    }
}
