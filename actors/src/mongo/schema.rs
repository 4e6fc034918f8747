//! Collections, their validators and their indexes: created where missing, verified always.

use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};
use tracing::warn;

/// `NamespaceExists`.
const EXISTS: i32 = 48;
/// `Unauthorized`.
const UNAUTHORIZED: i32 = 13;
/// E11000.
pub(super) const DUPLICATE_KEY: i32 = 11000;

/// A collection as this version needs it.
#[derive(Clone)]
pub(crate) struct CollectionSpec {
    /// Its name.
    pub(crate) name: &'static str,
    /// The `$jsonSchema` that every document must meet.
    pub(crate) json_schema: Document,
    /// Indexes beside the one of `_id`.
    pub(crate) indexes: Vec<IndexSpec>,
}

/// An index as this version needs it.
#[derive(Clone)]
pub(crate) struct IndexSpec {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its keys, in order.
    pub(crate) keys: Document,
    /// Whether no two documents may share a key.
    pub(crate) is_unique: bool,
    /// For a date: documents go this long after it. Clean-up only: expiry is decided at the read.
    pub(crate) expire_after: Option<Duration>,
}

/// What is wrong with the database.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaProblem {
    /// The server gave no answer, or refused.
    #[error("{}", super::errors::describe(.0))]
    Driver(#[from] Error),
    /// Documents that must be unique are not.
    #[error(
        "{collection}: {keys} values of the unique index {index} are held by {documents} documents"
    )]
    Duplicates { collection: &'static str, index: &'static str, keys: i64, documents: i64 },
    /// An index of that name is another one.
    #[error("{collection}: the index {index} exists with other keys or options")]
    OtherIndex { collection: &'static str, index: &'static str },
}

impl CollectionSpec {
    /// Creates what is missing and checks what is there.
    pub(super) async fn ensure(&self, database: &Database) -> Result<(), SchemaProblem> {
        self.ensure_validator(database).await?;
        for index in &self.indexes {
            self.ensure_index(database, index).await?;
        }
        Ok(())
    }

    async fn ensure_validator(&self, database: &Database) -> Result<(), SchemaProblem> {
        let validator = doc! { "$jsonSchema": self.json_schema.clone() };
        let filter = doc! { "name": self.name };
        let found = database.list_collections().filter(filter).await?.try_next().await?;
        let Some(found) = found else {
            let create = doc! { "create": self.name, "validator": validator };
            return match database.run_command(create).await {
                Err(error) if code(&error) == Some(EXISTS) => Ok(()), // another node was faster
                other => Ok(other.map(drop)?),
            };
        };
        if found.options.validator.as_ref() == Some(&validator) {
            return Ok(());
        }
        let change = doc! { "collMod": self.name, "validator": validator };
        match database.run_command(change).await {
            Err(error) if code(&error) == Some(UNAUTHORIZED) => {
                warn!(collection = self.name, "may not update the validator: grant collMod");
                Ok(())
            }
            other => Ok(other.map(drop)?),
        }
    }

    async fn ensure_index(
        &self,
        database: &Database,
        index: &IndexSpec,
    ) -> Result<(), SchemaProblem> {
        let collection = database.collection::<Document>(self.name);
        let existing: Vec<IndexModel> = collection.list_indexes().await?.try_collect().await?;
        if let Some(found) = existing.iter().find(|model| name(model) == Some(index.name)) {
            let matches = index.matches(found);
            let other = SchemaProblem::OtherIndex { collection: self.name, index: index.name };
            return if matches { Ok(()) } else { Err(other) };
        }
        match collection.create_index(index.model()).await {
            Ok(_) => Ok(()),
            Err(error) if code(&error) == Some(DUPLICATE_KEY) => {
                Err(self.count_duplicates(database, index).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// How many keys more than one document has, and how many documents those are.
    async fn count_duplicates(
        &self,
        database: &Database,
        index: &IndexSpec,
    ) -> Result<SchemaProblem, SchemaProblem> {
        let fields = index.keys.keys();
        let key: Document =
            fields.map(|path| (path.replace('.', "_"), Bson::String(format!("${path}")))).collect();
        let pipeline = [
            doc! { "$group": { "_id": key, "documents": { "$sum": 1_i64 } } },
            doc! { "$match": { "documents": { "$gt": 1_i64 } } },
            doc! { "$group": {
                "_id": null, "keys": { "$sum": 1_i64 }, "documents": { "$sum": "$documents" },
            } },
        ];
        let collection = database.collection::<Document>(self.name);
        let counts = collection.aggregate(pipeline).await?.try_next().await?.unwrap_or_default();
        let count = |field| counts.get_i64(field).unwrap_or_default();
        Ok(SchemaProblem::Duplicates {
            collection: self.name,
            index: index.name,
            keys: count("keys"),
            documents: count("documents"),
        })
    }
}

impl IndexSpec {
    fn model(&self) -> IndexModel {
        let options = IndexOptions::builder()
            .name(self.name.to_owned())
            .unique(self.is_unique.then_some(true))
            .expire_after(self.expire_after)
            .build();
        IndexModel::builder().keys(self.keys.clone()).options(options).build()
    }

    fn matches(&self, found: &IndexModel) -> bool {
        let (unique, expire_after) = found
            .options
            .as_ref()
            .map_or((None, None), |options| (options.unique, options.expire_after));
        same_keys(&found.keys, &self.keys)
            && unique.unwrap_or(false) == self.is_unique
            && expire_after == self.expire_after
    }
}

/// Servers tell directions as any kind of number.
fn same_keys(a: &Document, b: &Document) -> bool {
    let direction = |value: &Bson| match value {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        Bson::Double(n) if *n > 0.0 => Some(1),
        Bson::Double(_) => Some(-1),
        _ => None,
    };
    a.len() == b.len()
        && a.iter().zip(b).all(|((a, x), (b, y))| a == b && direction(x) == direction(y))
}

fn name(model: &IndexModel) -> Option<&str> {
    model.options.as_ref()?.name.as_deref()
}

fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        _ => None,
    }
}
