//! Many upserts in one command, as every supported server knows it.

use mongodb::bson::{Binary, Bson, Document, doc};
use mongodb::error::Error;

use super::Mongo;
use super::schema::DUPLICATE_KEY;
use crate::backend::Pending;
use crate::migrate::Put;

/// The id of each document, and what it is replaced or changed by.
pub(crate) type Upserts = Vec<(Binary, Document)>;

impl Mongo {
    /// Replaces or changes each document, made where it is missing. Durable as every write is.
    pub(crate) fn upsert(
        &self,
        name: &'static str,
        collection: &'static str,
        upserts: Upserts,
    ) -> Pending<Put> {
        let one =
            |(id, change)| doc! { "q": { "_id": id }, "u": Bson::Document(change), "upsert": true };
        let command = doc! {
            "update": collection,
            "updates": upserts.into_iter().map(one).collect::<Vec<Document>>(),
            "ordered": false,
            // A command as such takes none from the client's options.
            "writeConcern": { "w": "majority", "j": true },
        };
        let database = self.database().clone();
        self.write(name, async move {
            let answer = database.run_command(command).await?;
            if answer.contains_key("writeConcernError") {
                return Err(Error::custom("the writes were not confirmed by a majority"));
            }
            let errors = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
            let codes = errors.iter().map(|error| error.as_document()?.get_i32("code").ok());
            let others: Vec<i32> = codes
                .map(Option::unwrap_or_default)
                .filter(|code| *code != DUPLICATE_KEY)
                .collect();
            match (others.first(), errors.is_empty()) {
                (Some(code), _) => {
                    Err(Error::custom(format!("writes were refused with code {code}")))
                }
                (None, true) => Ok(Put::Done),
                (None, false) => Ok(Put::Conflict),
            }
        })
    }
}
