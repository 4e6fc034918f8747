//! The contract on a real mongod.

use super::*;
use crate::mongo::fixture::prepared;

async fn make() -> Option<(MongoUsers, ())> {
    Some((MongoUsers::new(prepared(&[MongoUsers::collection()]).await?), ()))
}

super::super::contract::contract!(make);
