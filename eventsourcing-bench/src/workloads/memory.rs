//! What a store holds in memory, and on the disk for its index, as it is filled: 100,000 streams, chosen at random for each
//! commit of one event, three types, a tag of one in 10,000 and one of one in 100.
//!
//! There is no floor: the figures are bytes.

use std::sync::Arc;
use std::time::Instant;

use eventsourcing::{Commit, EventStore, ExpectedVersion, FormatId, NewEvent, Tag};
use eventsourcing_sled::{Durability, SledStore};

use super::{fill, rss, runtime};
use crate::Failure;
use crate::args::Args;
use crate::measure::as_f64;

const WRITERS: usize = 64;
const STREAMS: u64 = 100_000;
const TYPES: [&str; 3] = ["account.deposited", "account.withdrawn", "account.noted"];
const MIB: f64 = 1024.0 * 1024.0;

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let events = args.size(1_000_000, 20_000) as u64;
    let step = events.min(1_000_000);
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    // What is held does not depend on when it is synced.
    let settings = SledStore::builder().durability(Durability::None);
    let store = settings.open(scratch.path().join("store"))?;
    if !args.json {
        println!(
            "{:>10} {:>10} {:>10} {:>12} {:>10} {:>10}",
            "events", "RSS MiB", "peak MiB", "index MiB", "log MiB", "s"
        );
    }
    for done in (0..events).step_by(usize::try_from(step)?) {
        rss::reset_peak();
        let begun = Instant::now();
        let more = step.min(events - done);
        runtime.block_on(append(&store, done, more))?;
        report(args, &store, done + more, begun)?;
    }
    Ok(())
}

fn report(args: &Args, store: &SledStore, events: u64, begun: Instant) -> Result<(), Failure> {
    let stats = store.stats()?;
    let seconds = begun.elapsed().as_secs_f64();
    let now = rss::now_mib().unwrap_or(f64::NAN);
    let peak = rss::peak_mib().unwrap_or(f64::NAN);
    let (index, log) = (
        as_f64(stats.index_bytes) / MIB,
        as_f64(stats.log_bytes) / MIB,
    );
    if args.json {
        let line = serde_json::json!({
            "workload": "memory", "subject": "sled", "n": events, "rss_mib": now, "peak_rss_mib": peak,
            "index_mib": index, "log_mib": log, "seconds": seconds, "durability": "buffered",
        });
        println!("{line}");
    } else {
        println!("{events:>10} {now:>10.1} {peak:>10.1} {index:>12.1} {log:>10.1} {seconds:>10.1}");
    }
    Ok(())
}

/// Appends events `from..from + more`, all writers together.
async fn append(store: &SledStore, from: u64, more: u64) -> Result<(), Failure> {
    let writers = (0..WRITERS as u64).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (from + writer..from + more).step_by(WRITERS) {
                store.append(commit(number)?).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    Ok(())
}

fn commit(number: u64) -> Result<Commit, Failure> {
    // Far apart, so that neighbours in the log are of different streams.
    let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let (stream, customer, branch) = (random % STREAMS, random / 7 % 10_000, random / 11 % 100);
    let kind = usize::try_from(random % 3)?;
    let event = NewEvent {
        event_type: Arc::from(TYPES[kind]),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: vec![
            Tag::new(&format!("customer:{customer}"))?,
            Tag::new(&format!("branch:{branch}"))?,
        ],
        payload: format!(
            r#"{{"cents":{},"reference":"invoice {number:010}"}}"#,
            random % 100_000
        )
        .into(),
    };
    Ok(Commit::new().append(fill::stream(stream)?, ExpectedVersion::Any, vec![event]))
}
