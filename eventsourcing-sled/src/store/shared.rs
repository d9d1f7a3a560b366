//! What readers, the writer and the indexer share, and what ends them.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use eventsourcing::{Capabilities, Clock, HeadWatch, Timestamp};

use super::models::Models;
use super::queue::Queue;
use super::read::Pool;
use super::sound;
use crate::checkpoints::Checkpoints;
use crate::directory::Directory;
use crate::error::LookupError;
use crate::index::{Engine, EngineError, Index, Indexer, Signal};
use crate::log::{LogError, LogFiles};

/// How long closing waits for sled, which can hang on a full disk.
const INDEX_PATIENCE: Duration = Duration::from_secs(30);

/// What readers, the writer and the indexer share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) capabilities: Capabilities,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) files: Arc<LogFiles>,
    pub(super) index: Arc<Index>,
    pub(super) checkpoints: Arc<Checkpoints>,
    pub(super) signal: Arc<Signal>,
    /// Ends when the writer does.
    pub(super) watch: HeadWatch,
    pub(super) pool: Pool,
    /// Held while a snapshot is changed.
    pub(super) snapshots: Mutex<()>,
    pub(super) counters: Counters,
    /// When the last commit was recorded, in microseconds since 1970.
    pub(super) recorded_at: AtomicI64,
    /// The failed write that poisoned the store.
    pub(super) poison: OnceLock<String>,
}

/// Figures that only the writer knows.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) syncs: AtomicU64,
    pub(super) groups: AtomicU64,
    pub(super) commits: AtomicU64,
}

impl Shared {
    /// Looks something up. If the index turns out to be damaged, it is rebuilt from the log first; also if it leads to a
    /// place where the log has nothing of the kind, though the log is sound.
    pub(super) fn lookup<T>(
        &self,
        mut look: impl FnMut() -> Result<T, LookupError>,
    ) -> Result<T, LookupError> {
        let rebuilds = self.index.rebuilds();
        let looked = match look() {
            Err(LookupError::Log(LogError::Corrupt { position, .. }))
                if sound::is_sound_at(self, position)? =>
            {
                Err(EngineError::Row("it leads to another place in the log").into())
            }
            looked => looked,
        };
        match looked {
            Err(LookupError::Index(error)) if error.is_damage() => {
                self.index
                    .repair(rebuilds, &error)
                    .map_err(LookupError::from)?;
                look()
            }
            Err(LookupError::Index(error)) if self.index.note_broken(&error) => {
                // The indexer sees to it, as soon as it may help.
                self.signal.grown(true);
                Err(error.into())
            }
            result => result,
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        self.index.engine()
    }

    /// Makes the caller the only one who changes snapshots.
    pub(super) fn lock_snapshots(&self) -> MutexGuard<'_, ()> {
        self.snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// When the last commit was recorded.
    pub(super) fn recorded_at(&self) -> Timestamp {
        Timestamp::from_micros(self.recorded_at.load(Ordering::Relaxed))
    }

    pub(super) fn poisoned(&self) -> Option<&str> {
        self.poison.get().map(String::as_str)
    }
}

/// Owns the threads and the directory's lock.
#[derive(Debug)]
pub(super) struct Handle {
    shared: Arc<Shared>,
    queue: Queue,
    models: Models,
    running: Mutex<Option<Running>>,
    open: AtomicBool,
}

/// What has to be ended.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) writer: JoinHandle<()>,
    pub(super) indexer: Indexer,
    pub(super) checkpoints: Arc<Checkpoints>,
    /// Unlocked last: the indexer has it too, should it take longer than anybody waits.
    pub(super) directory: Arc<Directory>,
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>, queue: Queue, models: Models, running: Running) -> Self {
        Self {
            shared,
            queue,
            models,
            running: Mutex::new(Some(running)),
            open: AtomicBool::new(true),
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The way to the writer.
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The store's read models.
    pub(super) fn models(&self) -> &Models {
        &self.models
    }

    /// Ends the threads and unlocks the directory. Appends that were handed over before are answered first.
    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Relaxed);
        self.models.close();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = running.take() else {
            return;
        };
        self.queue.close();
        if running.writer.thread().id() == thread::current().id() {
            // The last handle was in a task that the writer has just woken and so dropped. It cannot wait for itself.
            let ended = thread::Builder::new().spawn(move || running.end());
            if let Err(error) = ended {
                tracing::error!(%error, "the store closes without waiting for its index");
            }
        } else {
            running.end();
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }
}

