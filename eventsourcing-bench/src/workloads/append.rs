//! Durable appends of one event of 100 bytes.
//!
//! Floors: a bare file with one write and one `fdatasync` for each group of as many ready-made frames as there are
//! writers, preallocated (the ratio's floor) and growing. The store also decides conflicts, knows each commit's id,
//! indexes, and wakes each writer.

use std::sync::Arc;
use std::time::Instant;

use eventsourcing::{Commit, EventStore, ExpectedVersion, FormatId, NewEvent, Version};
use eventsourcing_sled::SledStore;
use tokio::runtime::Runtime;

use super::{fill, runtime};
use crate::Failure;
use crate::args::Args;
use crate::floor::file::{BareFile, Room};
use crate::floor::frame;
use crate::measure::{Contest, Laps, Sample, as_f64};
use crate::result::Report;

/// Name of the appended event.
const NAME: &str = "account.deposited";
/// Room of the preallocated floor.
const ROOM: usize = 64 << 20;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    for writers in [1, 8, 64] {
        contest(
            Writers {
                writers,
                one_stream: false,
            },
            args,
            report,
        )?;
    }
    contest(
        Writers {
            writers: 8,
            one_stream: true,
        },
        args,
        report,
    )
}

/// Who appends where.
#[derive(Debug, Clone, Copy)]
struct Writers {
    writers: usize,
    one_stream: bool,
}

fn contest(who: Writers, args: &Args, report: &mut Report) -> Result<(), Failure> {
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    let usual = if who.writers == 1 {
        400
    } else {
        100 * who.writers
    };
    let each = args.size(usual, 4 * who.writers).div_ceil(who.writers);
    let group = group(who.writers);
    let store = SledStore::open(scratch.path().join("store"))?;
    let mut bare = BareFile::create(
        &scratch.path().join("preallocated"),
        Room::Preallocated(ROOM),
    )?;
    let mut growing = BareFile::create(&scratch.path().join("growing"), Room::Growing)?;
    let subject = if who.one_stream {
        "sled, one stream"
    } else {
        "sled"
    };
    let lines = Contest::new("append", who.writers)
        .side("floor: bare file, preallocated", "fsync", || {
            groups(&mut bare, &group, who.writers, each)
        })
        .side("floor: bare file, growing", "fsync", || {
            groups(&mut growing, &group, who.writers, each)
        })
        .side(subject, "fsync", || appends(&runtime, &store, who, each))
        .run(args.rounds(11))?;
    Ok(report.lines(&lines)?)
}

/// The payload: 100 bytes of JSON.
fn payload() -> String {
    format!(
        r#"{{"cents":73051,"reference":"{:0<70}"}}"#,
        "invoice 2026-001 "
    )
}

/// As many frames as there are writers, one event each.
fn group(writers: usize) -> Vec<u8> {
    let mut group = Vec::new();
    for writer in 0..writers {
        frame::encode(
            &mut group,
            &format!("account-{writer}"),
            NAME,
            1,
            payload().as_bytes(),
        );
    }
    group
}

/// Appends the group again and again.
pub(super) fn groups(
    file: &mut BareFile,
    group: &[u8],
    size: usize,
    times: usize,
) -> Result<Sample, Failure> {
    let mut laps = Laps::start(1);
    for _ in 0..times {
        file.append(group)?;
        laps.group_done(size);
    }
    Ok(Sample {
        syncs_per_commit: Some(1.0 / as_f64(size as u64)),
        ..laps.finish()
    })
}

fn appends(
    runtime: &Runtime,
    store: &SledStore,
    who: Writers,
    each: usize,
) -> Result<Sample, Failure> {
    let before = store.stats()?;
    let begun = Instant::now();
    let laps = runtime.block_on(async {
        if who.writers == 1 {
            return writer(store, 0, who, each).await;
        }
        let start = |number| {
            let store = store.clone();
            tokio::spawn(async move { writer(&store, number, who, each).await })
        };
        let mut laps = Vec::new();
        for writer in (0..who.writers as u64).map(start).collect::<Vec<_>>() {
            laps.extend(writer.await??);
        }
        Ok(laps)
    })?;
    let elapsed = begun.elapsed();
    let after = store.stats()?;
    let (syncs, commits) = (after.syncs - before.syncs, after.commits - before.commits);
    let syncs_per_commit = Some(as_f64(syncs) / as_f64(commits));
    Ok(Sample {
        ops: laps.len() as u64,
        elapsed,
        laps,
        syncs_per_commit,
        peak_rss_mib: None,
    })
}

/// One writer's appends, and how long each took in nanoseconds. On a stream of its own it expects the version it left.
pub(super) async fn own_stream(
    store: &SledStore,
    account: u64,
    count: usize,
) -> Result<Vec<f64>, Failure> {
    let who = Writers {
        writers: 1,
        one_stream: false,
    };
    writer(store, account, who, count).await
}

async fn writer(
    store: &SledStore,
    number: u64,
    who: Writers,
    each: usize,
) -> Result<Vec<f64>, Failure> {
    let stream = fill::stream(if who.one_stream { 0 } else { number })?;
    let head = store.stream_head(&stream).await?;
    let mut version = head.map_or(Version::EMPTY, |head| head.version);
    let (name, payload) = (Arc::from(NAME), bytes::Bytes::from(payload()));
    let mut laps = Vec::with_capacity(each);
    for _ in 0..each {
        let event = NewEvent {
            event_type: Arc::clone(&name),
            schema_version: 1,
            readable_by: 1,
            format: FormatId::JSON,
            tags: Vec::new(),
            payload: payload.clone(),
        };
        let expected = if who.one_stream {
            ExpectedVersion::Any
        } else {
            ExpectedVersion::Exact(version)
        };
        let begun = Instant::now();
        store
            .append(Commit::new().append(stream.clone(), expected, vec![event]))
            .await?;
        laps.push(begun.elapsed().as_secs_f64() * 1e9);
        version = version.next();
    }
    Ok(laps)
}
