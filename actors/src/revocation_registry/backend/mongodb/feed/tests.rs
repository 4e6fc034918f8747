//! Two nodes over real servers: what one revokes, the other refuses.

use std::time::Duration;

use futures_util::TryStreamExt;
use mongod::{Mongod, ReplicaSet};
use mongodb::bson::{Document, doc};
use tokio_util::sync::DropGuard;

use super::*;
use crate::mongo::fixture::{self, Database};
use crate::revocation_registry::backend::mongodb::MongoSessions;
use crate::revocation_registry::backend::{Refreshed, SessionBackend};
use crate::revocation_registry::messages::{RevocationError, Session, SessionRef, Standing};
use crate::revocation_registry::tests::{new_session, rules, user};
use crate::runtime::ManualClock;

const MAX_STALENESS: Duration = Duration::from_secs(30);

struct Node {
    sessions: MongoSessions,
    index: Arc<RevocationIndex>,
    clock: ManualClock,
    _stop: DropGuard,
}

impl Node {
    /// Starts on a database that is ready, and knows everything.
    async fn start(database: &Database) -> Self {
        let mongo = database.open(&MongoSessions::collections()).await;
        let node = Self::over(mongo, MAX_STALENESS);
        until("everything is known", || node.index.is_fresh()).await;
        node
    }

    fn over(mongo: Mongo, max_staleness: Duration) -> Self {
        let sessions = MongoSessions::new(mongo);
        let index = Arc::new(RevocationIndex::following(max_staleness));
        let (clock, stop) = (ManualClock::default(), CancellationToken::new());
        let feed = sessions.feed(Arc::clone(&index), Arc::new(clock.clone()));
        tokio::spawn(feed.run(stop.clone()));
        Self { sessions, index, clock, _stop: stop.drop_guard() }
    }

    async fn open(&self, user: u8, id: u8) -> Session {
        let now = self.clock.now();
        self.sessions.open(new_session(user, id), 0, rules(), now).await.unwrap().session
    }

    async fn refresh(&self, session: &Session, generation: u32) -> Refreshed {
        let now = self.clock.now();
        self.sessions.refresh(token(session), generation, rules(), now).await.unwrap()
    }

    async fn revoke(&self, session: &Session) {
        let now = self.clock.now();
        self.sessions.revoke(token(session), rules(), now).await.unwrap().unwrap();
    }

    fn check(&self, session: &Session) -> Result<Standing, RevocationError> {
        self.index.check(&token(session))
    }

    async fn until_refused(&self, session: &Session) {
        until("it is refused", || self.check(session) == Ok(Standing::Revoked)).await;
    }
}

fn token(session: &Session) -> SessionRef {
    SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} in time");
        sleep(Duration::from_millis(2)).await;
    }
}

/// Each on a server without change streams, and on one with them.
macro_rules! on_both {
    ($($test:ident)*) => {
        mod polling {
            $(#[tokio::test] async fn $test() {
                let Some(database) = super::Database::standalone().await else { return };
                super::$test(database).await;
            })*
        }
        mod streaming {
            $(#[tokio::test] async fn $test() {
                let Some(database) = super::Database::replicated().await else { return };
                super::$test(database).await;
            })*
        }
    };
}

on_both! {
    what_one_node_revokes_the_other_refuses_s_35
    a_node_that_starts_knows_what_was_revoked_before_s_36
}

