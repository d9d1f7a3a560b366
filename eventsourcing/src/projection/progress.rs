//! [`Progress`]: how far a partition of a generation has come, written together with what it did.

use serde::{Deserialize, Serialize};

use super::digest::{Digest, Seen};
use super::fingerprint::Fingerprint;
use crate::time::Timestamp;
use crate::version::Position;

/// The row that every commit of a driver writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Everything up to here is accounted for: applied, parked, skipped or none of its business.
    pub(super) position: Position,
    /// The writer's epoch.
    pub(super) epoch: u64,
    pub(super) fingerprint: Fingerprint,
    /// The event at the position, whosever it is, or the last one known before it: if the log has another one there, it is
    /// another log.
    pub(super) anchor: Option<Seen>,
    /// Events whose effects are in the rows.
    pub(super) applied: Digest,
    /// Events that failed, or wait behind one that did.
    pub(super) parked: Digest,
    /// Events that somebody decided to leave out.
    pub(super) skipped: Digest,
    /// When the first event was taken up.
    pub(super) started_at: Timestamp,
    /// When this was written.
    pub(super) updated_at: Timestamp,
}

impl Progress {
    pub(super) fn new(
        base: Position,
        epoch: u64,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Self {
        Self {
            position: base,
            epoch,
            fingerprint,
            anchor: None,
            applied: Digest::default(),
            parked: Digest::default(),
            skipped: Digest::default(),
            started_at: now,
            updated_at: now,
        }
    }

    /// All events accounted for.
    pub(super) fn accounted(&self) -> Digest {
        let mut all = self.applied;
        all += self.parked;
        all += self.skipped;
        all
    }
}

/// Positions per block of the coverage.
pub(super) const BLOCK: u64 = 4_096;

/// The block that a position belongs to.
pub(super) fn block_of(position: Position) -> u64 {
    position.get() / BLOCK
}
