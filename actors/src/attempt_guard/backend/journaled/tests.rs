//! The contract over each journal.

use std::future::{Ready, ready};
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::attempt_guard::backend::contract::{Open, contract};

impl Journal for Arc<MemoryJournal> {
    fn load(&self) -> Pending<Vec<Kept>> {
        self.as_ref().load()
    }

    fn apply(&self, changes: Changes) -> Pending<()> {
        self.as_ref().apply(changes)
    }
}

mod memory {
    use super::*;

    fn make() -> Ready<Option<(Open, ())>> {
        let journal = Arc::new(MemoryJournal::default());
        let open: Open = Box::new(move |rules| Arc::new(Journaled::over(rules, journal.clone())));
        ready(Some((open, ())))
    }

    contract!(super::make);
}

mod embedded {
    use super::*;

    fn make() -> Ready<Option<(Open, TempDir)>> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), 1 << 20).unwrap();
        let open: Open = Box::new(move |rules| Arc::new(EmbeddedGuard::open(rules, &store)));
        ready(Some((open, folder)))
    }

    contract!(super::make);
}
