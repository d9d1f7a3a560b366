//! No file may grow beyond a limit.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use eventsourcing::{
    AppendError, Checkpoint, CheckpointStore, Commit, CommitId, EventStore, ExpectedVersion,
    FormatId, Position, ReadError, Snapshot, SnapshotStore, StreamId, Version,
};
use eventsourcing_sled::{Durability, SledStore};
use eventsourcing_testkit::faults::Tally;

use crate::support::{
    Running, account, append, block_on, child, child_dir, commit, event, log, stream, wait_until,
};

/// Appends until there is no room, then shows that the store is still good for reading.
#[test]
fn filler() {
    let Some(dir) = child_dir() else { return };
    let store = SledStore::open(dir).expect("a store");
    let mut acked = 0;
    let large = || {
        Commit::new().append(
            account(0),
            ExpectedVersion::Any,
            vec![event(vec![7; 10_000])],
        )
    };
    let error = loop {
        match block_on(store.append(large())) {
            Ok(_) => acked += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, AppendError::StorageFull { .. }),
        "{error:?}"
    );
    // What is there can be read; what does not fit is refused again and again.
    assert_eq!(log(&store).expect("the log").len(), acked);
    assert!(matches!(
        block_on(store.append(large())),
        Err(AppendError::StorageFull { .. })
    ));
    // Something smaller may still fit, and then it is kept.
    let mut small = 0;
    while block_on(store.append(commit(&account(1), 1))).is_ok() {
        small += 1;
    }
    assert_eq!(stream(&store, &account(1)).expect("a stream").len(), small);
    assert_eq!(store.stats().expect("figures").poisoned, None);
    println!("full {acked} {small}\n");
}

#[test]
fn no_room_for_the_log() {
    let dir = tempfile::tempdir().expect("a directory");
    // In blocks of 512 bytes.
    let plain = child("faults::disk_full::file_size::filler", dir.path());
    let limited = shell(&plain, "ulimit -f 4096");
    let mut child = Running::start(limited);
    let said = child.wait_for("full ");
    let (acked, small) = said.split_once(' ').expect("two numbers");
    let (acked, small): (usize, usize) = (
        acked.parse().expect("a number"),
        small.parse().expect("a number"),
    );
    assert!(acked > 10, "{acked} commits before it was full");
    // Until it has closed the store.
    assert!(
        child
            .lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("test result: ok"))
    );
    let store = SledStore::open(dir.path()).expect("a store");
    let mut tally = Tally::new("no file larger than 2 MiB, met by the log");
    count(&mut tally, &store, acked + small);
    tally.finish();
    assert_eq!(stream(&store, &account(0)).expect("a stream").len(), acked);
    append(&store, commit(&account(0), 1));
    assert_eq!(log(&store).expect("the log").len(), acked + small + 1);
    assert!(store.verify().expect("a report").is_sound());
}

/// Appends to `count` new streams with long names, so that the index is larger than any segment of the log.
fn grow(store: &SledStore, count: usize) {
    let from = log(store).expect("the log").len();
    for number in from..from + count {
        append(store, commit(&account(format!("{number:0150}")), 1));
    }
}

fn small_segments(dir: &Path) -> SledStore {
    let settings = SledStore::builder()
        .segment_bytes(64 << 10)
        .durability(Durability::None);
    settings.open(dir).expect("a store")
}

fn snapshot() -> Snapshot {
    Snapshot {
        stream: account(0),
        version: Version::new(1),
        last_event: CommitId::generate().event_id(0),
        fingerprint: 1,
        format: FormatId::JSON,
        state: vec![7; 10_000].into(),
    }
}

/// The index is written in a pause, so appends come one at a time here.
fn wait_until_written(store: &SledStore) {
    wait_until("writing the index", || {
        // sled may refuse to say whether there is such a stream, until it has been replaced.
        if let Err(error) = block_on(store.append(commit(&account("again"), 1))) {
            assert!(
                matches!(error, AppendError::Unavailable { .. }),
                "{error:?}"
            );
        }
        let appended = Instant::now();
        let is_written = || {
            let stats = store.stats().expect("figures");
            stats.index_failure.is_none() && stats.indexed.get() == stats.events
        };
        while appended.elapsed() < Duration::from_secs(1) && !is_written() {
            thread::sleep(Duration::from_millis(5));
        }
        is_written()
    });
    assert!(store.verify().expect("a report").is_sound());
    println!("written {}\n", log(store).expect("the log").len());
}

/// There is no room for the index, and that is found out in time.
#[test]
fn indexer() {
    let Some(dir) = child_dir() else { return };
    let store = small_segments(&dir);
    grow(&store, 5000);
    wait_until("failing to write the index", || {
        store.stats().expect("figures").index_failure.is_some()
    });
    // Nothing that is done for the log depends on it.
    grow(&store, 1000);
    assert_eq!(
        stream(&store, &account(format!("{:0150}", 1)))
            .expect("a stream")
            .len(),
        1
    );
    assert!(matches!(
        block_on(store.save_snapshot(snapshot())),
        Err(ReadError::Unavailable { .. })
    ));
    println!("full \n");
    std::io::stdin()
        .read_line(&mut String::new())
        .expect("a line");
    // Also if nobody can append, because memory is full of what is to be written.
    wait_until("trying again by itself", || {
        let stats = store.stats().expect("figures");
        stats.index_failure.is_none() && stats.indexed.get() == stats.events
    });
    wait_until_written(&store);
    block_on(store.save_snapshot(snapshot())).expect("there is room again");
    assert_eq!(
        store.stats().expect("figures").last_rebuild,
        None,
        "it was never broken"
    );
}

