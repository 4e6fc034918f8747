//! From the embedded store to a real mongod, and back.

mod fill;

use std::path::Path;

use mongodb::bson::{Document, doc};
use tempfile::TempDir;

use super::*;
use crate::embedded::Store;
use crate::mongo::fixture::Database;
use crate::mongo::{Mongo, binary};
use crate::revocation_registry::{MongoSessions, Refreshed, SessionBackend};
use crate::user_store::{EmbeddedUsers, MongoUsers, UserBackend};
use fill::{Filled, PEOPLE, fill, now, person, rules};

const CACHE: usize = 1 << 20;

fn silent(_: Progress) {}

fn options(resume: bool) -> MigrateOptions {
    MigrateOptions { resume, sessions: rules(), now: now() }
}

fn embedded(folder: &Path) -> StoreAt {
    StoreAt::Embedded { path: folder.to_owned(), cache_bytes: CACHE }
}

/// A filled embedded store and an empty database.
struct World {
    folder: TempDir,
    filled: Filled,
    database: Database,
}

impl World {
    async fn new() -> Option<Self> {
        let database = Database::standalone().await?;
        let folder = TempDir::new().unwrap();
        let filled = fill(&Store::open(folder.path(), CACHE).unwrap()).await;
        Some(Self { folder, filled, database })
    }

    fn mongodb(&self) -> StoreAt {
        StoreAt::MongoDb(self.database.settings.clone())
    }

    async fn there(&self, options: MigrateOptions) -> Result<MigrationReport, MigrateError> {
        migrate(&embedded(self.folder.path()), &self.mongodb(), options, &silent).await
    }

    async fn mongo(&self) -> Mongo {
        self.database.open(&side::collections()).await
    }
}

