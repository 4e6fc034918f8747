//! Looks after the database: prepares it once it can be reached, and knows whether it can.

use std::time::Duration;

use mongodb::bson::doc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::schema::SchemaProblem;
use super::{CollectionSpec, Mongo};

/// Between two looks. A server that comes up is used at most this much later.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A look that takes longer has failed.
const LONGEST_LOOK: Duration = Duration::from_secs(5);
/// Indexes are verified again this many looks after they were found in order.
const LOOKS_PER_CHECK: u32 = 60;

impl Mongo {
    /// Creates collections and indexes where they are missing, and keeps an eye on the database
    /// until `stop`. Until everything was in order once, no operation is let through.
    pub(crate) async fn look_after(self, specs: Vec<CollectionSpec>, stop: CancellationToken) {
        let mut looks_left = 0;
        loop {
            if looks_left == 0 {
                looks_left = if self.prepare(&specs).await { LOOKS_PER_CHECK } else { 0 };
            } else {
                looks_left = if self.ping().await { looks_left - 1 } else { 0 };
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Creates and verifies everything. `true`: all is in order.
    pub(crate) async fn prepare(&self, specs: &[CollectionSpec]) -> bool {
        let was_healthy = self.is_healthy();
        let (mongo, specs) = (self.clone(), specs.to_vec());
        // An index on many documents takes long to build: this is not bounded.
        let work = tokio::spawn(async move {
            for spec in &specs {
                spec.ensure(mongo.database()).await?;
            }
            Ok::<(), SchemaProblem>(())
        });
        let in_order = match work.await {
            Ok(Ok(())) => true,
            Ok(Err(problem)) => {
                self.log().failed("prepare", &problem.to_string());
                false
            }
            Err(_) => false,
        };
        self.set_health(in_order);
        if in_order && !was_healthy {
            info!("mongodb is ready");
        }
        in_order
    }

    async fn ping(&self) -> bool {
        let database = self.database().clone();
        let look = tokio::spawn(async move { database.run_command(doc! { "ping": 1 }).await });
        let answered = matches!(timeout(LONGEST_LOOK, look).await, Ok(Ok(Ok(_))));
        if !answered {
            self.log().failed("ping", "no answer");
            self.set_health(false);
        }
        answered
    }
}
