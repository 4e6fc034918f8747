//! For benchmarks: the embedded table of accounts, and the document of an account, on their own.

use std::path::Path;

pub use super::backend::UserCodec;
use super::backend::{EmbeddedUsers, InsertOutcome, UserBackend};
use super::{User, UserStoreError};
use crate::StartError;
use crate::domain::{EmailAddress, UserId};
use crate::embedded::Store;

/// Accounts in an embedded store of their own.
pub struct EmbeddedAccounts(EmbeddedUsers);

impl EmbeddedAccounts {
    /// In `folder`, with so many bytes of pages in memory.
    pub async fn open(folder: &Path, cache_bytes: usize) -> Result<Self, StartError> {
        let store = Store::open(folder, cache_bytes)?;
        Ok(Self(EmbeddedUsers::open(&store).await?))
    }

    /// Whether it was added.
    pub async fn insert(&self, user: User) -> Result<bool, UserStoreError> {
        Ok(self.0.insert(user).await? == InsertOutcome::Inserted)
    }

    /// By id.
    pub async fn find(&self, id: UserId) -> Result<Option<User>, UserStoreError> {
        Ok(self.0.find(id).await?)
    }

    /// By address.
    pub async fn find_by_email(&self, email: EmailAddress) -> Result<Option<User>, UserStoreError> {
        Ok(self.0.find_by_email(email).await?)
    }
}
