//! A small store with something of everything in it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    Checkpoint, CheckpointStore, Commit, CommitId, EventStore, ExpectedVersion, FormatId, Metadata,
    Position, RecordedEvent, Snapshot, SnapshotStore, StreamId, Tag, Version,
};
use eventsourcing_sled::{Durability, SledStore};
use eventsourcing_testkit::ManualClock;

use super::image::{Image, scratch};
use super::probe::payload;
use crate::support::{account, block_on, event, log};

const COMMITS: u64 = 46;
/// So many of them are not in the older index.
const LATER: u64 = 4;
/// Small segments, so that several are sealed.
const SEGMENT: u64 = 2 << 10;

/// A closed store, and the events in it.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) image: Image,
    /// Its index, as it was some commits before the last.
    pub(crate) older_index: Image,
    pub(crate) events: Vec<RecordedEvent>,
    pub(crate) snapshot: Snapshot,
    pub(crate) checkpoint: Checkpoint,
}

impl Sample {
    /// Streams, tags, correlation, times, several segments; at last three commits that were written as one group.
    pub(crate) fn new() -> Self {
        Self::with(SEGMENT)
    }

    /// All of it in one segment.
    pub(crate) fn in_one_segment() -> Self {
        Self::with(64 << 20)
    }

    fn with(segment: u64) -> Self {
        let dir = scratch();
        let clock = ManualClock::default();
        let open = |durability| {
            let builder = SledStore::builder().segment_bytes(segment);
            let builder = builder
                .clock(Arc::new(clock.clone()))
                .durability(durability);
            builder.open(dir.path()).expect("a store")
        };
        let append = |commits: Range<u64>| {
            let store = open(Durability::Always);
            for number in commits {
                block_on(store.append(commit(number))).expect("an append");
                clock.advance(Duration::from_secs(20));
            }
        };
        append(0..COMMITS - LATER);
        let mut older_index = Image::of(dir.path());
        older_index.keep("index");
        append(COMMITS - LATER..COMMITS);
        let max_delay = Duration::from_millis(200);
        let store = open(Durability::Group { max_delay });
        let groups = store.stats().expect("figures").groups;
        block_on(async {
            let one = |number| store.append(commit(number));
            let (one, two, three) = tokio::join!(one(COMMITS), one(COMMITS + 1), one(COMMITS + 2));
            assert!(one.is_ok() && two.is_ok() && three.is_ok());
        });
        assert_eq!(store.stats().expect("figures").groups, groups + 1);
        let (snapshot, checkpoint) = beside(&store);
        let events = log(&store).expect("the log");
        drop(store);
        Self {
            image: Image::of(dir.path()),
            older_index,
            events,
            snapshot,
            checkpoint,
        }
    }

    /// Opens the store in a directory that it was restored to.
    pub(crate) fn open(dir: &Path) -> Result<SledStore, eventsourcing_sled::OpenError> {
        SledStore::builder().segment_bytes(SEGMENT).open(dir)
    }
}

/// What is not in the log.
fn beside(store: &SledStore) -> (Snapshot, Checkpoint) {
    let snapshot = Snapshot {
        stream: account(1),
        version: Version::new(3),
        last_event: CommitId::generate().event_id(0),
        fingerprint: 9,
        format: FormatId::JSON,
        state: vec![7; 6000].into(),
    };
    block_on(store.save_snapshot(snapshot.clone())).expect("a snapshot");
    let checkpoint = Checkpoint {
        position: Position::new(20),
        epoch: 3,
    };
    block_on(store.store_checkpoint("reader", None, checkpoint)).expect("a checkpoint");
    (snapshot, checkpoint)
}

fn commit(number: u64) -> Commit {
    let id = number % 5;
    let tag = Tag::new(&format!("of:{id}")).expect("a tag");
    let new = |n: u64| event(payload(n)).with_tag(tag.clone());
    let events = (0..=number % 2).map(|n| new(number * 10 + n)).collect();
    let mut commit = Commit::new().append(account(id), ExpectedVersion::Any, events);
    if number.is_multiple_of(4) {
        let stream = StreamId::new("transfer", &(number % 3).to_string()).expect("a stream id");
        let mut moved = event(payload(number));
        moved.event_type = "transfer.moved".into();
        moved.schema_version = 2;
        commit = commit.append(stream, ExpectedVersion::Any, vec![moved]);
    }
    if number.is_multiple_of(6) {
        let chain = CommitId::generate().into();
        commit.metadata = Metadata::new()
            .with_correlation(chain)
            .with_actor("somebody")
            .with_header("key", "value");
    }
    commit
}
