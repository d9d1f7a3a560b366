//! [`Books`]: what the rows of a generation say about it, all partitions together.

use super::catalogue::Build;
use super::progress::Progress;
use super::rows;
use super::store::{Generation, ProjectionStore, ProjectionStoreError, ProjectionTx};
use crate::version::Position;

/// The progress of each partition; `None` where nothing has been written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Books {
    pub(super) partitions: Vec<Option<Progress>>,
}

impl Books {
    pub(super) async fn open<P: ProjectionStore>(
        store: &P,
        generation: &Generation,
        build: &Build,
    ) -> Result<Self, ProjectionStoreError> {
        let mut tx = store.read(generation).await?;
        Self::read(&mut tx, generation, build).await
    }

    /// As [`Books::open`]; what is wrong with them where they are damaged.
    pub(super) async fn look<P: ProjectionStore>(
        store: &P,
        generation: &Generation,
        build: &Build,
    ) -> Result<Result<Self, String>, ProjectionStoreError> {
        match Self::open(store, generation, build).await {
            Ok(books) => Ok(Ok(books)),
            Err(error @ ProjectionStoreError::Damaged { .. }) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// The books of a generation that nothing is known of.
    pub(super) fn blank(build: &Build) -> Self {
        let partitions = (0..build.partitions).map(|_| None).collect();
        Self { partitions }
    }

    pub(super) async fn read(
        tx: &mut impl ProjectionTx,
        generation: &Generation,
        build: &Build,
    ) -> Result<Self, ProjectionStoreError> {
        let mut partitions = Vec::new();
        for partition in 0..build.partitions {
            let key = rows::progress(partition);
            partitions.push(rows::get(tx, generation, &key).await?);
        }
        Ok(Self { partitions })
    }

    /// How far all partitions have come from `base`.
    pub(super) fn position(&self, base: Position) -> Position {
        let positions = self.partitions.iter();
        let positions =
            positions.map(|progress| progress.map_or(base, |progress| progress.position));
        positions.min().unwrap_or(base)
    }

    /// A sum over all partitions.
    pub(super) fn sum(&self, number: impl Fn(&Progress) -> u64) -> u64 {
        self.partitions.iter().flatten().map(number).sum()
    }

    pub(super) fn parked(&self) -> u64 {
        self.sum(|progress| progress.parked.count())
    }
}
