//! Passwords that nobody may choose: those that many have, and those made of what everybody
//! knows about their owner (S-08). Needs no network.

mod common;
mod context;
mod folded;
#[cfg(test)]
mod tests;

use super::{EmailAddress, Password, PersonName, PhoneNumber};
use common::CommonPasswords;
use context::Words;
use folded::Folded;

/// What is refused. Built once: it sorts nothing and copies no password of the list.
pub struct Blocklist {
    common: CommonPasswords,
    service: Words,
}

/// Whose password it is to be.
pub struct Owner<'a> {
    /// The part before the `@` counts.
    pub email: &'a EmailAddress,
    /// Given name.
    pub first_name: &'a PersonName,
    /// Family name.
    pub last_name: &'a PersonName,
    /// The verified number, if any.
    pub phone: Option<&'a PhoneNumber>,
}

impl Blocklist {
    /// The built-in list, and the names of the service: each counts whole and word by word.
    pub fn new<'n>(service_names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut service = Words::default();
        service_names.into_iter().for_each(|name| service.add(name));
        Self { common: CommonPasswords::built_in(), service }
    }

    /// Whether `password` is common, or mainly consists of names that belong to `owner` or to the
    /// service. Upper and lower case do not matter.
    #[must_use]
    pub fn blocks(&self, password: &Password, owner: &Owner<'_>) -> bool {
        let folded = Folded::of(password.expose());
        self.common.contains(&folded) || self.words_around(owner).make_up(&folded)
    }

    fn words_around(&self, owner: &Owner<'_>) -> Words {
        let mut words = self.service.clone();
        let address = owner.email.canonical();
        words.add(address.split_once('@').map_or(address, |(local, _)| local));
        let (first, last) = (owner.first_name.as_str(), owner.last_name.as_str());
        words.add(&format!("{first} {last}"));
        words.add(&format!("{last} {first}"));
        if let Some(phone) = owner.phone {
            words.add_phone(phone);
        }
        words
    }
}
