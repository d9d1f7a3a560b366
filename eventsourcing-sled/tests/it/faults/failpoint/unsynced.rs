//! A commit that is written but not synced: nobody sees it.

use std::fs;
use std::process::Command;
use std::sync::mpsc::{TryRecvError, channel};
use std::thread;

use eventsourcing::{
    AppendCondition, AppendError, Commit, CommitId, CorrelationId, EventStore, EventStoreExt,
    ExpectedVersion, Filter, Metadata, Position, StreamRange, Tag, Timestamp, Version,
};
use eventsourcing_sled::{Durability, SledStore};

use super::inject::{start, strace};
use crate::support::{
    account, append, block_on, child, child_dir, commit, event, filtered, log, segments, stream,
    wait_until,
};

fn tag() -> Tag {
    Tag::new("hidden").expect("a tag")
}

fn id() -> CommitId {
    CommitId::from_key("hidden")
}

fn chain() -> CorrelationId {
    CorrelationId::from_uuid(*CommitId::from_key("chain").as_uuid())
}

/// The commit that nobody may see yet: it begins one stream and goes on with another.
fn hidden() -> Commit {
    let events = || vec![event(b"hidden".as_slice()).with_tag(tag())];
    Commit::with_id(id())
        .append(account("new"), ExpectedVersion::NoStream, events())
        .append(account(0), ExpectedVersion::Any, events())
        .with_metadata(Metadata {
            correlation_id: Some(chain()),
            ..Metadata::default()
        })
}

/// Asks in every way there is, and expects to see `seen` events of which those behind the third are the hidden ones.
fn look(store: &SledStore, seen: usize) {
    let hidden = seen - 3;
    assert_eq!(log(store).expect("the log").len(), seen);
    assert_eq!(
        block_on(store.head()).expect("the head"),
        Position::new(seen as u64)
    );
    assert_eq!(store.watch().head(), Position::new(seen as u64));
    assert_eq!(store.stats().expect("figures").events, seen as u64);
    assert_eq!(
        stream(store, &account(0)).expect("a stream").len(),
        3 + hidden / 2
    );
    assert_eq!(
        stream(store, &account("new")).expect("a stream").len(),
        hidden / 2
    );
    let backwards = block_on(store.read_stream(&account(0), StreamRange::backward().limit(1)));
    let version = Version::new(3 + hidden as u64 / 2);
    assert_eq!(backwards.expect("a page").events[0].version, version);
    let head = block_on(store.stream_head(&account(0))).expect("a head");
    assert_eq!(head.expect("a stream").version, version);
    let head = block_on(store.stream_head(&account("new"))).expect("a head");
    assert_eq!(head.is_some(), hidden > 0);
    let found = block_on(store.find_commit(id())).expect("a lookup");
    assert_eq!(found.is_some(), hidden > 0);
    for filter in [
        Filter::all().tag(tag()),
        Filter::all().commit(id()),
        Filter::all().correlation(chain()),
    ] {
        assert_eq!(
            filtered(store, &filter).expect("a page").len(),
            hidden,
            "{filter:?}"
        );
    }
    for filter in [
        Filter::all().category("account"),
        Filter::all().event_type("account.deposited"),
        Filter::all().recorded(Timestamp::from_micros(0)..),
    ] {
        assert_eq!(
            filtered(store, &filter).expect("a page").len(),
            seen,
            "{filter:?}"
        );
    }
}

/// A sync of this program, held by strace: until this is dropped, also by a failed assertion.
struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        release();
    }
}

/// Ends strace.
fn release() {
    let status = fs::read_to_string("/proc/self/status").expect("what the system knows of us");
    let tracer = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"));
    let tracer = tracer.expect("a tracer").trim();
    assert_ne!(tracer, "0", "strace is there");
    let ended = Command::new("kill").args(["-KILL", tracer]).status();
    assert!(ended.expect("kill, of procps or util-linux").success());
}

/// Looks while the sync is held.
fn held(durability: Durability) {
    let Some(dir) = child_dir() else { return };
    let settings = SledStore::builder().durability(durability);
    let store = settings.open(&dir).expect("a store");
    append(&store, commit(&account(0), 3));
    let mut watch = store.watch();
    let (answers, answer) = channel();
    let file = &segments(&dir)[0];
    let written = || {
        let bytes = fs::read(file).expect("the segment");
        bytes
            .windows(16)
            .any(|window| window == id().as_uuid().as_bytes())
    };
    assert!(!written());
    thread::scope(|scope| {
        let (first, second) = (answers.clone(), answers);
        let store = &store;
        scope.spawn(move || first.send(("hidden", block_on(store.append(hidden())))));
        let held = Held;
        wait_until("writing", written);
        // Behind it, and decided only once it is known what became of it.
        let condition = AppendCondition {
            none_of: vec![Filter::all().tag(tag())],
            after: Position::new(3),
        };
        let behind = commit(&account(1), 1).with_condition(condition);
        scope.spawn(move || second.send(("behind", block_on(store.append(behind)))));
        for _ in 0..20 {
            look(store, 3);
            assert!(matches!(answer.try_recv(), Err(TryRecvError::Empty)));
        }
        let mut poll = std::task::Context::from_waker(std::task::Waker::noop());
        let beyond = std::pin::pin!(watch.beyond(Position::new(3)));
        assert!(beyond.poll(&mut poll).is_pending(), "the watch is silent");
        println!("\n> unseen");
        drop(held);
        for _ in 0..2 {
            match answer.recv().expect("an answer") {
                ("hidden", result) => {
                    assert_eq!(
                        result.expect("it is written").receipt.last,
                        Position::new(5)
                    );
                }
                (_, result) => assert!(
                    matches!(
                        result,
                        Err(AppendError::ConditionFailed { position }) if position == Position::new(4)
                    ),
                    "{result:?}"
                ),
            }
        }
    });
    look(&store, 5);
    println!("\n> seen");
}

#[test]
fn held_always() {
    held(Durability::Always);
}

#[test]
fn held_group() {
    let max_delay = std::time::Duration::from_millis(1);
    held(Durability::Group { max_delay });
}

#[test]
fn what_is_written_but_not_synced_is_not_seen() {
    for role in ["held_always", "held_group"] {
        let dir = tempfile::tempdir().expect("a directory");
        // The writer's second sync waits, for longer than this test: until the child ends strace.
        let role = format!("faults::failpoint::unsynced::{role}");
        let options = [
            "-D",
            "-o",
            "/dev/null",
            "--trace=fdatasync",
            "--inject=fdatasync:delay_enter=600s:when=2",
        ];
        let traced = strace(&options.map(Into::into), &child(&role, dir.path()));
        let mut child = start(traced);
        child.wait_for("> unseen");
        child.wait_for("> seen");
        child.wait();
        let store = SledStore::open(dir.path()).expect("a store");
        look(&store, 5);
    }
}
