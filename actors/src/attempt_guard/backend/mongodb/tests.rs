//! Against real mongods.

mod documents;
mod failure;
mod machines;

use std::sync::Arc;

use super::*;
use crate::attempt_guard::backend::contract::world::{MILLISECOND, addr, delayed, email, jo};
use crate::attempt_guard::backend::contract::{Open, contract};
use crate::mongo::MongoSettings;
use crate::mongo::fixture::{open, prepared, settings};
use crate::runtime::SeededRandom;

const NOW: Timestamp = Timestamp::from_secs(1_642_344_000);
const LIMITED: GuardRules = GuardRules { limit_sign_in: true };
const HOME: &str = "192.0.2.1";
const STRANGER: &str = "198.51.100.1";

async fn make() -> Option<(Open, ())> {
    let mongo = prepared(&MongoGuard::collections()).await?;
    let open: Open = Box::new(move |rules| Arc::new(guard(&mongo, rules)));
    Some((open, ()))
}

contract!(super::make);

fn guard(mongo: &Mongo, rules: GuardRules) -> MongoGuard {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(1));
    MongoGuard::new(mongo, rules, &random)
}

/// A machine with connections of its own.
async fn machine(settings: &MongoSettings) -> MongoGuard {
    guard(&open(settings, &MongoGuard::collections()).await, LIMITED)
}

impl MongoGuard {
    async fn admit(&self, ip: &str, now: Timestamp) -> SignInAdmission {
        self.admit_sign_in(&jo(), addr(ip), now).await.unwrap()
    }

    async fn settle(&self, ip: &str, result: TryResult, now: Timestamp) -> u32 {
        self.settle_sign_in(&jo(), addr(ip), result, now).await.unwrap().failures_before
    }

    async fn sign_in(&self, ip: &str, result: TryResult, now: Timestamp) -> u32 {
        assert_eq!(self.admit(ip, now).await, SignInAdmission::Admitted);
        self.settle(ip, result, now).await
    }

    async fn fail(&self, ip: &str, times: usize, now: Timestamp) {
        for _ in 0..times {
            self.settle(ip, TryResult::Wrong, now).await;
        }
    }
}
