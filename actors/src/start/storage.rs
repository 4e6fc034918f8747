//! Where state lives: the operator's choice, and the backends it makes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Settings, StartError};
use crate::attempt_guard::{EmbeddedGuard, GuardBackend};
use crate::embedded::Store;
use crate::otp_manager::{EmbeddedOtps, OtpBackend, OtpKey};
use crate::revocation_registry::{EmbeddedSessions, RevocationIndex, SessionBackend};
use crate::runtime::{Clock, Random};
use crate::user_store::{EmbeddedUsers, UserBackend};

const OTP_KEY_FILE: &str = "otp.key";

/// Where state lives.
pub enum Storage {
    /// One durable file on this machine.
    Embedded {
        /// Its folder.
        path: PathBuf,
        /// Bytes of its pages kept in memory.
        cache_bytes: usize,
    },
}

/// One backend for each actor that keeps something.
pub(super) struct Backends {
    pub(super) users: Arc<dyn UserBackend>,
    pub(super) sessions: Arc<dyn SessionBackend>,
    /// What is revoked: loaded, or kept up to date from now on.
    pub(super) index: Arc<RevocationIndex>,
    pub(super) otps: Arc<dyn OtpBackend>,
    pub(super) otp_key: OtpKey,
    pub(super) guard: Arc<dyn GuardBackend>,
    pub(super) store: StoreHealth,
}

/// Whether the store can take work, without asking it.
#[derive(Clone)]
pub(super) enum StoreHealth {
    Embedded(Store),
}

impl StoreHealth {
    pub(super) fn is_up(&self) -> bool {
        match self {
            Self::Embedded(store) => store.is_writable(),
        }
    }
}

impl Backends {
    /// Opens the store.
    pub(super) async fn open(
        settings: &Settings,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<Self, StartError> {
        match &settings.storage {
            Storage::Embedded { path, cache_bytes } => {
                let store = Store::open(path, *cache_bytes)?;
                let otp_key = otp_key(path, random)?;
                Self::embedded(store, otp_key, settings, clock).await
            }
        }
    }

    async fn embedded(
        store: Store,
        otp_key: OtpKey,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Self, StartError> {
        let sessions = EmbeddedSessions::open(&store).await?;
        let index = Arc::new(RevocationIndex::default());
        sessions.load_into(Arc::clone(&index), clock.now()).await?;
        let otps = EmbeddedOtps::open(store.clone(), settings.otps, clock.now()).await?;
        Ok(Self {
            users: Arc::new(EmbeddedUsers::open(&store).await?),
            sessions: Arc::new(sessions),
            index,
            otps: Arc::new(otps),
            otp_key,
            guard: Arc::new(EmbeddedGuard::open(settings.guard, &store)),
            store: StoreHealth::Embedded(store),
        })
    }
}

fn otp_key(folder: &Path, random: &dyn Random) -> Result<OtpKey, StartError> {
    let path = folder.join(OTP_KEY_FILE);
    OtpKey::load_or_create(&path, random).map_err(|cause| StartError::OtpKey { path, cause })
}
