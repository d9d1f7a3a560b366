//! Killed at any moment, the store has everything it acknowledged, and nothing by halves.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use eventsourcing::{Commit, EventStore, ExpectedVersion, Position, RecordedEvent, StreamId};
use eventsourcing_sled::SledStore;

use crate::support::{Running, account, child, child_dir, event, log, stream};

const WRITERS: usize = 8;
const ROUNDS: usize = 20;

/// Appends from several tasks at once and prints each acknowledged commit.
#[test]
fn writer() {
    let Some(dir) = child_dir() else { return };
    let store = SledStore::builder()
        .segment_bytes(64 << 10)
        .open(dir)
        .expect("a store");
    println!("opened ");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build();
    runtime.expect("a runtime").block_on(async {
        let tasks = (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), writer)));
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("a writer");
        }
    });
}

async fn write(store: SledStore, writer: usize) {
    for number in 0_usize.. {
        let streams = [
            account(writer),
            StreamId::new("shared", &(number % 3).to_string()).expect("an id"),
        ];
        let payload = vec![b'x'; 10 + number * 37 % 900];
        let commit =
            streams
                .into_iter()
                .take(1 + number % 2)
                .fold(Commit::new(), |commit, stream| {
                    commit.append(
                        stream,
                        ExpectedVersion::Any,
                        vec![event(payload.clone()); 1 + number % 3],
                    )
                });
        let committed = store.append(commit).await.expect("an append");
        let receipt = committed.receipt;
        let line = format!(
            "acked {} {} {}\n",
            receipt.commit_id, receipt.first, receipt.last
        );
        // One write a line, so that a kill does not leave half of one.
        std::io::stdout()
            .write_all(line.as_bytes())
            .expect("output");
    }
}

/// Whole commits, positions and versions without holes.
fn check_whole(events: &[RecordedEvent]) {
    let mut versions: HashMap<&StreamId, u64> = HashMap::new();
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position, Position::new(position));
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(event.version.get(), *version, "of {}", event.stream);
    }
    let mut rest = events;
    while let Some(first) = rest.first() {
        let (commit, behind) = rest.split_at(first.commit_len as usize);
        assert!(
            commit
                .iter()
                .all(|event| event.commit_id == first.commit_id),
            "a whole commit"
        );
        assert!(
            commit
                .iter()
                .zip(0..)
                .all(|(event, index)| event.commit_index == index)
        );
        rest = behind;
    }
}

#[test]
fn killed_while_writing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut acked: Vec<(String, u64, u64)> = Vec::new();
    for round in 0..ROUNDS {
        let mut child = Running::start(child("crash::writer", dir.path()));
        child.wait_for("opened");
        // After so many more commits, at some point within the next.
        let target = acked.len() + 1 + (round * 53) % 200;
        while acked.len() < target {
            let line = child
                .lines
                .next()
                .expect("the child goes on")
                .expect("output");
            acked.extend(parse(&line));
        }
        std::thread::sleep(Duration::from_micros(round as u64 * 37));
        child.kill();
        let left: Vec<_> = child.lines.by_ref().map_while(Result::ok).collect();
        acked.extend(left.iter().filter_map(|line| parse(line)));
        let store = SledStore::open(dir.path()).expect("it opens");
        let events = log(&store).expect("the log");
        check_whole(&events);
        for (id, first, last) in &acked {
            let commit = &events[usize::try_from(*first).expect("small") - 1];
            assert_eq!(commit.commit_id.to_string(), *id, "round {round}");
            assert_eq!(u64::from(commit.commit_len), last - first + 1);
        }
        for writer in 0..WRITERS {
            let own = events
                .iter()
                .filter(|event| event.stream == account(writer));
            assert!(
                stream(&store, &account(writer))
                    .expect("a stream")
                    .iter()
                    .eq(own)
            );
        }
        assert!(store.verify().expect("a report").is_sound());
    }
}

fn parse(line: &str) -> Option<(String, u64, u64)> {
    let mut words = line.split_once("acked ")?.1.split(' ');
    Some((
        words.next()?.into(),
        words.next()?.parse().ok()?,
        words.next()?.parse().ok()?,
    ))
}

/// Opens, says so and closes, over and over.
#[test]
fn opener() {
    let Some(dir) = child_dir() else { return };
    loop {
        println!("opening ");
        let store = SledStore::open(&dir).expect("a store");
        drop(store);
    }
}

#[test]
fn killed_while_opening() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::builder()
        .segment_bytes(4 << 10)
        .open(dir.path())
        .expect("a store");
    crate::support::fill(&store, 300);
    let events = log(&store).expect("the log");
    drop(store);
    for round in 0..ROUNDS {
        if round % 5 == 0 {
            std::fs::remove_dir_all(dir.path().join("index")).expect("removing the index");
        }
        let mut child = Running::start(child("crash::opener", dir.path()));
        child.wait_for("opening");
        std::thread::sleep(Duration::from_micros(round as u64 * 1300));
        child.kill();
        let store = SledStore::open(dir.path()).expect("it opens");
        crate::support::check(&store, &events);
    }
}
