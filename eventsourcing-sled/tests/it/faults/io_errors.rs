//! The system refuses a call in the store's files: a typed error, and nothing is given up for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eventsourcing::{CheckpointStore, ReadError, RecordedEvent};
use eventsourcing_sled::{OpenError, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};

use super::sample::Sample;
use crate::support::{account, block_on, child, child_dir, fill, log, stream, wait_until};

/// A role of this program under `strace`, which lets calls fail that concern one file.
pub(super) fn injected(role: &str, dir: &Path, file: &Path, call: &str, fault: &str) -> Command {
    let plain = child(&format!("faults::{role}"), dir);
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq", "-o", "/dev/null", "-P"])
        .arg(file)
        .args(["-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:{fault}")])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("SLED_STORE_CHILD", dir)
        .stdout(Stdio::piped());
    traced
}

/// What the role has printed behind `said`.
pub(super) fn said(command: &mut Command) -> String {
    let output = command.output();
    let output =
        output.expect("strace: install it, `apt-get install strace` or whatever your system has");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{complaint}");
    let (_, rest) = text.split_once("said ").unwrap_or_else(|| panic!("{text}"));
    rest.lines().next().unwrap_or_default().to_owned()
}

/// A closed store in a directory by its real name, which is what strace compares with.
pub(super) fn restored(sample: &Sample, dir: &tempfile::TempDir) -> PathBuf {
    sample.image.restore(dir.path());
    dir.path().canonicalize().expect("a path")
}

/// Opens the store and says how that went.
#[test]
fn opener() {
    let Some(dir) = child_dir() else { return };
    let said = match Sample::open(&dir) {
        Ok(store) => format!("opened {}", log(&store).expect("the log").len()),
        Err(OpenError::Io { path, source }) => format!("io {} {:?}", path.display(), source.kind()),
        Err(OpenError::Index { .. }) => "index".to_owned(),
        Err(error) => format!("something else: {error}"),
    };
    println!("said {said}\n");
}

#[test]
fn a_file_that_cannot_be_opened() {
    let sample = Sample::new();
    let dir = tempfile::tempdir().expect("a directory");
    let log_files = sample.image.names("log");
    let mut files = vec![
        PathBuf::from("FORMAT"),
        PathBuf::from("LOCK"),
        PathBuf::from("index/db"),
        PathBuf::from("log"),
        log_files[log_files.len() - 1].clone(),
    ];
    if rounds(0, 1) == 1 {
        files.extend(log_files);
        files.push(PathBuf::from("index/conf"));
    }
    let mut tally = Tally::new("a file that may not be opened (EACCES, EIO, EMFILE, EROFS)");
    for file in &files {
        for error in ["EACCES", "EIO", "EMFILE", "EROFS"] {
            let path = restored(&sample, &dir);
            let fault = format!("error={error}");
            let said = said(&mut injected(
                "io_errors::opener",
                &path,
                &path.join(file),
                "openat",
                &fault,
            ));
            let refused = said.starts_with("io ") || said == "index";
            assert!(refused, "{error} for {}: {said}", file.display());
            let lost = missing(&path, &sample);
            tally.round(sample.events.len() as u64, lost, || {
                format!("{error} for {}", file.display())
            });
            if rounds(0, 1) == 0 {
                break;
            }
        }
    }
    tally.finish();
}

/// How much is missing once the cause is gone: the events, and the checkpoint.
fn missing(dir: &Path, sample: &Sample) -> u64 {
    let store = Sample::open(dir).expect("the cause is gone");
    let events = log(&store).expect("the log");
    let checkpoint = block_on(store.load_checkpoint("reader")).expect("a checkpoint");
    let sound = store.verify().expect("a report").is_sound();
    u64::from(events != sample.events)
        + u64::from(checkpoint != Some(sample.checkpoint))
        + u64::from(!sound)
}

/// Reads until everything can be read, and says how often it could not.
#[test]
fn reader() {
    let Some(dir) = child_dir() else { return };
    let store = match Sample::open(&dir) {
        Ok(store) => store,
        Err(OpenError::Io { .. } | OpenError::Index { .. }) => {
            println!("said 0 not opened\n");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut refused = 0;
    let mut events: Vec<RecordedEvent> = Vec::new();
    wait_until("reading", || {
        let all = log(&store).and_then(|log| {
            let streams = (0..5).map(|id| stream(&store, &account(id)));
            let streams: Result<Vec<_>, ReadError> = streams.collect();
            Ok((log, streams?))
        });
        match all {
            Ok((log, streams)) => {
                for (id, stream) in streams.iter().enumerate() {
                    assert!(
                        log.iter()
                            .filter(|event| event.stream == account(id))
                            .eq(stream)
                    );
                }
                events = log;
                true
            }
            Err(ReadError::Unavailable { .. }) => {
                refused += 1;
                false
            }
            Err(error) => panic!("{error}"),
        }
    });
    // It was usable all the while, and is.
    fill(&store, 5);
    // The fault may come as late as this.
    wait_until("reading once more", || match log(&store) {
        Ok(log) => {
            assert_eq!(log.len(), events.len() + 5);
            true
        }
        Err(ReadError::Unavailable { .. }) => {
            refused += 1;
            false
        }
        Err(error) => panic!("{error}"),
    });
    println!("said {refused} {}\n", events.len());
}

#[test]
fn a_read_that_fails() {
    let sample = Sample::new();
    let dir = tempfile::tempdir().expect("a directory");
    let sealed = sample.image.names("log")[0].clone();
    let mut rng = fastrand::Rng::with_seed(41);
    let mut tally = Tally::new("reads of the log or its index that fail (EIO)");
    let mut refused = 0;
    for round in 0..rounds(6, 120) {
        let path = restored(&sample, &dir);
        let file = if round % 2 == 0 {
            sealed.clone()
        } else {
            PathBuf::from("index/db")
        };
        let first = if round < 2 { 1 } else { rng.u32(1..12) };
        let fault = format!("error=EIO:when={first}..{}", first + rng.u32(0..6));
        let said = said(&mut injected(
            "io_errors::reader",
            &path,
            &path.join(&file),
            "pread64",
            &fault,
        ));
        let (times, events) = said.split_once(' ').expect("two words");
        refused += times.parse::<u64>().expect("a number");
        let all = sample.events.len();
        if events == "not opened" {
            refused += 1;
            let lost = missing(&path, &sample);
            tally.round(all as u64, lost, || {
                format!("{fault} in {}", file.display())
            });
            continue;
        }
        let store = SledStore::open(&path).expect("a store");
        let there = log(&store).expect("the log").len();
        let sound = events == all.to_string() && there == all + 5;
        tally.round(all as u64, u64::from(!sound), || {
            format!("{fault} in {}: {said}, then {there}", file.display())
        });
        assert!(store.verify().expect("a report").is_sound());
    }
    assert!(refused > 0, "no read has failed");
    tally.note(format!("{refused} times refused, then answered"));
    tally.finish();
}
