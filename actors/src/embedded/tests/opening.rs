//! What may be opened, and what is refused untouched.

use std::fs;
use std::path::PathBuf;

use redb::{Database, DatabaseError, RepairSession};

use super::super::open::{FORMAT, FORMAT_KEY, META};
use super::*;

fn file(folder: &Path) -> PathBuf {
    folder.join("store.redb")
}

/// Refuses the folder, and checks that its file is what it was.
fn refused_untouched(folder: &Path) -> OpenError {
    let before = fs::read(file(folder)).unwrap();
    let error = refused(folder);
    assert!(error.to_string().contains(folder.to_str().unwrap()), "{error}");
    assert!(fs::read(file(folder)).unwrap() == before, "the file was written to: {error}");
    error
}

/// The bytes of a store of some hundred pages, closed in order.
async fn filled(folder: &Path) -> Vec<u8> {
    let store = open(folder);
    let fill = |transaction: &redb::WriteTransaction| {
        let mut table = transaction.open_table(NOTES)?;
        for key in 0..10_000 {
            table.insert(key, "enough text to fill the pages of a table")?;
        }
        Ok(())
    };
    store.write(fill).await.unwrap();
    note(&store, 10_000, "last").await.unwrap();
    drop(store);
    fs::read(file(folder)).unwrap()
}

#[test]
fn a_folder_is_open_once_and_the_refusal_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let _store = open(folder.path());
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
}

#[test]
fn a_locked_folder_is_not_even_looked_into() {
    // Two first starts at the same moment: one creates the store, the other is refused.
    let folder = tempfile::tempdir().unwrap();
    let lock = fs::File::create(folder.path().join("store.lock")).unwrap();
    lock.lock().unwrap();
    assert!(matches!(refused(folder.path()), OpenError::InUse(_)));
    assert!(!file(folder.path()).exists());
}

#[test]
fn a_file_that_something_else_has_open_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let _tool = Database::open(file(folder.path())).unwrap();
    assert!(matches!(refused(folder.path()), OpenError::InUse(_)));
}

#[test]
fn files_that_are_no_store_are_refused_untouched() {
    for content in ["", "\0", "a text", &"\0".repeat(4096), &"a longer text".repeat(10_000)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(file(folder.path()), content).unwrap();
        let error = refused_untouched(folder.path());
        assert!(matches!(error, OpenError::Damaged { .. }), "{} bytes: {error}", content.len());
    }
}

#[tokio::test]
async fn a_truncated_file_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let whole = filled(folder.path()).await;
    for keep in (1..16).map(|part| whole.len() * part / 16).chain([1, 300, whole.len() - 1]) {
        fs::write(file(folder.path()), &whole[..keep]).unwrap();
        let error = refused_untouched(folder.path());
        assert!(matches!(error, OpenError::Damaged { .. }), "{keep} bytes: {error}");
    }
    fs::write(file(folder.path()), whole).unwrap();
    assert_eq!(noted(&open(folder.path()), 10_000).await.as_deref(), Some("last"));
}

#[test]
fn damage_anywhere_in_the_file_is_harmless_or_refused_untouched_but_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let whole = fs::read(file(folder.path())).unwrap();
    let mut refusals = 0;
    // 607 is prime: each page is hit somewhere else.
    for position in (0..128).step_by(3).chain((128..whole.len()).step_by(607)) {
        let mut damaged = whole.clone();
        damaged[position] ^= 0xff;
        fs::write(file(folder.path()), &damaged).unwrap();
        match Store::open(folder.path(), CACHE) {
            Ok(_) => {}
            Err(OpenError::Damaged { .. }) => {
                refusals += 1;
                assert!(fs::read(file(folder.path())).unwrap() == damaged, "byte {position}");
            }
            Err(error) => panic!("byte {position}: {error}"),
        }
    }
    assert!(refusals > 0);
}

#[test]
fn another_database_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(Database::create(file(folder.path())).unwrap());
    assert!(matches!(refused_untouched(folder.path()), OpenError::Damaged { .. }));
}

#[test]
fn a_newer_format_is_refused_untouched_and_an_unknown_older_one_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    for (format, newer) in [(FORMAT + 1, true), (u32::MAX, true), (0, false)] {
        drop(fs::remove_file(file(folder.path())));
        drop(open(folder.path()));
        let database = Database::open(file(folder.path())).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(META).unwrap().insert(FORMAT_KEY, format).unwrap();
        transaction.commit().unwrap();
        drop(database);
        match refused_untouched(folder.path()) {
            OpenError::Newer { found, .. } => assert!(newer && found == format),
            OpenError::Damaged { .. } => assert!(!newer),
            error => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_store_that_was_killed_opens_with_all_that_was_acknowledged() {
    // F-07, for the store itself: the copy is what a killed process leaves behind.
    for recovery in [Recovery::Quick, Recovery::Walk] {
        let (folder, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open_with(folder.path(), CACHE, recovery).unwrap();
        for key in 0..20 {
            note(&store, key, "acknowledged").await.unwrap();
        }
        fs::copy(file(folder.path()), file(killed.path())).unwrap();
        drop(store);
        assert_eq!(is_walked(&file(killed.path())), recovery == Recovery::Walk);
        let recovered = open(killed.path());
        assert_eq!(noted(&recovered, 19).await.as_deref(), Some("acknowledged"));
        note(&recovered, 20, "after").await.unwrap();
    }
}

/// Whether all of a killed store must be read to open it. Tried on a copy.
fn is_walked(file: &Path) -> bool {
    let copy = tempfile::NamedTempFile::new().unwrap();
    fs::copy(file, copy.path()).unwrap();
    let opened = Database::builder().set_repair_callback(RepairSession::abort).open(copy.path());
    matches!(opened.map(drop), Err(DatabaseError::RepairAborted))
}

#[tokio::test]
async fn an_interrupted_creation_is_begun_again() {
    for leftover in ["", "half a store", &"\0".repeat(80_000)] {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("store.redb.new");
        fs::write(&new, leftover).unwrap();
        note(&open(folder.path()), 1, "works").await.unwrap();
        assert!(!new.exists());
    }
}

#[test]
fn a_path_that_is_no_folder_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a file");
    fs::write(&path, "text").unwrap();
    for path in [path.clone(), path.join("below")] {
        let error = refused(&path);
        assert!(matches!(error, OpenError::Io { .. }), "{error}");
        assert!(error.to_string().contains("a file"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_look_into_what_is_created() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("var").join("store");
    drop(open(&path));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for entry in fs::read_dir(&path).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}
