//! One migration: every phase goes through every kind.

use super::checksum::{Counting, Tally};
use super::movable::{AsOf, Cursor, Entity, Movable, Page, Put};
use super::side::Side;
use super::{Kind, MigrateError, MigrationReport, Phase, Progress};
use crate::backend::BackendError;

/// A migration under way.
pub(super) struct Run<'a> {
    from: &'a Side,
    to: &'a Side,
    as_of: AsOf,
    progress: &'a (dyn Fn(Progress) + Send + Sync),
    report: MigrationReport,
}

/// One phase of one kind.
struct Step<'a> {
    phase: Phase,
    kind: Kind,
    as_of: AsOf,
    progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl<'a> Run<'a> {
    pub(super) fn new(
        from: &'a Side,
        to: &'a Side,
        as_of: AsOf,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> Self {
        Self { from, to, as_of, progress, report: Vec::new() }
    }

    /// Does `phase` to every kind.
    pub(super) async fn each(&mut self, phase: Phase) -> Result<(), MigrateError> {
        let (from, to) = (self.from, self.to);
        self.one(phase, &*from.users, &*to.users).await?;
        self.one(phase, &*from.sessions, &*to.sessions).await?;
        self.one(phase, &*from.ended, &*to.ended).await?;
        self.one(phase, &*from.failures, &*to.failures).await?;
        self.one(phase, &*from.known, &*to.known).await?;
        self.one(phase, &*from.guesses, &*to.guesses).await?;
        self.one(phase, &*from.notices, &*to.notices).await
    }

    pub(super) fn into_report(self) -> MigrationReport {
        self.report
    }

    async fn one<E: Entity>(
        &mut self,
        phase: Phase,
        from: &dyn Movable<E>,
        to: &dyn Movable<E>,
    ) -> Result<(), MigrateError> {
        let step = Step { phase, kind: E::KIND, as_of: self.as_of, progress: self.progress };
        match phase {
            Phase::CheckEmpty => step.check_empty(to).await,
            Phase::Move => step.copy(from, to).await,
            Phase::Verify => {
                let (source_tally, target_tally) = (step.tally(from).await?, step.tally(to).await?);
                if source_tally != target_tally {
                    let kind = E::KIND;
                    return Err(MigrateError::Differs { kind, source_tally, target_tally });
                }
                self.report.push((E::KIND, target_tally));
                Ok(())
            }
        }
    }
}

impl Step<'_> {
    async fn check_empty<E: Entity>(&self, to: &dyn Movable<E>) -> Result<(), MigrateError> {
        let mut after = None;
        while let Some(page) = self.next(to, after).await? {
            if !page.entities.is_empty() {
                return Err(MigrateError::NotEmpty(self.kind));
            }
            after = page.next;
        }
        Ok(())
    }

    async fn copy<E: Entity>(
        &self,
        from: &dyn Movable<E>,
        to: &dyn Movable<E>,
    ) -> Result<(), MigrateError> {
        let (mut after, mut done) = (None, 0);
        while let Some(page) = self.next(from, after).await? {
            after = page.next;
            if page.entities.is_empty() {
                continue;
            }
            done += page.entities.len() as u64;
            let put = to.put(page.entities, self.as_of).await;
            if put.map_err(|cause| self.broken(cause))? == Put::Conflict {
                return Err(MigrateError::Conflict(self.kind));
            }
            self.tell(done);
        }
        Ok(())
    }

    async fn tally<E: Entity>(&self, side: &dyn Movable<E>) -> Result<Tally, MigrateError> {
        let (mut after, mut counting) = (None, Counting::default());
        while let Some(page) = self.next(side, after).await? {
            after = page.next;
            for entity in &page.entities {
                counting.add(entity).map_err(|cause| self.broken(cause))?;
            }
            self.tell(counting.tally().count());
        }
        Ok(counting.tally())
    }

    /// The page after `after`, unless that was the last.
    async fn next<E>(
        &self,
        side: &dyn Movable<E>,
        after: Option<Cursor>,
    ) -> Result<Option<Page<E>>, MigrateError> {
        let page = side.page(after, self.as_of).await.map_err(|cause| self.broken(cause))?;
        Ok(page.next.is_some().then_some(page))
    }

    fn broken(&self, cause: BackendError) -> MigrateError {
        MigrateError::Broken { phase: self.phase, kind: self.kind, cause }
    }

    fn tell(&self, done: u64) {
        (self.progress)(Progress { phase: self.phase, kind: self.kind, done });
    }
}
