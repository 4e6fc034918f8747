//! Against real servers. The contract runs there as well.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;

use super::*;
use crate::backend::BackendError;
use crate::domain::SessionId;
use crate::mongo::fixture::Database;
use crate::revocation_registry::messages::{Session, Standing};
use crate::revocation_registry::tests::{new_session, rules, user};

fn start() -> Timestamp {
    Timestamp::from_secs(1_000_000)
}

fn later(seconds: u64) -> Timestamp {
    start().after(Duration::from_secs(seconds))
}

fn token(session: &Session) -> SessionRef {
    SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch }
}

/// Two nodes over one replica set.
async fn two_nodes() -> Option<(MongoSessions, MongoSessions)> {
    let database = Database::replicated().await?;
    let specs = MongoSessions::collections();
    let first = MongoSessions::new(database.open(&specs).await);
    Some((first, MongoSessions::new(database.open(&specs).await)))
}

/// Commands sent, by kind.
#[derive(Default)]
struct Commands {
    reads: AtomicU32,
    writes: AtomicU32,
}

impl Commands {
    fn observer(self: Arc<Self>) -> EventHandler<CommandEvent> {
        EventHandler::callback(move |event| {
            let CommandEvent::Started(event) = event else { return };
            match event.command_name.as_str() {
                "find" | "aggregate" | "getMore" => &self.reads,
                "insert" | "update" | "delete" | "findAndModify" => &self.writes,
                _ => return,
            }
            .fetch_add(1, Ordering::SeqCst);
        })
    }

    /// Reads and writes since the last call.
    fn take(&self) -> (u32, u32) {
        (self.reads.swap(0, Ordering::SeqCst), self.writes.swap(0, Ordering::SeqCst))
    }
}

#[tokio::test]
async fn each_operation_costs_at_most_one_read_and_one_write() {
    let Some(database) = Database::standalone().await else { return };
    let commands = Arc::new(Commands::default());
    let specs = MongoSessions::collections();
    let mongo = database.open_observed(&specs, Arc::clone(&commands).observer()).await;
    let sessions = MongoSessions::new(mongo);
    commands.take();

    let first = NewSession { is_first: true, ..new_session(3, 30) };
    sessions.open(first, 0, rules(), start()).await.unwrap();
    assert_eq!(commands.take(), (0, 1), "the first session of a new account");
    let opened = sessions.open(new_session(1, 0), 0, rules(), start()).await.unwrap().session;
    assert_eq!(commands.take(), (1, 1), "the first session of an account");
    for id in 1..10 {
        sessions.open(new_session(1, id), 0, rules(), later(1)).await.unwrap();
        assert_eq!(commands.take(), (1, 1), "a further one");
    }
    sessions.open(new_session(1, 10), 0, rules(), later(1)).await.unwrap();
    assert_eq!(commands.take(), (1, 1), "one that evicts another");
    assert_eq!(sessions.refresh(token(&opened), 0, rules(), later(1)).await, Ok(Refreshed::Dead));
    assert_eq!(commands.take(), (1, 0), "a refresh that is refused");

    let opened = sessions.open(new_session(2, 20), 0, rules(), start()).await.unwrap().session;
    commands.take();
    sessions.refresh(token(&opened), 0, rules(), later(1)).await.unwrap();
    assert_eq!(commands.take(), (1, 1), "a refresh");
    sessions.refresh(token(&opened), 0, rules(), later(2)).await.unwrap();
    assert_eq!(commands.take(), (1, 0), "the same once more");
    sessions.refresh(token(&opened), 7, rules(), later(2)).await.unwrap();
    assert_eq!(commands.take(), (1, 1), "reuse");

    let opened = sessions.open(new_session(3, 30), 0, rules(), start()).await.unwrap().session;
    commands.take();
    sessions.revoke(token(&opened), rules(), start()).await.unwrap();
    assert_eq!(commands.take(), (1, 1), "a sign-out");
    sessions.raise_epoch(user(3), rules(), start()).await.unwrap();
    assert_eq!(commands.take(), (0, 1), "an account's revocation");
}

#[tokio::test]
async fn of_parallel_refreshes_over_two_nodes_one_advances_the_generation_s_30() {
    let Some((a, b)) = two_nodes().await else { return };
    let session = a.open(new_session(1, 1), 0, rules(), start()).await.unwrap().session;
    let uses = (0..50).map(|n| {
        let node = if n % 2 == 0 { &a } else { &b };
        node.refresh(token(&session), 0, rules(), later(n % 7))
    });
    let uses: Vec<_> = join_all(uses).await.into_iter().map(Result::unwrap).collect();
    let Some(Refreshed::Live(next)) = uses.first() else { panic!("the session should live") };
    assert_eq!(next.generation, 1);
    assert!(uses.iter().all(|used| *used == Refreshed::Live(next.clone())), "one lineage");
    let advanced = b.refresh(token(&session), 1, rules(), later(10)).await.unwrap();
    assert!(matches!(advanced, Refreshed::Live(Session { generation: 2, .. })));
}

