//! The contract on a real mongod, what the server does with questions, and other versions.

use super::super::contract::{self, after, event, everything, user};
use super::*;
use crate::audit_trail::AuditQuery;
use crate::mongo::fixture::prepared;

const KEEP: Duration = Duration::from_hours(24);

async fn make() -> Option<(MongoAudit, ())> {
    let mongo = prepared(&[MongoAudit::collection()]).await?;
    Some((MongoAudit::new(mongo, KEEP), ()))
}

contract::contract!(make);

#[tokio::test]
async fn each_question_looks_at_no_more_than_it_answers() {
    let Some((trail, ())) = make().await else { return };
    let kinds = ["a", "b"].into_iter().flat_map(|kind| (0..4_u8).map(move |of| (of, kind)));
    let all = (0..400).zip(kinds.cycle()).map(|(secs, (of, kind))| event(secs, of, kind));
    trail.append(all.collect()).await.unwrap();
    for (of, kind) in
        [(None, None), (Some(user(1)), None), (None, Some("a")), (Some(user(1)), Some("a"))]
    {
        let kind = kind.map(Into::into);
        let query = AuditQuery {
            user: of,
            event: kind,
            since: Some(after(100)),
            until: Some(after(300)),
            limit: 5,
            ..AuditQuery::default()
        };
        let filter = filter(&query.range(after(0)));
        let find = doc! { "find": COLLECTION, "filter": filter.clone(), "sort": { "_id": -1 }, "limit": 5 };
        let explain = doc! { "explain": find, "verbosity": "executionStats" };
        let database = trail.events.client().database(&trail.events.namespace().db);
        let plan = database.run_command(explain).await.unwrap();
        let stats = plan.get_document("executionStats").unwrap();
        assert_eq!(stats.get_i32("nReturned").unwrap(), 5, "{filter}");
        assert!(stats.get_i32("totalKeysExamined").unwrap() <= 6, "{filter}: {stats}");
        assert_eq!(stats.get_i32("totalDocsExamined").unwrap(), 5, "{filter}");
    }
}

#[tokio::test]
async fn an_event_expires_when_it_is_as_old_as_the_operator_says() {
    let Some((trail, ())) = make().await else { return };
    trail.append(vec![event(1, 1, "sign_in")]).await.unwrap();
    let kept = trail.events.find_one(doc! {}).await.unwrap().unwrap();
    let expected = after(1).after(KEEP).as_millis();
    let expires_at = kept.get_datetime("expires_at").unwrap().timestamp_millis();
    assert_eq!(u64::try_from(expires_at), Ok(expected));
    let ttl = |index: &crate::mongo::IndexSpec| index.expire_after == Some(Duration::ZERO);
    assert_eq!(MongoAudit::collection().indexes.iter().filter(|index| ttl(index)).count(), 1);
}

#[tokio::test]
async fn an_unreadable_event_stays_as_it_is_and_hides_nothing_but_itself() {
    let Some((trail, ())) = make().await else { return };
    let all = [1, 2, 3].map(|secs| event(secs, 1, "sign_in"));
    trail.append(all.to_vec()).await.unwrap();
    let id = doc! { "_id": binary(all[1].id.as_bytes()) };
    trail.events.update_one(id, doc! { "$set": { "schema": 2_i64 } }).await.unwrap();
    let found = trail.read(everything(2)).await;
    assert_eq!(found, Ok(vec![all[2].clone(), all[0].clone()]));
    assert_eq!(trail.events.count_documents(doc! {}).await.unwrap(), 3);
}
