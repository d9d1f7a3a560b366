//! [`ProjectionOptions`]: how a projection is run.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::version::Position;

/// How a projection is run. The same holds live and in a rebuild.
#[derive(Debug, Clone)]
pub struct ProjectionOptions {
    /// How often and when an event that failed is tried before it stays parked until somebody decides. Five attempts within
    /// about six seconds unless set.
    pub retries: Backoff,
    /// How long what all events need is tried again before the projection stops, if it is unavailable or full: the log, the
    /// rows, and what a process manager sends commands to ([`DispatchError::Unavailable`](crate::DispatchError)). For ever
    /// unless set.
    pub patience: Backoff,
    /// Longest time for one event, after which it counts as failed; 30 seconds unless set.
    pub event_timeout: Option<Duration>,
    /// Most events that may be parked, shared evenly by the partitions. Beyond it the projection stops; nothing is dropped.
    /// 100,000 unless set.
    pub max_parked: u64,
    /// Most events in one transaction, at least 1; 500 unless set.
    pub batch: usize,
    /// Into how many parts its keys are divided, which are handled side by side; at least 1. Another number is another
    /// read model, which is built anew; a publisher keeps the number it was first run with, or last
    /// [begun anew](super::Projections::begin_anew).
    pub partitions: u32,
    /// Where it begins when it is first run. Rebuilds begin there too. Later,
    /// [`Projections::begin_anew`](super::Projections::begin_anew) says otherwise.
    pub begin: Begin,
    /// When a generation that was built anew takes the place of the one that is read.
    pub cut_over: CutOver,
}

/// Where a projection begins when it is first run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Begin {
    /// With the log's first event.
    #[default]
    Beginning,
    /// Behind what the log has at that moment, which is recorded there: it stays so even if the rows are lost.
    Now,
    /// Behind this position.
    After(Position),
}

/// When a generation that was built anew takes the place of the one that is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CutOver {
    /// As soon as it has come to the end of the log with no more events parked than the other.
    #[default]
    AtParity,
    /// When somebody says so.
    ByHand,
}

impl Default for ProjectionOptions {
    fn default() -> Self {
        Self {
            retries: Backoff {
                first: Duration::from_millis(500),
                longest: Duration::from_secs(60),
                attempts: 5,
            },
            patience: Backoff {
                first: Duration::from_millis(20),
                longest: Duration::from_secs(10),
                attempts: u32::MAX,
            },
            event_timeout: Some(Duration::from_secs(30)),
            max_parked: 100_000,
            batch: 500,
            partitions: 1,
            begin: Begin::Beginning,
            cut_over: CutOver::AtParity,
        }
    }
}
