//! What a program has done to the disk, in order.

use super::tree::{overwrite, to_usize};

/// A file or directory, by the order in which they came up. The watched directory is number 0.
pub(super) type Node = usize;

/// A name in a directory.
pub(super) type Place = (Node, String);

/// The watched directory.
pub(super) const ROOT: Node = 0;

/// One step.
#[derive(Debug, Clone)]
pub(super) enum Op {
    /// Bytes were written to a file.
    Write { file: Node, at: u64, bytes: Vec<u8> },
    /// A file was cut or grown.
    Resize { file: Node, size: u64 },
    /// A name was given: a file or directory was created, or linked once more.
    Enter { place: Place, node: Node },
    /// A name was taken away.
    Leave { place: Place },
    /// A name was changed; what had the new name before has lost it.
    Move { from: Place, to: Place, node: Node },
    /// A file or directory was synced, and with it what had been done before step `covers`.
    Sync { node: Node, covers: usize },
    /// The same, but it failed.
    SyncFailed { node: Node, covers: usize },
    /// Something was written to the standard output. The step is at the beginning of the call: nobody can have
    /// read it before.
    Said(Vec<u8>),
}

impl Op {
    /// Does to a file's content what the step does, if it is about that.
    pub(super) fn change(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes, .. } => overwrite(content, *at, bytes),
            Self::Resize { size, .. } => content.resize(to_usize(*size), 0),
            _ => {}
        }
    }

    /// The names that a step changes.
    pub(super) fn places(&self) -> Vec<&Place> {
        match self {
            Self::Enter { place, .. } | Self::Leave { place } => vec![place],
            Self::Move { from, to, .. } => vec![from, to],
            _ => Vec::new(),
        }
    }
}
