//! Tests of the embedded store.

mod changes;
mod opening;
mod overlay;

use std::path::Path;

use redb::TableDefinition;

use super::{OpenError, Recovery, Store};
use crate::backend::BackendError;

const CACHE: usize = 1 << 20;
const NOTES: TableDefinition<'_, u64, &str> = TableDefinition::new("notes");

fn open(folder: &Path) -> Store {
    Store::open(folder, CACHE).unwrap()
}

fn refused(folder: &Path) -> OpenError {
    Store::open(folder, CACHE).err().expect("the folder should be refused")
}

async fn note(store: &Store, key: u64, text: &'static str) -> Result<(), BackendError> {
    let change = move |transaction: &redb::WriteTransaction| {
        transaction.open_table(NOTES)?.insert(key, text)?;
        Ok(())
    };
    store.write(change).await
}

async fn noted(store: &Store, key: u64) -> Option<String> {
    let query = move |transaction: &redb::ReadTransaction| {
        let found = transaction.open_table(NOTES)?.get(key)?;
        Ok(found.map(|text| text.value().to_owned()))
    };
    store.read(query).await.unwrap()
}
