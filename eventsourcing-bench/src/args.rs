//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::Failure;

/// Measures the toolkit beside hand-written code that does the same work, in the same run.
#[derive(Debug, Parser)]
#[command(name = "eventsourcing-bench")]
pub(crate) struct Args {
    /// What to measure; everything but `callgrind` and `memory` if not given.
    pub(crate) workloads: Vec<Workload>,
    /// Print one line of JSON per result instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Size of the workload: events for dispatch, decode, load, scan and projection, appends, commands or reactions per round elsewhere.
    #[arg(long)]
    pub(crate) n: Option<usize>,
    /// How often subject and floor are measured in turn; medians are over the rounds.
    #[arg(long)]
    pub(crate) rounds: Option<usize>,
    /// Small sizes and few rounds: shows that everything runs, not how fast.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Where stores and files are put for the time of the run; beside the program if not given. Not on a tmpfs, which
    /// has nothing to sync.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Runs one side only and prints nothing: what `callgrind` counts.
    #[arg(long, hide = true)]
    pub(crate) only: Option<Side>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// From an event to the state's method: derived against a `match` by hand.
    Dispatch,
    /// From bytes to the event: derived against the codec alone; a three-step upcast.
    Decode,
    /// Payloads in each format: size, writing and reading, beside the bare codec.
    Formats,
    /// Aggregates of 10, 1,000 and 10,000 events, from memory and from disk, with and without snapshot.
    Load,
    /// Durable appends by 1, 8 and 64 writers.
    Append,
    /// Load, decide, append, by 1 and 64 writers.
    Command,
    /// The whole log, decoded and folded.
    Scan,
    /// From the call of an append until a subscription hands the event out, by 1 and 8 writers.
    Subscribe,
    /// Balances kept in sled by a projection, in batches.
    Projection,
    /// A process manager: one command for each event, on disk and in memory.
    Process,
    /// Cost of appending and loading as the store grows.
    Growth,
    /// A store of many events checked, backed up, restored, its index rebuilt.
    Upkeep,
    /// Memory and index bytes as a store is filled: 1,000,000 events unless `--n` says otherwise.
    Memory,
    /// Dispatch and decode in instructions instead of time (needs valgrind).
    Callgrind,
}

/// One side of what is counted in instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// Dispatch as derived.
    Dispatch,
    /// Dispatch through a `match` by hand.
    DispatchByHand,
    /// A deposit, decoded as derived.
    Deposited,
    /// A deposit, by the codec alone.
    DepositedCodec,
    /// A deposit, decoded by hand.
    DepositedByHand,
    /// An opened account, decoded as derived.
    Opened,
    /// An opened account, by the codec alone.
    OpenedCodec,
    /// An opened account, decoded by hand.
    OpenedByHand,
}

impl Args {
    /// What was asked for.
    pub(crate) fn selected(&self) -> Vec<Workload> {
        if !self.workloads.is_empty() {
            return self.workloads.clone();
        }
        let all = Workload::value_variants().iter().copied();
        all.filter(|workload| !matches!(workload, Workload::Callgrind | Workload::Memory))
            .collect()
    }

    /// How many rounds: the number given, else `usual`, or 2 with `--quick`.
    pub(crate) fn rounds(&self, usual: usize) -> usize {
        self.rounds
            .unwrap_or(if self.quick { 2 } else { usual })
            .max(1)
    }

    /// A size: the one given, else `usual`, or `quick` with `--quick`.
    pub(crate) fn size(&self, usual: usize, quick: usize) -> usize {
        self.n
            .unwrap_or(if self.quick { quick } else { usual })
            .max(1)
    }

    /// A directory that is removed when dropped.
    pub(crate) fn scratch(&self) -> Result<tempfile::TempDir, Failure> {
        let parent = match &self.dir {
            Some(dir) => dir.clone(),
            None => std::env::current_exe()?
                .parent()
                .ok_or("the program lies nowhere")?
                .to_owned(),
        };
        Ok(tempfile::Builder::new()
            .prefix("eventsourcing-bench-")
            .tempdir_in(parent)?)
    }
}
