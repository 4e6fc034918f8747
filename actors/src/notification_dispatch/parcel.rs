//! A notice on its way.

use tokio::sync::OwnedSemaphorePermit;

use super::backend::PutOutcome;
use super::courier::Courier;
use super::delivery_log::Beginning;
use super::in_flight::Place;
use super::outbox::{LEASE, News, OutboxEntry};
use super::retry::History;
use super::{DispatchError, Medium, Notice, QueueNotice};
use crate::domain::{Language, OutboxId, Timestamp};
use tracing::warn;

/// A notice, and what became of it so far.
pub(super) struct Parcel {
    /// In the delivery log.
    pub(super) id: u64,
    pub(super) kind: &'static str,
    pub(super) medium: Medium,
    /// Written anew for each try: waiting, it takes a tenth of the memory.
    pub(super) notice: Notice,
    pub(super) language: Language,
    pub(super) valid_until: Timestamp,
    pub(super) history: History,
    /// Its entry in the outbox, and the claim on it.
    pub(super) kept: Option<(OutboxId, u32)>,
    pub(super) place: Place,
}

impl Courier {
    /// Accepts a notice: news are in the outbox when this returns.
    pub(super) async fn accept(
        &self,
        msg: QueueNotice,
        permit: OwnedSemaphorePermit,
    ) -> Result<Parcel, DispatchError> {
        let QueueNotice { notice, language, request_id, .. } = msg;
        let now = self.clock.now();
        let kept = match News::of(&notice) {
            Some(news) => self.keep(news, language.clone(), request_id.clone(), now).await?,
            None => None,
        };
        let valid_until = now.after(notice.validity().unwrap_or(self.rules.keep_news));
        let (medium, kind) = (notice.kind().medium(), notice.kind().name());
        let id = self.log.begin(Beginning {
            medium,
            kind,
            to: notice.masked_to(),
            request_id,
            queued_at: now,
            tries: 0,
        });
        if let Some(kept) = kept {
            self.log.kept(id, kept);
        }
        Ok(Parcel {
            id,
            kind,
            medium,
            notice,
            language,
            valid_until,
            history: History::default(),
            kept: kept.map(|id| (id, FIRST_CLAIM)),
            place: self.in_flight.place(permit, medium, kind, kept.is_some()),
        })
    }

    /// Takes up again what was claimed from the outbox.
    pub(super) fn take_up(&self, entry: OutboxEntry, permit: OwnedSemaphorePermit) -> Parcel {
        let OutboxEntry {
            id: kept,
            news,
            language,
            request_id,
            queued_at,
            valid_until,
            history,
            claim,
        } = entry;
        let notice = Notice::from(news);
        let (medium, kind) = (notice.kind().medium(), notice.kind().name());
        let id = self.log.of_kept(kept).unwrap_or_else(|| {
            let to = notice.masked_to();
            let tries = history.tries;
            let id = self.log.begin(Beginning { medium, kind, to, request_id, queued_at, tries });
            self.log.kept(id, kept);
            id
        });
        Parcel {
            id,
            kind,
            medium,
            notice,
            language,
            valid_until,
            history,
            kept: Some((kept, claim)),
            place: self.in_flight.place(permit, medium, kind, true),
        }
    }

    /// The entry in the outbox, or none where the store fails: better perhaps lost than certainly.
    async fn keep(
        &self,
        news: News,
        language: Language,
        request_id: Option<String>,
        now: Timestamp,
    ) -> Result<Option<OutboxId>, DispatchError> {
        let id = OutboxId::from_bytes(self.random.bytes16());
        let entry = OutboxEntry {
            id,
            news,
            language,
            request_id,
            queued_at: now,
            valid_until: now.after(self.rules.keep_news),
            history: History::default(),
            claim: FIRST_CLAIM,
        };
        match self.outbox.put(entry, now.after(LEASE)).await {
            Ok(PutOutcome::Kept) => Ok(Some(id)),
            Ok(PutOutcome::Full) => Err(DispatchError::QueueFull),
            Err(error) => {
                warn!(%error, "news could not be kept: the end of the process would lose them");
                Ok(None)
            }
        }
    }
}

/// Of whoever puts an entry.
const FIRST_CLAIM: u32 = 1;

impl Notice {
    /// Enough of the address or number for an operator to recognise (S-79).
    fn masked_to(&self) -> String {
        match self {
            Self::SignUpCode { to, .. }
            | Self::AlreadyRegistered { to, .. }
            | Self::PasswordResetLink { to, .. }
            | Self::PasswordChanged { to, .. }
            | Self::PhoneVerified { to, .. }
            | Self::RefreshReuse { to, .. }
            | Self::SignInAfterFailures { to, .. } => to.masked(),
            Self::PhoneCode { to, .. } => to.masked(),
        }
    }
}
