//! Appending and reading beside a bare file on the same disk: `cargo run --release --example speed -- [directory]`.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use eventsourcing::{
    Commit, EventStore, ExpectedVersion, Filter, FormatId, NewEvent, Position, StreamId,
    StreamRange, Version,
};
use eventsourcing_sled::{Durability, SledStore};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const FRAME: usize = 256;

fn event() -> NewEvent {
    let text = format!(r#"{{"cents":12345,"note":"{}"}}"#, "x".repeat(70));
    NewEvent {
        event_type: "account.deposited".into(),
        schema_version: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: Bytes::from(text),
    }
}

/// Events per second of writing and syncing groups of frames to a bare preallocated file.
fn floor(dir: &Path, group: usize, time: Duration) -> Outcome<f64> {
    let path = dir.join("floor");
    let file = File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&path)?;
    let room = 64 << 20;
    for at in (0..room).step_by(1 << 20) {
        file.write_all_at(&[0; 1 << 20], at)?;
    }
    file.sync_all()?;
    let bytes = vec![7; FRAME * group];
    let (mut at, mut events) = (0, 0);
    let started = Instant::now();
    while started.elapsed() < time {
        file.write_all_at(&bytes, at % (room - (1 << 20)))?;
        file.sync_data()?;
        at += bytes.len() as u64;
        events += group;
    }
    let rate = events as f64 / started.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}

/// Events per second of `tasks` tasks appending one event at a time, each to its own stream.
fn append(dir: &Path, tasks: usize, time: Duration) -> Outcome<f64> {
    let dir = tempfile::tempdir_in(dir)?;
    let store = SledStore::open(dir.path())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let started = Instant::now();
    let events = runtime.block_on(async {
        let handles: Vec<_> = (0..tasks)
            .map(|task| {
                let store = store.clone();
                tokio::spawn(async move {
                    let stream = StreamId::new("account", &task.to_string())?;
                    let (started, event) = (Instant::now(), event());
                    let mut version = 0;
                    while started.elapsed() < time {
                        let expected = ExpectedVersion::Exact(Version::new(version));
                        let commit =
                            Commit::new().append(stream.clone(), expected, vec![event.clone()]);
                        store.append(commit).await?;
                        version += 1;
                    }
                    Outcome::Ok(version)
                })
            })
            .collect();
        let mut events = 0;
        for handle in handles {
            events += handle.await??;
        }
        Outcome::Ok(events)
    })?;
    let rate = events as f64 / started.elapsed().as_secs_f64();
    let stats = store.stats()?;
    eprintln!(
        "    {} groups, {:.1} commits each",
        stats.groups,
        stats.commits as f64 / stats.groups as f64
    );
    Ok(rate)
}

fn fill(path: &Path, events: usize, streams: usize) -> Outcome<SledStore> {
    let store = SledStore::builder()
        .durability(Durability::None)
        .open(path)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let started = Instant::now();
    runtime.block_on(async {
        for number in 0..events {
            let stream = StreamId::new("account", &(number % streams).to_string())?;
            let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event()]);
            store.append(commit).await?;
        }
        Outcome::Ok(())
    })?;
    println!(
        "    filled at {:.0} events/s",
        events as f64 / started.elapsed().as_secs_f64()
    );
    Ok(store)
}

#[derive(serde::Deserialize)]
struct Deposited {
    cents: u64,
}

fn scan(store: &SledStore) -> Outcome<(u64, f64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let started = Instant::now();
    let (mut sum, mut events, mut after) = (0, 0, Position::START);
    runtime.block_on(async {
        loop {
            let page = store.read_all(after, &Filter::all(), 1000).await?;
            for event in &page.events {
                sum += serde_json::from_slice::<Deposited>(&event.payload)?.cents;
            }
            events += page.events.len();
            after = page.next;
            if page.next == page.head {
                return Outcome::Ok(());
            }
        }
    })?;
    Ok((sum, events as f64 / started.elapsed().as_secs_f64()))
}

/// The same without the store: large reads, checksums, payloads at known places.
fn scan_by_hand(path: &Path) -> Outcome<(u64, f64)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(path.join("log"))?
        .map(|e| Ok(e?.path()))
        .collect::<Outcome<_>>()?;
    files.sort();
    let payload = event().payload.len();
    let started = Instant::now();
    let (mut sum, mut events) = (0, 0);
    let mut buffer = vec![0; 256 << 10];
    for path in files {
        let (file, mut at) = (File::open(&path)?, 64);
        let len = file.metadata()?.len();
        'file: while at < len {
            let wanted = buffer.len().min((len - at) as usize);
            file.read_exact_at(&mut buffer[..wanted], at)?;
            let mut offset = 0;
            while offset + 64 <= wanted {
                let frame = &buffer[offset..wanted];
                if frame[..4] != *b"ESCF" {
                    break 'file;
                }
                let len = u32::from_le_bytes(frame[8..12].try_into()?) as usize;
                if len > frame.len() {
                    break;
                }
                if crc32c::crc32c(&frame[8..len]) != u32::from_le_bytes(frame[4..8].try_into()?) {
                    return Err("damaged".into());
                }
                let start = frame[..len]
                    .windows(8)
                    .rposition(|w| w == b"{\"cents\"")
                    .ok_or("no payload")?;
                sum += serde_json::from_slice::<Deposited>(&frame[start..start + payload])?.cents;
                events += 1;
                offset += len;
            }
            at += offset as u64;
        }
    }
    Ok((sum, events as f64 / started.elapsed().as_secs_f64()))
}

