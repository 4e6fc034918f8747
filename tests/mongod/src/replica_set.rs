//! A replica set on this machine.

use std::time::Duration;

use mongodb::bson::{Document, doc};

use crate::Mongod;

const NAME: &str = "rs0";

/// Members of one replica set. Dropping it kills them and removes their data.
pub struct ReplicaSet {
    /// The members, killed ones included.
    pub members: Vec<Mongod>,
}

impl ReplicaSet {
    /// `size` members that elect a new primary `election_timeout` after losing the old one (MongoDB's
    /// default is 10 s), or `None` where there is no mongod.
    pub async fn start(size: usize, election_timeout: Duration) -> Option<Self> {
        let mut members = Vec::new();
        for _ in 0..size {
            members.push(Mongod::member(NAME).await?);
        }
        let set = Self { members };
        set.initiate(election_timeout).await;
        set.primary().await;
        Some(set)
    }

    async fn initiate(&self, election_timeout: Duration) {
        let members: Vec<Document> = (0_i32..)
            .zip(&self.members)
            .map(|(id, member)| doc! { "_id": id, "host": member.address() })
            .collect();
        let election = i64::try_from(election_timeout.as_millis()).expect("a short time");
        let settings = doc! {
            "electionTimeoutMillis": election,
            "heartbeatIntervalMillis": (election / 5).max(100),
        };
        let config = doc! { "_id": NAME, "members": members, "settings": settings };
        let first = self.members.first().expect("a member").client();
        let command = doc! { "replSetInitiate": config };
        first.database("admin").run_command(command).await.expect("the set is initiated");
    }

    /// The connection string of the whole set.
    #[must_use]
    pub fn uri(&self) -> String {
        let hosts: Vec<String> = self.members.iter().map(Mongod::address).collect();
        format!("mongodb://{}/?replicaSet={NAME}", hosts.join(","))
    }

    /// The place of the primary among the members, once there is one that can write.
    pub async fn primary(&self) -> usize {
        for _ in 0..600 {
            for (place, member) in self.members.iter().enumerate() {
                if member.is_running() && is_primary(member).await {
                    return place;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no primary was elected within a minute");
    }

    /// Makes the primary step down for `seconds`, as an operator would.
    pub async fn step_down(&self, seconds: i32) {
        let place = self.primary().await;
        let primary = self.members.get(place).expect("a member").client();
        // The server closes the connection instead of answering, or answers: both mean yes.
        let command = doc! { "replSetStepDown": seconds, "force": true };
        let _ = primary.database("admin").run_command(command).await;
    }
}

async fn is_primary(member: &Mongod) -> bool {
    let admin = member.client().database("admin");
    let hello = admin.run_command(doc! { "hello": 1 });
    let answer = tokio::time::timeout(Duration::from_secs(2), hello).await;
    matches!(answer, Ok(Ok(answer)) if answer.get_bool("isWritablePrimary").unwrap_or(false))
}
