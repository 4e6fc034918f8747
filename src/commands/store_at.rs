//! Where the settings say that a store is.

use actors::migrate::StoreAt;
use anyhow::bail;
use secrecy::ExposeSecret;

use crate::app::actor_settings;
use crate::cli::StoreName;
use crate::settings::StorageSettings;

/// The store of that name.
pub(super) fn store_at(settings: &StorageSettings, name: StoreName) -> anyhow::Result<StoreAt> {
    Ok(match name {
        StoreName::Embedded => StoreAt::Embedded {
            path: settings.path.clone(),
            cache_bytes: actor_settings::cache_bytes(settings),
        },
        StoreName::Mongodb => {
            let mongo = actor_settings::mongo_settings(settings);
            if mongo.uri.expose_secret().is_empty() {
                bail!("storage.uri is required: it names the MongoDB server");
            }
            StoreAt::MongoDb(mongo)
        }
    })
}
