//! The contract on a real mongod, and an entry of another version.

use super::super::contract::{self, CAPACITY, NOW, after, entry};
use super::*;
use crate::mongo::fixture::prepared;

async fn make() -> Option<(MongoOutbox, ())> {
    let mongo = prepared(&[MongoOutbox::collection()]).await?;
    Some((MongoOutbox::new(mongo, CAPACITY), ()))
}

contract::contract!(make);

#[tokio::test]
async fn an_unreadable_entry_stays_as_it_is_and_holds_up_nothing() {
    let Some((outbox, ())) = make().await else { return };
    outbox.put(entry(1), NOW).await.unwrap();
    outbox.put(entry(2), after(1)).await.unwrap();
    let id = doc! { "_id": binary(entry(1).id.as_bytes()) };
    outbox.entries.update_one(id, doc! { "$set": { "schema": 2 } }).await.unwrap();
    let claimed = outbox.claim_due(after(1), after(60), 10).await.unwrap();
    assert_eq!(claimed, [OutboxEntry { claim: 2, ..entry(2) }]);
    assert_eq!(outbox.entries.count_documents(doc! {}).await.unwrap(), 2);
}
