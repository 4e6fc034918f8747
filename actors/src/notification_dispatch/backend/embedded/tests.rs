//! Tests of what only the embedded outbox has: a file, and a stored shape.

use std::fmt::Write;

use tempfile::TempDir;

use super::super::contract::{self, CAPACITY, NOW, after, entry};
use super::*;

async fn make() -> Option<(EmbeddedOutbox, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    Some((open(&folder, NOW).await, folder))
}

async fn open(folder: &TempDir, now: Timestamp) -> EmbeddedOutbox {
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    EmbeddedOutbox::open(store, CAPACITY, now).await.unwrap()
}

contract::contract!(make);

#[tokio::test]
async fn what_a_process_held_when_it_ended_is_due_at_the_next_start() {
    // F-14: news are persisted.
    let (outbox, folder) = make().await.unwrap();
    outbox.put(entry(1), after(120)).await.unwrap();
    drop(outbox);
    let outbox = open(&folder, after(1)).await;
    let claimed = outbox.claim_due(after(1), after(60), 10).await.unwrap();
    assert_eq!(claimed, [OutboxEntry { claim: 2, ..entry(1) }]);
    assert_eq!(outbox.claim_due(after(59), after(120), 10).await, Ok(Vec::new()));
}

#[tokio::test]
async fn an_unreadable_entry_stays_as_it_is_and_holds_up_nothing() {
    let (outbox, folder) = make().await.unwrap();
    outbox.put(entry(1), NOW).await.unwrap();
    outbox.put(entry(2), NOW).await.unwrap();
    let damage = |transaction: &WriteTransaction| {
        let (mut entries, _) = tables(transaction)?;
        entries.insert(entry(1).id.as_bytes().as_slice(), b"\xffnews".as_slice())?;
        Ok(())
    };
    outbox.store.write(damage).await.unwrap();
    assert_eq!(outbox.claim_due(NOW, NOW, 10).await.unwrap().len(), 1);
    assert_eq!(outbox.claim_due(NOW, NOW, 10).await.unwrap().len(), 1);
    drop(outbox);
    let outbox = open(&folder, NOW).await;
    assert_eq!(outbox.claim_due(NOW, after(60), 10).await.unwrap().len(), 1);
    let kept = outbox.store.read(|transaction| {
        let entries = transaction.open_table(OUTBOX)?;
        Ok(entries.get(entry(1).id.as_bytes().as_slice())?.map(|bytes| bytes.value().to_vec()))
    });
    assert_eq!(kept.await.unwrap().as_deref(), Some(b"\xffnews".as_slice()));
}

#[test]
fn the_stored_shape_of_schema_1_is_fixed() {
    let mut hex = String::new();
    for byte in encode(SCHEMA, &Record { due_at: NOW, entry: entry(1) }).unwrap() {
        write!(hex, "{byte:02x}").unwrap();
    }
    // Other bytes mean another schema: keep this one readable and add the next.
    assert_eq!(
        hex,
        concat!(
            "0180d4d29ae62f",                                                             // due
            "01010101010101010101010101010101",                                           // id
            "01117573657231406578616d706c652e636f6d115573657231406578616d706c652e636f6d", // news
            "03416461",                 // first name
            "0570742d6272",             // language
            "0109726571756573742d31",   // request
            "80d4d29ae62f808cecc3e62f", // queued and valid
            "020101",                   // history and claim
        )
    );
}
