//! The passwords that many people have.

use super::Folded;

/// 16 000 passwords of 8 characters or more, from two lists made of breaches. The file's head
/// says which, `scripts/common-passwords` makes it.
const TEXT: &str = include_str!("common-passwords.txt");

/// The list; the binary holds its text, this only where each line is (250 KiB).
pub(super) struct CommonPasswords(Vec<&'static str>);

impl CommonPasswords {
    pub(super) fn built_in() -> Self {
        Self(TEXT.lines().filter(|line| !line.starts_with("# ")).collect())
    }

    pub(super) fn contains(&self, password: &Folded) -> bool {
        self.0.binary_search(&&**password).is_ok()
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> &[&'static str] {
        &self.0
    }
}
