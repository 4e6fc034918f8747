//! Collections read bit by bit, in the order of their ids.

use futures_util::TryStreamExt;
use mongodb::bson::{self, Document, doc};
use serde::de::DeserializeOwned;

use super::{Mongo, binary};
use crate::backend::{BackendError, Pending};
use crate::migrate::{Cursor, PAGE, Page};

impl Mongo {
    /// The page after `after` of the documents that `filter` finds. A document may hold any number
    /// of entities.
    pub(crate) fn page<D, E, I>(
        &self,
        name: &'static str,
        collection: &'static str,
        mut filter: Document,
        after: Option<Cursor>,
        decode: impl Fn(D) -> Result<I, BackendError> + Send + 'static,
    ) -> Pending<Page<E>>
    where
        D: DeserializeOwned,
        E: Send + 'static,
        I: IntoIterator<Item = E>,
    {
        if let Some(after) = after {
            filter.insert("_id", doc! { "$gt": binary(&after) });
        }
        let documents = self.collection::<Document>(collection);
        let found = self.read(name, async move {
            let find = documents.find(filter).sort(doc! { "_id": 1 });
            find.limit(i64::try_from(PAGE).unwrap_or(i64::MAX)).await?.try_collect().await
        });
        Box::pin(async move {
            let found: Vec<Document> = found.await?;
            let mut page = Page { entities: Vec::new(), next: None };
            for document in found {
                let id = document.get_binary_generic("_id").map_err(|_| BackendError::Corrupt)?;
                page.next = Some(id.clone());
                let document = bson::deserialize_from_document(document);
                page.entities.extend(decode(document.map_err(|_| BackendError::Corrupt)?)?);
            }
            Ok(page)
        })
    }
}
