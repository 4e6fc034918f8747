//! The driver operations of the server's flows, bare: the same documents in the same order, over
//! as many connections and with the same guarantees, and nothing else.

use std::time::Duration;

use actors::seed::address;
use mongod::mongodb::bson::oid::ObjectId;
use mongod::mongodb::bson::spec::BinarySubtype;
use mongod::mongodb::bson::{Binary, Bson, Document, doc};
use mongod::mongodb::options::{Acknowledgment, ClientOptions, ReadConcern, WriteConcern};
use mongod::mongodb::{Client, Collection, Database};
use sha2::{Digest, Sha256};

use super::Ours;

/// As `storage.pool_size`, and two for what a node reads by itself.
const CONNECTIONS: u32 = 18;

const SIGN_INS: &str = "guard_sign_ins";

/// A database, and a document of each kind as the server wrote it.
pub struct Raw {
    database: Database,
    user: Document,
    sessions: Document,
    pending: Document,
    sign_ins: Document,
}

impl Raw {
    /// On the database `raw`; the documents are copied from `ours`.
    pub async fn new(uri: &str, ours: &Ours) -> Self {
        let mut options = ClientOptions::parse(uri).await.expect("a connection string");
        options.max_pool_size = Some(CONNECTIONS);
        options.max_connecting = Some(CONNECTIONS);
        let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true);
        options.write_concern = Some(concern.w_timeout(Duration::from_secs(2)).build());
        options.read_concern = Some(ReadConcern::majority());
        let client = Client::with_options(options).expect("a client");
        let database = client.database("ours");
        ours.sign_up(0).await;
        ours.sign_in(0).await;
        ours.sign_up_only("pending@example.com").await;
        let email = doc! { "email.canonical": "n0@example.com" };
        let user = sample(&database, "users", email).await;
        let id = user.get("_id").expect("an id").clone();
        let sessions = sample(&database, "sessions", doc! { "_id": id }).await;
        let pending = sample(&database, "otp_destinations", doc! {}).await;
        let sign_ins = sample(&database, SIGN_INS, doc! {}).await;
        Self { database: client.database("raw"), user, sessions, pending, sign_ins }
    }

    /// What it takes to sign up and verify.
    pub async fn sign_up(&self, number: u32) {
        let email = format!("n{number}@example.com");
        let (user, pending, guesses) =
            (id("user", number), id("pending", number), id("guesses", number));
        self.find("users", doc! { "email.canonical": &email }).await;
        let revision = self.insert_pending(&pending).await;
        self.find("guard_guesses", doc! { "_id": guesses }).await;
        self.delete("otp_destinations", doc! { "_id": pending, "revision": revision }).await;
        self.insert_user(&user, &email).await;
        self.write_session(&user, None).await;
    }

    /// What it takes to sign in for the first time.
    pub async fn sign_in(&self, number: u32) {
        let failures = id("failures", number);
        let revision = self.insert_failures(&failures).await;
        let email = doc! { "email.canonical": address(number.into()) };
        let user = self.find("users", email).await.expect("a seeded account");
        self.replace_failures(&failures, revision).await;
        let Some(Bson::Binary(user)) = user.get("_id") else { panic!("an id") };
        self.open_session(user).await;
        self.find("users", doc! { "_id": user }).await;
    }

    async fn insert_pending(&self, id: &Binary) -> ObjectId {
        let revision = ObjectId::new();
        let mut document = self.pending.clone();
        document.insert("_id", id);
        document.insert("revision", revision);
        self.insert("otp_destinations", document).await;
        revision
    }

    async fn insert_user(&self, id: &Binary, email: &str) {
        let mut document = self.user.clone();
        document.insert("_id", id);
        document.insert("email", doc! { "canonical": email, "original": email });
        self.insert("users", document).await;
    }

    async fn open_session(&self, user: &Binary) {
        let found = self.find("sessions", doc! { "_id": user }).await;
        self.write_session(user, found.and_then(|found| found.get("revision").cloned())).await;
    }

    async fn write_session(&self, user: &Binary, revision: Option<Bson>) {
        let is_first = revision.is_none();
        let condition = revision.unwrap_or_else(|| doc! { "$exists": false }.into());
        let mut fields = self.sessions.clone();
        fields.remove("_id");
        fields.insert("revision", ObjectId::new());
        let change = doc! {
            "$set": fields, "$unset": { "epoch_ends": "", "vacant_since": "", "announced": "" },
        };
        let filter = doc! { "_id": user, "revision": condition };
        let sessions = self.collection("sessions");
        let updated = sessions.update_one(filter, change).upsert(is_first).await;
        updated.expect("the session is stored");
    }

    /// Looks, finds nothing, and makes a counter.
    async fn insert_failures(&self, id: &Binary) -> ObjectId {
        self.find(SIGN_INS, doc! { "_id": id }).await;
        let revision = ObjectId::new();
        self.insert(SIGN_INS, self.failures(id, revision)).await;
        revision
    }

    async fn replace_failures(&self, id: &Binary, revision: ObjectId) {
        let after = self.failures(id, ObjectId::new());
        let filter = doc! { "_id": id, "revision": revision };
        self.collection(SIGN_INS).replace_one(filter, after).await.expect("it is replaced");
    }

    fn failures(&self, id: &Binary, revision: ObjectId) -> Document {
        let mut document = self.sign_ins.clone();
        document.insert("_id", id);
        document.insert("revision", revision);
        document
    }

    async fn find(&self, collection: &str, filter: Document) -> Option<Document> {
        self.collection(collection).find_one(filter).await.expect("an answer")
    }

    async fn insert(&self, collection: &str, document: Document) {
        self.collection(collection).insert_one(document).await.expect("it is inserted");
    }

    async fn delete(&self, collection: &str, filter: Document) {
        self.collection(collection).delete_one(filter).await.expect("it is deleted");
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }
}

async fn sample(database: &Database, collection: &str, filter: Document) -> Document {
    let found = database.collection(collection).find_one(filter).await;
    let found = found.expect("an answer");
    found.unwrap_or_else(|| panic!("the server wrote none to {collection}"))
}

/// 16 bytes as scattered as those of the server.
fn id(kind: &str, number: u32) -> Binary {
    let digest = Sha256::digest(format!("{kind} {number}"));
    Binary { subtype: BinarySubtype::Generic, bytes: digest.iter().copied().take(16).collect() }
}