async fn what_one_node_revokes_the_other_refuses_s_35(database: Database) {
    let (a, b) = (Node::start(&database).await, Node::start(&database).await);
    let (signed_out, stolen) = (a.open(1, 1).await, b.open(1, 2).await);
    let (of_all, other) = (b.open(2, 3).await, a.open(3, 4).await);
    for session in [&signed_out, &stolen, &of_all, &other] {
        assert_eq!(b.check(session), Ok(Standing::Good));
    }
    a.revoke(&signed_out).await;
    b.until_refused(&signed_out).await;

    a.refresh(&stolen, 0).await;
    a.refresh(&stolen, 1).await;
    assert!(matches!(a.refresh(&stolen, 0).await, Refreshed::Reused { .. }));
    b.until_refused(&stolen).await;

    a.sessions.raise_epoch(user(2), rules(), a.clock.now()).await.unwrap();
    b.until_refused(&of_all).await;
    assert_eq!(b.index.standing_from(user(2)), 1);
    assert_eq!(b.check(&b.open(2, 5).await), Ok(Standing::Good), "opened after the revocation");

    let first = a.open(4, 100).await;
    for id in 101..=110 {
        a.clock.advance(Duration::from_millis(1));
        a.open(4, id).await;
    }
    b.until_refused(&first).await; // S-106
    assert_eq!(b.check(&other), Ok(Standing::Good));
}

async fn a_node_that_starts_knows_what_was_revoked_before_s_36(database: Database) {
    let a = Node::start(&database).await;
    let (signed_out, of_all, other) = (a.open(1, 1).await, a.open(2, 2).await, a.open(3, 3).await);
    a.revoke(&signed_out).await;
    a.sessions.raise_epoch(user(2), rules(), a.clock.now()).await.unwrap();
    let b = Node::start(&database).await;
    assert_eq!(b.check(&signed_out), Ok(Standing::Revoked));
    assert_eq!(b.check(&of_all), Ok(Standing::Revoked));
    assert_eq!(b.check(&other), Ok(Standing::Good));
}

/// A replica set of the test's own, and a node whose commands alone can be made to fail.
struct Faulty {
    set: ReplicaSet,
    database: Database,
    node: Node,
}

impl Faulty {
    async fn start() -> Option<Self> {
        let set = ReplicaSet::start(1, Duration::from_secs(1)).await?;
        let database = Database { settings: fixture::settings(&set.uri(), "test") };
        let uri = format!("{}&appName=faulty", set.uri());
        let of_node = Database { settings: fixture::settings(&uri, "test") };
        let node = Node::start(&of_node).await;
        Some(Self { set, database, node })
    }

    async fn fail(&self, mode: impl Into<bson::Bson>, mut how: Document) {
        how.insert("appName", "faulty");
        let command = doc! { "configureFailPoint": "failCommand", "mode": mode, "data": how };
        let admin = self.set.members[0].client().database("admin");
        admin.run_command(command).await.unwrap();
    }

