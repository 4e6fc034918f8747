//! Counters on their way from or to another store.

use redb::ReadableTable;

use super::Journal;
use super::embedded::{EmbeddedJournal, TABLE, kept};
use super::record::{Changes, Kept, Record};
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::{GuessBudget, KnownClients, SignInFailures, SignUpNotice};
use crate::backend::Pending;
use crate::embedded;
use crate::migrate::{AsOf, Cursor, Movable, Page, Put};
use crate::user_store::{EmbeddedUsers, User};

/// A counter whose record needs no other to be understood.
trait Counter: Sized + Send + 'static {
    /// `None`: the record is of another kind.
    fn read(kept: Kept) -> Option<Self>;
    fn kept(self) -> Kept;
}

impl Counter for SignInFailures {
    fn read(Kept { key, record, .. }: Kept) -> Option<Self> {
        let Record::Account(failures) = record else { return None };
        Some(Self { key, failures })
    }

    fn kept(self) -> Kept {
        let expires_at = self.failures.expires_at();
        Kept { key: self.key, record: Record::Account(self.failures), expires_at }
    }
}

impl Counter for GuessBudget {
    fn read(Kept { key, record, expires_at }: Kept) -> Option<Self> {
        let Record::Guesses(guesses) = record else { return None };
        Some(Self { key, guesses, expires_at })
    }

    fn kept(self) -> Kept {
        let Self { key, guesses, expires_at } = self;
        Kept { key, record: Record::Guesses(guesses), expires_at }
    }
}

impl Counter for SignUpNotice {
    fn read(Kept { key, record, expires_at }: Kept) -> Option<Self> {
        (record == Record::Notice).then_some(Self { key, expires_at })
    }

    fn kept(self) -> Kept {
        Kept { key: self.key, record: Record::Notice, expires_at: self.expires_at }
    }
}

impl<C: Counter> Movable<C> for EmbeddedJournal {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<C>> {
        self.0.read(move |transaction| {
            embedded::page(&transaction.open_table(TABLE)?, after.as_ref(), |key, bytes| {
                let kept = kept(key, bytes)?;
                Ok(if as_of.now < kept.expires_at { C::read(kept) } else { None })
            })
        })
    }

    fn put(&self, batch: Vec<C>, _: AsOf) -> Pending<Put> {
        save(self, batch.into_iter().map(C::kept))
    }
}

fn save(journal: &EmbeddedJournal, all: impl Iterator<Item = Kept>) -> Pending<Put> {
    let mut changes = Changes::default();
    for Kept { key, record, expires_at } in all {
        changes.save(key, record, expires_at);
    }
    let applied = journal.apply(changes);
    Box::pin(async move { applied.await.map(|()| Put::Done) })
}

/// The known addresses of accounts. Only an account's e-mail address tells which they are.
pub(crate) struct EmbeddedKnown {
    journal: EmbeddedJournal,
    users: EmbeddedUsers,
}

impl EmbeddedKnown {
    pub(crate) fn new(journal: EmbeddedJournal, users: EmbeddedUsers) -> Self {
        Self { journal, users }
    }
}

impl Movable<KnownClients> for EmbeddedKnown {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<KnownClients>> {
        let (journal, users) = (self.journal.clone(), self.users.page(after, as_of));
        Box::pin(async move {
            let Page { entities: users, next } = users.await?;
            let reading = journal.0.read(move |transaction| {
                let table = transaction.open_table(TABLE)?;
                let read = |user| known_of(&table, user, as_of).transpose();
                users.iter().filter_map(read).collect()
            });
            Ok(Page { entities: reading.await?, next })
        })
    }

    fn put(&self, batch: Vec<KnownClients>, _: AsOf) -> Pending<Put> {
        save(
            &self.journal,
            batch.into_iter().map(|KnownClients { known: key, addresses, .. }| {
                let expires_at = addresses.expires_at();
                Kept { key, record: Record::Known(addresses), expires_at }
            }),
        )
    }
}

fn known_of(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    user: &User,
    as_of: AsOf,
) -> Result<Option<KnownClients>, redb::Error> {
    let known = GuardKey::known(&user.email);
    let Some(bytes) = table.get(known.as_bytes().as_slice())? else { return Ok(None) };
    let Kept { record, expires_at, .. } = kept(known.as_bytes(), bytes.value())?;
    let account = GuardKey::account(&user.email);
    Ok(match record {
        Record::Known(addresses) if as_of.now < expires_at => {
            Some(KnownClients { account, known, addresses })
        }
        _ => None,
    })
}