impl Running {
    fn end(self) {
        let Self {
            writer,
            mut indexer,
            checkpoints,
            directory,
        } = self;
        if writer.join().is_err() {
            tracing::error!("the store's writer has panicked");
        }
        checkpoints.close();
        indexer.stop(INDEX_PATIENCE);
        drop(directory);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64, number: u64) {
        counter.fetch_add(number, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;
    use std::path::Path;
    use std::sync::mpsc;
    use std::time::Duration;

    use eventsourcing::ExpectedVersion::NoStream;
    use eventsourcing::{
        Commit, CommitId, EventStore, FormatId, NewEvent, ReadError, Snapshot, SnapshotStore,
        StreamId, Version,
    };
    use futures_util::FutureExt;

    use super::*;
    use crate::SledStore;
    use crate::index::DIR;

    const ALL: usize = 1500;

    /// The `number`-th stream.
    fn stream(number: usize) -> StreamId {
        StreamId::new("account", &number.to_string()).expect("a stream id")
    }

    /// A store with one event in each of the first so many streams, closed again.
    fn grown(dir: &Path, to: usize) {
        let store = SledStore::open(dir).expect("a store");
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        let from = store.shared().index.end().position;
        for number in usize::try_from(from).expect("small")..to {
            let event = NewEvent {
                event_type: "opened".into(),
                schema_version: 1,
                readable_by: 1,
                format: FormatId::JSON,
                tags: Vec::new(),
                payload: "{}".into(),
            };
            let commit = Commit::new().append(stream(number), NoStream, vec![event]);
            runtime.block_on(store.append(commit)).expect("an append");
        }
        let snapshot = Snapshot {
            stream: stream(0),
            version: Version::new(1),
            last_event: CommitId::generate().event_id(0),
            fingerprint: 1,
            format: FormatId::JSON,
            state: "{}".into(),
        };
        let saved = runtime.block_on(store.save_snapshot(snapshot));
        saved.expect("a snapshot");
    }

    /// Whether a stream is known; `None` if nobody can tell for the time being. Reads do not wait.
    fn knows(store: &SledStore, number: usize) -> Option<bool> {
        match store.stream_head(&stream(number)).now_or_never()? {
            Ok(head) => Some(head.is_some()),
            Err(ReadError::Unavailable { .. }) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn what_sled_has_lost_while_it_was_refused_everything_is_missed_by_nobody() {
        let dir = tempfile::tempdir().expect("a directory");
        let (index, lost) = (dir.path().join(DIR), dir.path().join("lost"));
        grown(dir.path(), 10);
        let older = tempfile::tempdir().expect("a directory");
        for entry in fs::read_dir(&index).expect("the index") {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_file() {
                fs::copy(entry.path(), older.path().join(entry.file_name())).expect("a copy");
            }
        }
        grown(dir.path(), ALL);
        let store = SledStore::open(dir.path()).expect("a store");
        // As if what came later had not got to the disk.
        fs::rename(&index, &lost).expect("renaming");
        fs::rename(older.path(), &index).expect("renaming");
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert_ne!(knows(&store, ALL - 1), Some(false), "it is in the log");
                }
            });
            let revived = store.shared().index.revive();
            done.store(true, Ordering::Relaxed);
            revived.expect("another index");
        });
        let known = (0..ALL).filter(|number| knows(&store, *number) == Some(true));
        assert_eq!(known.count(), ALL);
        assert_eq!(store.stats().expect("figures").index_rebuilds, 1);
        let kept = store.load_snapshot(&stream(0)).now_or_never();
        let kept = kept.expect("it does not wait").expect("a snapshot");
        assert!(kept.is_some(), "what there is of snapshots is taken over");
    }

    #[test]
    fn figures_are_told_while_the_index_does_not_answer() {
        let dir = tempfile::tempdir().expect("a directory");
        let (index, away) = (dir.path().join(DIR), dir.path().join("away"));
        grown(dir.path(), 10);
        let store = SledStore::open(dir.path()).expect("a store");
        let before = store.stats().expect("figures");
        assert!(before.index_bytes > 0);
        let engine = store.shared().engine();
        let exchanged = engine.swap(1 << 20, || {
            fs::rename(&index, &away)?;
            Err(io::Error::other("no more room"))
        });
        exchanged.expect_err("there is none to open");
        let stats = store.stats().expect("figures");
        assert_eq!((stats.events, stats.index_bytes), (10, 0));
        fs::rename(&away, &index).expect("renaming");
        store.shared().index.revive().expect("it is back");
        assert_eq!(knows(&store, 9), Some(true));
        assert_eq!(store.stats().expect("figures").index_rebuilds, 0);
        store.close();
        assert!(matches!(store.stats(), Err(ReadError::Unavailable { .. })));
    }

    #[test]
    fn figures_wait_while_the_index_is_exchanged() {
        let dir = tempfile::tempdir().expect("a directory");
        let (index, away) = (dir.path().join(DIR), dir.path().join("index.broken-1"));
        grown(dir.path(), 10);
        let store = SledStore::open(dir.path()).expect("a store");
        let (tell, told) = mpsc::channel();
        let tell = || assert!(tell.send(store.stats().expect("figures")).is_ok());
        thread::scope(|scope| {
            let exchanged = store.shared().engine().swap(1 << 20, || {
                fs::rename(&index, &away)?;
                scope.spawn(tell);
                // Whoever did not wait would have told them long before.
                let early = told.recv_timeout(Duration::from_millis(200));
                assert!(early.is_err(), "{early:?}");
                fs::rename(&away, &index)
            });
            exchanged.expect("the same as before");
            let stats = told.recv().expect("figures");
            assert!(stats.index_bytes > 0);
            assert_eq!(stats.set_aside_bytes, 0);
        });
    }
}