    /// Waits until a change stream of the node is open on the server.
    async fn until_streaming(&self) {
        let admin = self.set.members[0].client().database("admin");
        let start = Instant::now();
        loop {
            let cursors = admin
                .aggregate([
                    doc! { "$currentOp": { "idleCursors": true, "allUsers": true } },
                    doc! { "$match": { "appName": "faulty", "$or": [
                        { "cursor.originatingCommand.pipeline.0.$changeStream": { "$exists": true } },
                        { "cursor.tailable": true },
                    ] } },
                ])
                .await
                .unwrap();
            let open: Vec<Document> = cursors.try_collect().await.unwrap();
            if !open.is_empty() {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "a stream in time");
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn repair(&self) {
        self.fail("off", doc! { "failCommands": [] }).await;
    }
}

#[tokio::test]
async fn a_stream_that_breaks_loses_nothing() {
    let Some(t) = Faulty::start().await else { return };
    let a = Node::start(&t.database).await;
    for (id, how) in [
        // The driver resumes from its token.
        (1, doc! { "failCommands": ["getMore"], "closeConnection": true }),
        // `ChangeStreamHistoryLost`: the token is worth nothing any more.
        (2, doc! { "failCommands": ["getMore"], "errorCode": 286 }),
        // Neither resumed nor opened anew for a while.
        (3, doc! { "failCommands": ["getMore", "aggregate"], "errorCode": 286 }),
    ] {
        let (before, after) = (a.open(1, id).await, a.open(1, 100 + id).await);
        t.fail(doc! { "times": 3 }, how).await;
        a.revoke(&before).await;
        t.node.until_refused(&before).await;
        a.revoke(&after).await;
        t.node.until_refused(&after).await;
        t.repair().await;
    }
}

#[tokio::test]
async fn a_stream_tells_before_anybody_looks() {
    let Some(t) = Faulty::start().await else { return };
    let a = Node::start(&t.database).await;
    t.until_streaming().await;
    t.fail("alwaysOn", doc! { "failCommands": ["find"], "errorCode": 13 }).await;
    let (signed_out, of_all) = (a.open(1, 1).await, a.open(2, 2).await);
    a.revoke(&signed_out).await;
    t.node.until_refused(&signed_out).await;
    a.sessions.raise_epoch(user(2), rules(), a.clock.now()).await.unwrap();
    t.node.until_refused(&of_all).await;
    a.sessions.raise_epoch(user(3), rules(), a.clock.now()).await.unwrap();
    until("an account that nobody knew", || t.node.index.standing_from(user(3)) == 1).await;
}

#[tokio::test]
async fn where_streams_are_refused_polling_goes_on() {
    let Some(t) = Faulty::start().await else { return };
    let a = Node::start(&t.database).await;
    let how = doc! { "failCommands": ["getMore", "aggregate"], "errorCode": 13 };
    t.fail("alwaysOn", how).await;
    for id in 0..3 {
        let session = a.open(1, id).await;
        a.revoke(&session).await;
        t.node.until_refused(&session).await;
    }
}

#[tokio::test]
async fn a_node_that_is_cut_off_calls_nothing_good_and_catches_up_s_41_f_24() {
    let Some(t) = Faulty::start().await else { return };
    let a = Node::start(&t.database).await;
    let b = Node::over(t.node.sessions.mongo.clone(), Duration::from_secs(1));
    let (signed_out, standing) = (a.open(1, 1).await, a.open(1, 2).await);
    let known = a.open(1, 3).await;
    a.revoke(&known).await;
    b.until_refused(&known).await;
    assert_eq!(b.check(&standing), Ok(Standing::Good));

    let everything = ["find", "getMore", "aggregate", "ping"];
    t.fail("alwaysOn", doc! { "failCommands": everything, "closeConnection": true }).await;
    until("it knows too little", || b.check(&standing) == Err(RevocationError::Stale)).await;
    assert_eq!(b.check(&known), Ok(Standing::Revoked), "what is known is known");
    assert_eq!(a.check(&standing), Ok(Standing::Good), "the other is in touch");
    a.revoke(&signed_out).await;
    t.repair().await;
    until("it is in touch again", || b.check(&standing) == Ok(Standing::Good)).await;
    assert_eq!(b.check(&signed_out), Ok(Standing::Revoked), "nothing good before all is known");
}

#[tokio::test]
async fn a_server_that_dies_and_comes_back_loses_nothing_f_01() {
    let Some(mut t) = Faulty::start().await else { return };
    let a = Node::start(&t.database).await;
    for id in 0..2 {
        let (before, after) = (a.open(1, id).await, a.open(1, 100 + id).await);
        a.revoke(&before).await;
        t.set.members[0].restart().await;
        t.set.primary().await;
        t.node.until_refused(&before).await;
        // The driver may need a moment to find the server again.
        while a.sessions.revoke(token(&after), rules(), a.clock.now()).await.is_err() {}
        t.node.until_refused(&after).await;
    }
}

#[tokio::test]
async fn a_node_that_starts_before_the_server_calls_nothing_good_until_then_f_22() {
    let Some(mut server) = Mongod::standalone().await else { return };
    server.kill();
    let settings = fixture::settings(&server.uri(), "test");
    let mongo = Mongo::open(&settings).await.unwrap();
    let stop = CancellationToken::new();
    let watching = mongo.clone().look_after(MongoSessions::collections(), stop.clone());
    tokio::spawn(watching);
    let node = Node::over(mongo, MAX_STALENESS);
    let session = rules().open(new_session(1, 1), 0, node.clock.now());
    assert_eq!(node.check(&session), Err(RevocationError::Stale));
    server.restart().await;
    until("everything is known", || node.check(&session) == Ok(Standing::Good)).await;
    stop.cancel();
}