#[tokio::test]
async fn everything_survives_the_way_to_mongodb_and_back() {
    let Some(world) = World::new().await else { return };
    let there = world.there(options(false)).await.unwrap();
    let counts: Vec<u64> = there.iter().map(|(_, tally)| tally.count()).collect();
    assert_eq!(counts, [PEOPLE, 3, 1, 2, 1, 1, 1], "{there:?}");

    let sessions = MongoSessions::new(world.mongo().await);
    let Filled { live, ended, raised, .. } = &world.filled;
    let refreshed = sessions.refresh(*live, 0, rules(), now()).await.unwrap();
    assert!(matches!(refreshed, Refreshed::Live(_)));
    let refreshed = sessions.refresh(*ended, 0, rules(), now()).await.unwrap();
    assert!(matches!(refreshed, Refreshed::Dead));
    assert_eq!(sessions.epoch(*raised).await, Ok(1));

    let folder = TempDir::new().unwrap();
    let back = migrate(&world.mongodb(), &embedded(folder.path()), options(false), &silent).await;
    let back = back.unwrap();
    // The refresh above is the only difference.
    let differing: Vec<Kind> =
        there.iter().zip(&back).filter(|(a, b)| a != b).map(|((kind, _), _)| *kind).collect();
    assert_eq!(differing, [Kind::Sessions]);
    let users = EmbeddedUsers::open(&Store::open(folder.path(), CACHE).unwrap()).await.unwrap();
    let (found, expected) = (users.find(person(1).id).await.unwrap().unwrap(), person(1));
    assert_eq!(found.canonical(), expected.canonical());
    assert!(users.find_by_email(expected.email).await.unwrap().is_some());
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_succeeds_but_only_if_it_is_meant() {
    let Some(world) = World::new().await else { return };
    let first = world.there(options(false)).await.unwrap();
    let refused = world.there(options(false)).await;
    assert!(matches!(refused, Err(MigrateError::NotEmpty(Kind::Users))), "{refused:?}");
    assert_eq!(world.there(options(true)).await.unwrap(), first);
}

#[tokio::test]
async fn a_run_that_was_broken_off_goes_on() {
    let Some(world) = World::new().await else { return };
    let (from, to) = (embedded(world.folder.path()), world.mongodb());
    let broken = tokio::spawn(async move {
        let break_off = |progress: Progress| {
            assert!(progress.phase != Phase::Move || progress.done < 300, "broken off");
        };
        migrate(&from, &to, options(false), &break_off).await.map(drop)
    });
    assert!(broken.await.unwrap_err().is_panic());
    let report = world.there(options(true)).await.unwrap();
    assert_eq!(report[0].1.count(), PEOPLE);
}

#[tokio::test]
async fn a_target_with_something_else_in_it_fails_the_verification() {
    let Some(world) = World::new().await else { return };
    let stranger = person(60_000);
    MongoUsers::new(world.mongo().await).insert(stranger).await.unwrap();
    let Err(MigrateError::Differs { kind, source_tally, target_tally }) =
        world.there(options(true)).await
    else {
        panic!("verified")
    };
    assert_eq!(
        (kind, source_tally.count(), target_tally.count()),
        (Kind::Users, PEOPLE, PEOPLE + 1)
    );
}

#[tokio::test]
async fn an_address_that_another_account_of_the_target_has_is_a_conflict() {
    let Some(world) = World::new().await else { return };
    let mut other = person(1);
    other.id = person(60_000).id;
    MongoUsers::new(world.mongo().await).insert(other).await.unwrap();
    let refused = world.there(options(true)).await;
    assert!(matches!(refused, Err(MigrateError::Conflict(Kind::Users))), "{refused:?}");
}

#[tokio::test]
async fn a_corrupted_or_missing_entity_of_the_target_fails_the_verification() {
    for (collection, filter, change, expected) in [
        ("users", doc! {}, Some(doc! { "$set": { "first_name": "Eve" } }), Kind::Users),
        ("users", doc! {}, None, Kind::Users),
        ("sessions", doc! { "epoch": 1 }, None, Kind::Sessions),
        (
            "sessions",
            doc! { "epoch": 1 },
            Some(doc! { "$set": { "epoch": 2_i64 } }),
            Kind::Sessions,
        ),
        ("sessions", doc! { "ended.0": { "$exists": true } }, None, Kind::EndedSessions),
        ("guard_guesses", doc! {}, None, Kind::GuessBudgets),
    ] {
        let Some(world) = World::new().await else { return };
        world.there(options(false)).await.unwrap();
        let mongo = world.mongo().await;
        let documents = mongo.collection::<Document>(collection);
        match change {
            Some(change) => drop(documents.update_one(filter, change).await.unwrap()),
            None => drop(documents.delete_one(filter).await.unwrap()),
        }
        let from = Side::open_source(&embedded(world.folder.path())).await.unwrap();
        let to = Side::mongodb(&mongo);
        let as_of = AsOf { now: now(), sessions: rules() };
        let verified = Run::new(&from, &to, as_of, &silent).each(Phase::Verify).await;
        let Err(MigrateError::Differs { kind, .. }) = verified else { panic!("{verified:?}") };
        assert_eq!(kind, expected);
    }
}

#[tokio::test]
async fn a_store_in_use_and_one_that_is_not_there_are_refused() {
    let Some(world) = World::new().await else { return };
    let nowhere = TempDir::new().unwrap();
    let refused =
        migrate(&embedded(nowhere.path()), &world.mongodb(), options(false), &silent).await;
    assert!(matches!(refused, Err(MigrateError::NoSource(_))), "{refused:?}");
    let _server = Store::open(world.folder.path(), CACHE).unwrap();
    let refused = world.there(options(false)).await;
    assert!(matches!(refused, Err(MigrateError::Store(_))), "{refused:?}");
}

#[tokio::test]
async fn an_ended_session_that_is_listed_twice_counts_once() {
    let Some(world) = World::new().await else { return };
    world.there(options(false)).await.unwrap();
    let sessions = world.mongo().await.collection::<Document>("sessions");
    let filter = doc! { "ended.0": { "$exists": true } };
    let mut copy = sessions.find_one(filter).await.unwrap().unwrap();
    copy.insert("_id", binary(&[7; 16]));
    sessions.insert_one(copy).await.unwrap();
    let folder = TempDir::new().unwrap();
    let back = migrate(&world.mongodb(), &embedded(folder.path()), options(false), &silent).await;
    assert_eq!(back.unwrap()[2].1.count(), 1);
}