/// The stream of the `number`-th commit.
fn one_of(number: usize) -> StreamId {
    account(format!("{number:0150}"))
}

/// Whoever asks for a stream hears of it, or that nobody can tell: what sled has lost is not there again until it has been replaced.
fn knows(store: &SledStore, number: usize) {
    match block_on(store.stream_head(&one_of(number))) {
        Ok(head) => assert_eq!(
            head.map(|head| head.version.get()),
            Some(1),
            "stream {number}"
        ),
        Err(ReadError::Unavailable { .. }) => {}
        Err(error) => panic!("stream {number}: {error:?}"),
    }
    if number.is_multiple_of(100) {
        match block_on(store.append(new(&one_of(number)))) {
            Err(AppendError::Conflict { .. } | AppendError::Unavailable { .. }) => {}
            other => panic!("stream {number}, which is there already: {other:?}"),
        }
    }
}

fn new(stream: &StreamId) -> Commit {
    Commit::new().append(stream.clone(), ExpectedVersion::NoStream, vec![event("{}")])
}

/// sled runs into the limit although there seemed to be room.
#[test]
fn breaker() {
    let Some(dir) = child_dir() else { return };
    let store = small_segments(&dir);
    append(&store, commit(&account(0), 1));
    let (position, epoch) = (Position::new(1), 7);
    let kept = Checkpoint { position, epoch };
    block_on(store.store_checkpoint("kept", None, kept)).expect("a checkpoint");
    let failed = || store.stats().expect("figures").index_failure.is_some();
    // Written bit by bit, so that what is looked for each time is less than what sled has in the end.
    let (mut written, mut felt) = (0, false);
    for _ in 0..200 {
        felt = failed();
        if felt {
            break;
        }
        for _ in 0..500 {
            if block_on(store.append(commit(&one_of(written + 1), 1))).is_err() {
                break;
            }
            written += 1;
        }
        wait_until("writing the index", || {
            let stats = store.stats().expect("figures");
            stats.indexed.get() == stats.events || stats.index_failure.is_some()
        });
    }
    assert!(felt, "it still fits");
    println!("full \n");
    std::io::stdin()
        .read_line(&mut String::new())
        .expect("a line");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for part in 0..2 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    (1..=written)
                        .skip(part)
                        .step_by(2)
                        .for_each(|number| knows(store, number));
                }
            });
        }
        wait_until_written(&store);
        done.store(true, Ordering::Relaxed);
    });
    // The engine was replaced, and with it nothing that cannot be made again.
    let found = block_on(store.load_checkpoint("kept")).expect("a lookup");
    assert_eq!(found, Some(kept));
}

/// Runs a role under a limit, lifts the limit once it is felt, and checks what there is in the end.
fn limited_for_a_while(fault: &str, role: &str, limit: &str) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut limited = shell(&child(role, dir.path()), limit);
    limited.stdin(std::process::Stdio::piped());
    let mut child = Running::start(limited);
    child.wait_for("full");
    let mut lift = Command::new("prlimit");
    lift.args(["--fsize=unlimited:", "--pid", &child.id().to_string()]);
    assert!(lift.status().expect("prlimit, of util-linux").success());
    child.say("go on");
    let events: usize = child.wait_for("written").parse().expect("a number");
    assert!(
        child
            .lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("test result: ok"))
    );
    let store = SledStore::open(dir.path()).expect("a store");
    let mut tally = Tally::new(fault);
    count(&mut tally, &store, events);
    tally.finish();
    assert!(store.verify().expect("a report").is_sound());
}

/// Counts a round after which so many events must be there.
fn count(tally: &mut Tally, store: &SledStore, acked: usize) {
    let there = log(store).expect("the log").len();
    tally.round(acked as u64, acked.abs_diff(there) as u64, || {
        format!("{acked} were acknowledged, {there} are there")
    });
}

// In blocks of 512 bytes.

#[test]
fn no_room_for_the_index() {
    limited_for_a_while(
        "no file larger than 1 MiB for a while, met by the index",
        "faults::disk_full::file_size::indexer",
        "ulimit -S -f 2048",
    );
}

#[test]
fn a_broken_engine_is_replaced() {
    limited_for_a_while(
        "no file larger than 4 MiB for a while, met by sled",
        "faults::disk_full::file_size::breaker",
        "ulimit -S -f 8192",
    );
}

/// The same command under a shell that has set limits. Exceeding the size of a file is then an error, not a signal.
fn shell(plain: &Command, limit: &str) -> Command {
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(format!("trap '' XFSZ; {limit}; exec \"$0\" \"$@\""))
        .arg(plain.get_program())
        .args(plain.get_args())
        .envs(
            plain
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .stdout(std::process::Stdio::piped());
    limited
}
