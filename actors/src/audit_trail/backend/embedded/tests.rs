//! Tests of what only the embedded trail has: a file, and a stored shape.

use std::fmt::Write;

use redb::ReadableTableMetadata;
use tempfile::TempDir;

use super::super::contract::{self, NOW, after, event, everything};
use super::*;

async fn make() -> Option<(EmbeddedAudit, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    Some((open(&folder).await, folder))
}

async fn open(folder: &TempDir) -> EmbeddedAudit {
    EmbeddedAudit::open(&Store::open(folder.path(), 1 << 20).unwrap()).await.unwrap()
}

contract::contract!(make);
contract::forgetting!(make);

#[tokio::test]
async fn what_was_added_is_there_after_a_restart() {
    let (trail, folder) = make().await.unwrap();
    trail.append(vec![event(1, 1, "sign_in")]).await.unwrap();
    drop(trail);
    let trail = open(&folder).await;
    assert_eq!(trail.read(everything(10)).await, Ok(vec![event(1, 1, "sign_in")]));
}

#[tokio::test]
async fn an_unreadable_event_hides_nothing_but_itself_and_goes_when_it_is_old() {
    let (trail, _folder) = make().await.unwrap();
    let [a, b, c] = [1, 2, 3].map(|secs| event(secs, 1, "sign_in"));
    trail.append(vec![a.clone(), b.clone(), c.clone()]).await.unwrap();
    let id = b.id;
    let damage = move |transaction: &WriteTransaction| {
        tables(transaction)?.0.insert(id.as_bytes().as_slice(), b"\xffevent".as_slice())?;
        Ok(())
    };
    trail.store.write(damage).await.unwrap();
    let of_user = Range { user: a.user, ..everything(2) };
    for range in [everything(2), of_user] {
        assert_eq!(trail.read(range).await, Ok(vec![c.clone(), a.clone()]));
    }
    assert_eq!(trail.purge(after(60), 10).await, Ok(3));
}

#[tokio::test]
async fn what_is_forgotten_leaves_nothing_behind() {
    // S-108.
    let (trail, _folder) = make().await.unwrap();
    let all = (0..50).map(|secs| event(secs, 1, "sign_in")).collect();
    trail.append(all).await.unwrap();
    assert_eq!(trail.purge(after(60), 100).await, Ok(50));
    let left = trail.store.read(|transaction| {
        Ok((transaction.open_table(AUDIT)?.len()?, transaction.open_table(INDEX)?.len()?))
    });
    assert_eq!(left.await, Ok((0, 0)));
}

#[test]
fn the_stored_shape_of_schema_1_is_fixed() {
    let mut hex = String::new();
    for byte in encode(SCHEMA, &event(1, 1, "sign_in")).unwrap() {
        write!(hex, "{byte:02x}").unwrap();
    }
    // Other bytes mean another schema: keep this one readable and add the next.
    assert_eq!(
        hex,
        concat!(
            "01", // schema
            "017e6354ade80000",
            "0101010101010101",                     // id
            "077369676e5f696e",                     // event
            "0773756363657373",                     // outcome
            "010870617373776f7264",                 // factor
            "0101010101010101010101010101010101",   // user
            "00",                                   // subject
            "010120010db8000000000000000000000007", // ip
            "0109726571756573742d31",               // request
        )
    );
    let keys: Vec<_> = index_keys(&event(1, 1, "sign_in")).map(|key| (key[0], key.len())).collect();
    assert_eq!(keys, [(2, 25), (1, 33), (3, 41)]);
    assert_eq!(event(1, 1, "").id.at(), NOW.after(std::time::Duration::from_secs(1)));
}