#[tokio::test]
async fn what_one_node_did_the_other_decides_on_s_96() {
    let Some((a, b)) = two_nodes().await else { return };
    let session = a.open(new_session(1, 1), 0, rules(), start()).await.unwrap().session;
    // Clocks apart.
    let earlier = start().before(Duration::from_secs(2));
    assert!(matches!(
        b.refresh(token(&session), 0, rules(), earlier).await,
        Ok(Refreshed::Live(Session { generation: 1, .. }))
    ));
    let reused = Refreshed::Reused { expires_at: session.expires_at };
    assert_eq!(a.refresh(token(&session), 0, rules(), later(11)).await, Ok(reused));
    assert_eq!(b.refresh(token(&session), 1, rules(), later(11)).await, Ok(Refreshed::Dead));
    assert_eq!(b.revoke(token(&session), rules(), later(11)).await, Ok(None));
    assert_eq!(b.raise_epoch(user(1), rules(), start()).await, Ok(1));
    assert_eq!(a.epoch(user(1)).await, Ok(1));
}

#[tokio::test]
async fn of_parallel_sign_ins_over_two_nodes_ten_stay_s_106() {
    let Some((a, b)) = two_nodes().await else { return };
    let opening = (0..32).map(|id| {
        let node = if id % 2 == 0 { &a } else { &b };
        node.open(new_session(1, id), 0, rules(), later(u64::from(id % 3)))
    });
    let opened: Vec<_> = join_all(opening).await.into_iter().map(Result::unwrap).collect();
    let mut live = 0;
    for Opened { session, .. } in &opened {
        let used = b.refresh(token(session), 0, rules(), later(3)).await.unwrap();
        live += u32::from(matches!(used, Refreshed::Live(_)));
    }
    assert_eq!(live, 10);
}

#[tokio::test]
async fn an_epoch_is_raised_in_the_midst_of_a_crowd() {
    let Some((a, b)) = two_nodes().await else { return };
    let session = a.open(new_session(1, 1), 0, rules(), start()).await.unwrap().session;
    let refreshing = join_all((0..20).map(|n| {
        let unlike = later(n); // each has something to write, as without rotation
        b.refresh(token(&session), 0, SessionRules { rotation: false, ..rules() }, unlike)
    }));
    let raising = join_all((0..5).map(|_| a.raise_epoch(user(1), rules(), start())));
    let (refreshed, raised) = tokio::join!(refreshing, raising);
    assert!(refreshed.iter().all(Result::is_ok));
    let mut raised: Vec<_> = raised.into_iter().map(Result::unwrap).collect();
    raised.sort_unstable();
    assert_eq!(raised, [1, 2, 3, 4, 5]);
    assert_eq!(b.refresh(token(&session), 0, rules(), later(20)).await, Ok(Refreshed::Dead));
}

#[tokio::test]
async fn an_account_that_signs_in_and_out_all_day_keeps_a_small_document() {
    let Some(database) = Database::standalone().await else { return };
    let sessions = MongoSessions::new(database.open(&MongoSessions::collections()).await);
    let mut all = Vec::new();
    for n in 0..200 {
        let mut new = new_session(1, n);
        new.id = SessionId::from_bytes([n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let session = sessions.open(new, 0, rules(), start()).await.unwrap().session;
        sessions.revoke(token(&session), rules(), start()).await.unwrap();
        all.push(session);
    }
    let documents = sessions.accounts.clone_with_type::<Document>();
    let found: Vec<_> = documents.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    assert_eq!(found.len(), 6, "the account, and five overflows of 32");
    for document in found {
        assert!(document.get_array("ended").unwrap().len() <= 64);
    }
    let index = Arc::new(RevocationIndex::default());
    sessions.load_into(Arc::clone(&index), start()).await.unwrap();
    for session in &all {
        assert_eq!(index.standing(&token(session)), Standing::Revoked);
    }
    let end = rules().session_tokens_end(all[0].expires_at);
    while sessions.sweep(rules(), end, 4).await.unwrap() {}
    until_deleted(&documents).await; // S-108
}

/// Waits for the server to delete everything: its TTL monitor runs each second here.
async fn until_deleted(documents: &Collection<Document>) {
    for _ in 0..600 {
        if documents.count_documents(doc! {}).await.unwrap() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("vacant documents should be deleted");
}

#[tokio::test]
async fn a_document_of_another_shape_is_an_error_and_no_answer_s_41() {
    let Some(database) = Database::standalone().await else { return };
    let sessions = MongoSessions::new(database.open(&MongoSessions::collections()).await);
    let session = sessions.open(new_session(1, 1), 0, rules(), start()).await.unwrap().session;
    let documents = sessions.accounts.clone_with_type::<Document>();
    documents.update_one(doc! {}, doc! { "$set": { "schema": 2 } }).await.unwrap();
    let refreshed = sessions.refresh(token(&session), 0, rules(), start()).await;
    assert_eq!(refreshed, Err(BackendError::Corrupt));
    let invalid = doc! { "$set": { "epoch": "a text" } };
    assert!(documents.update_one(doc! {}, invalid).await.is_err(), "the validator refuses it");
}