/// Microseconds to read a whole stream of the store.
fn read_stream(store: &SledStore, stream: &StreamId, rounds: u32) -> Outcome<(usize, f64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut events = 0;
    let started = Instant::now();
    runtime.block_on(async {
        for _ in 0..rounds {
            events = 0;
            let mut range = Some(StreamRange::all());
            while let Some(wanted) = range {
                let page = store.read_stream(stream, wanted).await?;
                events += page.events.len();
                range = page.next;
            }
        }
        Outcome::Ok(())
    })?;
    Ok((
        events,
        started.elapsed().as_secs_f64() * 1e6 / f64::from(rounds),
    ))
}

/// The same with one positioned read and one checksum per frame.
fn read_stream_by_hand(path: &Path, stream: &StreamId, rounds: u32) -> Outcome<f64> {
    let file = File::open(path.join("log/00000000000000000001.log"))?;
    let mut all = Vec::new();
    let len = file.metadata()?.len();
    all.resize(len as usize, 0);
    file.read_exact_at(&mut all, 0)?;
    let (mut places, mut at) = (Vec::new(), 64);
    while at + 64 <= all.len() && all[at..at + 4] == *b"ESCF" {
        let len = u32::from_le_bytes(all[at + 8..at + 12].try_into()?) as usize;
        let name = stream.as_str().as_bytes();
        if all[at + 74..].starts_with(name) && all[at + 73] == name.len() as u8 {
            places.push((at as u64, len));
        }
        at += len;
    }
    drop(all);
    let started = Instant::now();
    let mut buffer = vec![0; 4096];
    for _ in 0..rounds {
        for (at, len) in &places {
            file.read_exact_at(&mut buffer[..*len], *at)?;
            if crc32c::crc32c(&buffer[8..*len]) != u32::from_le_bytes(buffer[4..8].try_into()?) {
                return Err("damaged".into());
            }
        }
    }
    println!("    {} frames", places.len());
    Ok(started.elapsed().as_secs_f64() * 1e6 / f64::from(rounds))
}

fn main() -> Outcome<()> {
    let base = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(base)?;
    let part = std::env::args().nth(2).unwrap_or_default();
    let wanted = |name: &str| part.is_empty() || part == name;
    if wanted("append") {
        append_ratios(dir.path())?;
    }
    if wanted("scan") {
        scan_ratios(dir.path())?;
    }
    if wanted("stream") {
        stream_ratios(dir.path())?;
    }
    Ok(())
}

/// In turns, because a disk that others use is not the same from one second to the next.
fn append_ratios(dir: &Path) -> Outcome<()> {
    let time = Duration::from_secs(1);
    let only = std::env::args()
        .nth(3)
        .map(|tasks| tasks.parse())
        .transpose()?;
    for tasks in only.map_or(vec![1, 8, 64], |tasks| vec![tasks]) {
        let (mut bare, mut stored) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            bare.push(floor(dir, tasks, time)?);
            stored.push(append(dir, tasks, time)?);
        }
        bare.sort_by(f64::total_cmp);
        stored.sort_by(f64::total_cmp);
        let (bare, stored) = (bare[2], stored[2]);
        println!(
            "append, {tasks:2} writers: bare file {bare:7.0}/s, store {stored:7.0}/s, ratio {:.2}",
            stored / bare
        );
    }
    Ok(())
}

fn scan_ratios(dir: &Path) -> Outcome<()> {
    let path = dir.join("read");
    let store = fill(&path, 1_000_000, 100)?;
    for _ in 0..std::env::args()
        .nth(3)
        .map_or(Ok(5), |rounds| rounds.parse())?
    {
        let (a, by_hand) = scan_by_hand(&path)?;
        let (b, rate) = scan(&store)?;
        println!(
            "scan with JSON: by hand {by_hand:8.0}/s, store {rate:8.0}/s, ratio {:.2} ({})",
            rate / by_hand,
            a == b
        );
    }
    Ok(())
}

/// Streams side by side, and one that lies together.
fn stream_ratios(dir: &Path) -> Outcome<()> {
    for streams in [20, 1] {
        let path = dir.join(format!("streams-{streams}"));
        let store = fill(&path, 10_000 * streams, streams)?;
        let stream = StreamId::new("account", "0")?;
        let by_hand = read_stream_by_hand(&path, &stream, 20)?;
        let (events, micros) = read_stream(&store, &stream, 20)?;
        println!(
            "stream of {events} among {streams}: by hand {by_hand:.0} us, store {micros:.0} us, ratio {:.2}",
            by_hand / micros
        );
    }
    Ok(())
}
