//! [`Load`]: many writers and readers at once, doing everything that can be done.

mod commits;
mod reader;
mod writer;

use std::time::Duration;

use eventsourcing::{Commit, EventStore, Filter, Tag};
use tokio::sync::watch;

use self::reader::Reader;
use self::writer::Writer;
use super::Recorded;

/// Most time for one call. Generous: it is there to end a hang.
const LIMIT: Duration = Duration::from_secs(120);

/// A load on a store: writers that append in every way there is, and readers that follow the log while they do.
///
/// The writers share a few streams and a few tags, so that they meet: `Any`, `Exact` and `NoStream` on one to three
/// streams, append conditions, ids appended again with the same and with other content, futures dropped after a few polls.
/// Five readers go on until they have seen all: two woken by the watch, two that poll, one of each only for events tagged
/// [`Load::HOT`]; and one that looks at single streams.
///
/// ```
/// use eventsourcing::MemoryStore;
/// use eventsourcing_testkit::history::{History, Load, Recorded};
/// # tokio::runtime::Builder::new_multi_thread().enable_time().build()?.block_on(async {
/// let history = History::new();
/// let store = Recorded::new(MemoryStore::new(), &history);
/// let loaded = Load::new(7).appends(20).run(&store).await;
/// let checked = history.check(store.inner()).await?;
/// assert_eq!(loaded.calls, 16 * 20);
/// assert_eq!(loaded.tailed[0], checked.events);
/// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Load {
    seed: u64,
    writers: usize,
    appends: usize,
}

/// What a load has come to.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// How many appends were begun.
    pub calls: usize,
    /// Commits whose outcome is unknown: their futures were dropped, or the store said so. Append them again to learn it.
    pub unknown: Vec<Commit>,
    /// How many events each of the readers that follow the log was shown: all, hot ones, all, hot ones.
    pub tailed: Vec<usize>,
}

impl Load {
    /// The tag that two of the readers look for.
    pub const HOT: &str = "hot";

    /// A load of 16 writers with 100 appends each. The seed decides what they do, chance how they meet.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            writers: 16,
            appends: 100,
        }
    }

    /// Sets the number of writers.
    pub fn writers(mut self, writers: usize) -> Self {
        self.writers = writers;
        self
    }

    /// Sets how often each writer appends.
    pub fn appends(mut self, appends: usize) -> Self {
        self.appends = appends;
        self
    }

    /// Runs it and waits for everybody. Writers stop early if the store becomes unavailable, as when it is closed.
    ///
    /// Needs a multi-threaded tokio runtime with time.
    ///
    /// # Panics
    /// If a call hangs.
    pub async fn run<S: EventStore + Clone>(&self, store: &Recorded<S>) -> Loaded {
        let (over, is_over) = watch::channel(false);
        let hot = Filter::all().tag(hot());
        let tails = [
            (&Filter::all(), true),
            (&hot, true),
            (&Filter::all(), false),
            (&hot, false),
        ];
        let tails: Vec<_> = tails
            .into_iter()
            .map(|(filter, by_watch)| {
                let reader = Reader::new(store.clone(), is_over.clone());
                tokio::spawn(reader.tail(filter.clone(), by_watch))
            })
            .collect();
        let streams = Reader::new(store.clone(), is_over).streams(self.seed);
        let streams = tokio::spawn(streams);
        let writers: Vec<_> = (0..self.writers)
            .map(|number| {
                let writer = Writer::new(store.clone(), self.seed, number);
                tokio::spawn(writer.run(self.appends))
            })
            .collect();
        let mut loaded = Loaded::default();
        for writer in writers {
            let (calls, unknown) = writer.await.expect("no writer panics");
            loaded.calls += calls;
            loaded.unknown.extend(unknown);
        }
        over.send_replace(true);
        for tail in tails {
            loaded.tailed.push(tail.await.expect("no reader panics"));
        }
        streams.await.expect("no reader panics");
        loaded
    }
}

fn hot() -> Tag {
    Tag::new(Load::HOT).expect("a valid tag")
}

/// Waits, but not for ever.
async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(LIMIT, future).await else {
        panic!("{what} hangs");
    };
    value
}
