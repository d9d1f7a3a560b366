//! Opening a store: lock, checkpoints, log, index, threads.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, OnceLock};

use eventsourcing::{Capabilities, Durability as Level, HeadPublisher, Position};

use super::models::Models;
use super::queue::Queue;
use super::read::Pool;
use super::shared::{Counters, Handle, Running, Shared};
use super::upgrade;
use super::writer::{self, Writer};
use crate::checkpoints::{self, Checkpoints};
use crate::config::{Builder, Durability};
use crate::directory::Directory;
use crate::error::OpenError;
use crate::index::{self, Indexer, OpenIndex, Point, Signal};
use crate::log::{self, WriterOptions};

pub(super) fn open(builder: Builder, path: &Path) -> Result<Handle, OpenError> {
    // The process may change its working directory while the store is open.
    let path = &std::path::absolute(path).map_err(OpenError::io(path))?;
    let directory = Directory::open(path, builder.clock.now(), builder.create)?;
    let sync = builder.durability != Durability::None;
    let options = WriterOptions {
        segment_bytes: builder.segment_bytes,
        sync,
    };
    // Before anything is changed; an older store has them in its index.
    let checkpoints = (directory.version >= checkpoints::SINCE)
        .then(|| Checkpoints::open(path, directory.store))
        .transpose()
        .map_err(|error| error.of_store(path))?;
    let log_error = |error| OpenError::log(path, error);
    let index_error = |error| OpenError::index(path, error);
    let log = log::find(&directory.log(), directory.store).map_err(log_error)?;
    let (next, address) = log.end();
    let end = Point {
        position: next - 1,
        address,
    };
    // Before the log's end is cut: the index may know that what is damaged there had been acknowledged.
    let index = index::find(OpenIndex {
        path: directory.path.clone(),
        store: directory.store,
        files: log.files.clone(),
        end,
        cache_capacity: builder.cache_capacity,
    })
    .map_err(index_error)?;
    let log = log.recover(options).map_err(log_error)?;
    let index = index.open().map_err(index_error)?;
    let checkpoints = checkpoints.map_or_else(|| upgrade::upgrade(&directory, &index), Ok)?;
    let (index, checkpoints) = (Arc::new(index), Arc::new(checkpoints));
    let signal = Arc::new(Signal::default());
    let publisher = HeadPublisher::new(Position::new(end.position));
    let shared = Arc::new(Shared {
        capabilities: capabilities(builder.durability),
        clock: builder.clock,
        files: log.files,
        index: index.clone(),
        checkpoints: checkpoints.clone(),
        signal: signal.clone(),
        watch: publisher.watch(),
        pool: Pool::default(),
        snapshots: Mutex::new(()),
        counters: Counters {
            syncs: AtomicU64::new(0),
            ..Counters::default()
        },
        recorded_at: AtomicI64::new(log.recorded_at.as_micros()),
        poison: OnceLock::new(),
    });
    if end.position > 0 {
        // What was replayed is flushed once it is quiet.
        signal.grown(false);
    }
    let (queue, jobs) = Queue::new();
    let directory = Arc::new(directory);
    let indexer = Indexer::start(index, signal, directory.clone()).map_err(OpenError::io(path))?;
    let writer = Writer::new(
        shared.clone(),
        publisher,
        log.writer,
        log.recorded_at,
        builder.durability,
    );
    let writer = writer::start(writer, jobs, queue.gate()).map_err(OpenError::io(path))?;
    Ok(Handle::new(
        shared,
        queue,
        Models::new(path, builder.cache_capacity),
        Running {
            writer,
            indexer,
            checkpoints,
            directory,
        },
    ))
}

fn capabilities(durability: Durability) -> Capabilities {
    Capabilities {
        durability: if durability == Durability::None {
            Level::Buffered
        } else {
            Level::Fsync
        },
        max_events_per_commit: 10_000,
        max_event_bytes: 16 << 20,
        max_commit_bytes: 64 << 20,
        multi_process: false,
        idempotency_window: None,
        contiguous_positions: true,
    }
}
