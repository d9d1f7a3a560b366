//! The command line of those who look after the projections.

use clap::{Args, Subcommand};

use super::Deadline;

/// What to do about projections.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionsVerb {
    /// Show how far they are
    List,
    /// Bring all of them up to date
    CatchUp(Deadline),
    /// Leave one as it is until it is resumed
    Pause(Operated),
    /// Let one go on that was paused
    Resume(Operated),
    /// Remove what one has written, and fold the log again
    Reset(Operated),
    /// Fold the log again beside what is read, which it replaces once it has come as far
    Rebuild(Operated),
    /// Let a process go on once the log was restored from a backup: what lies before counts as done
    BeginAnew {
        #[command(flatten)]
        of: Operated,
        /// Behind this position; from the beginning of the log unless given, which repeats nothing that is recorded
        #[arg(long, value_name = "POSITION")]
        after: Option<u64>,
    },
    /// Compare what was seen with the log, read anew: all, or one
    Verify {
        /// The projection
        name: Option<String>,
    },
}

/// A projection, and who does something about it.
#[derive(Debug, Args)]
pub(crate) struct Operated {
    /// The projection
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) actor: As,
}

/// Who does it, as `--actor` also says.
#[derive(Debug, Args)]
pub(crate) struct As {
    /// A former name of `--actor`
    #[arg(
        long = "as",
        value_name = "ACTOR",
        hide = true,
        conflicts_with = "actor"
    )]
    pub(crate) operator: Option<String>,
}

/// What to do about parked events.
#[derive(Debug, Subcommand)]
pub(crate) enum ParkedVerb {
    /// Show them: those of all projections, or of one
    List {
        /// The projection
        name: Option<String>,
    },
    /// Try them again, in order
    Retry {
        /// The projection
        name: String,
        /// Only those of this key, as `parked list` shows it
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        actor: As,
        #[command(flatten)]
        deadline: Deadline,
    },
    /// Leave one out for good, in rebuilds too
    Skip {
        /// The projection
        name: String,
        /// The event's position, as `parked list` shows it
        position: u64,
        /// Why, which is recorded
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        actor: As,
        #[command(flatten)]
        deadline: Deadline,
    },
}
