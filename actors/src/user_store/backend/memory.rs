//! Accounts in memory: gone with the process. For tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{InsertOutcome, UserBackend};
use crate::backend::{Pending, ready};
use crate::domain::{EmailAddress, Timestamp, UserId};
use crate::user_store::account;
use crate::user_store::{
    ChangePassword, ReplacePasswordHash, ResetLink, UpdateOutcome, User, VerifiedPhone,
};

/// Accounts in memory; clones share them.
#[derive(Clone, Default)]
pub(crate) struct MemoryUsers(Arc<Mutex<Accounts>>);

#[derive(Default)]
struct Accounts {
    by_id: HashMap<UserId, User>,
    by_email: HashMap<String, UserId>,
}

impl MemoryUsers {
    fn with<T: Send + 'static>(&self, run: impl FnOnce(&mut Accounts) -> T) -> Pending<T> {
        ready(run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn update(
        &self,
        id: UserId,
        rule: impl FnOnce(&mut User) -> UpdateOutcome,
    ) -> Pending<UpdateOutcome> {
        self.with(|accounts| accounts.by_id.get_mut(&id).map_or(UpdateOutcome::Stale, rule))
    }
}

impl UserBackend for MemoryUsers {
    fn insert(&self, user: User) -> Pending<InsertOutcome> {
        self.with(|accounts| {
            if accounts.by_email.contains_key(user.email.canonical()) {
                return InsertOutcome::EmailTaken;
            }
            if accounts.by_id.contains_key(&user.id) {
                return InsertOutcome::IdTaken;
            }
            accounts.by_email.insert(user.email.canonical().to_owned(), user.id);
            accounts.by_id.insert(user.id, user);
            InsertOutcome::Inserted
        })
    }

    fn find(&self, id: UserId) -> Pending<Option<User>> {
        self.with(|accounts| accounts.by_id.get(&id).cloned())
    }

    fn find_by_email(&self, email: EmailAddress) -> Pending<Option<User>> {
        self.with(|accounts| {
            let id = accounts.by_email.get(email.canonical())?;
            accounts.by_id.get(id).cloned()
        })
    }

    fn change_password(&self, change: ChangePassword, now: Timestamp) -> Pending<UpdateOutcome> {
        self.update(change.id, |user| account::change_password(user, change, now))
    }

    fn replace_password_hash(&self, replacement: ReplacePasswordHash) -> Pending<UpdateOutcome> {
        self.update(replacement.id, |user| account::replace_password_hash(user, replacement))
    }

    fn record_reset_link(&self, id: UserId, link: ResetLink) -> Pending<UpdateOutcome> {
        self.update(id, |user| account::record_reset_link(user, link))
    }

    fn record_verified_phone(&self, id: UserId, phone: VerifiedPhone) -> Pending<UpdateOutcome> {
        self.update(id, |user| account::record_verified_phone(user, phone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make() -> std::future::Ready<Option<(MemoryUsers, ())>> {
        std::future::ready(Some((MemoryUsers::default(), ())))
    }

    super::super::contract::contract!(make);
}
