//! [`Capabilities`]: what a store promises.

use std::time::Duration;

/// What an acknowledged commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing: it is gone with the process.
    Memory,
    /// The end of the process, but not of the machine: it is with the operating system, not yet on the disk.
    Buffered,
    /// A power cut: it is on the disk.
    Fsync,
}

/// What a store promises and where its limits are. The contract suite asserts every statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// What an acknowledged commit survives.
    pub durability: Durability,
    /// Most events in one commit.
    pub max_events_per_commit: usize,
    /// Largest payload in bytes.
    pub max_event_bytes: usize,
    /// Most bytes of payloads, names, tags and metadata in one commit.
    pub max_commit_bytes: usize,
    /// Whether several processes may have the store open.
    pub multi_process: bool,
    /// How long a commit id is remembered; `None` means for good.
    pub idempotency_window: Option<Duration>,
    /// Whether positions are 1, 2, 3 … without gaps.
    pub contiguous_positions: bool,
}
