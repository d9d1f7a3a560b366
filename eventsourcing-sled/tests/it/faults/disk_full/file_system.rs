//! A file system of 8 MiB, in memory, that several tasks fill up together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eventsourcing::{
    AppendError, Commit, CommitId, EventStore, ExpectedVersion, FormatId, ReadError, Snapshot,
    SnapshotStore, Version,
};
use eventsourcing_sled::{OpenError, SledStore};
use eventsourcing_testkit::faults::kill::{Acked, Ledger};
use eventsourcing_testkit::faults::{Tally, rounds};
use fastrand::Rng;

use crate::support::{account, block_on, child, child_dir, event, wait_until};

const SIZE: u64 = 8 << 20;
const TASKS: usize = 4;

/// Mounts the file system in a name space of its own, so that it is gone with the child.
const MOUNT: &str = "mount -t tmpfs -o size=8m none \"$SLED_STORE_CHILD\" && exec \"$0\" \"$@\"";

#[test]
fn filled_up_and_emptied() {
    let dir = tempfile::tempdir().expect("a directory");
    let plain = child("faults::disk_full::file_system::filler", dir.path());
    let mut mounted = Command::new("unshare");
    mounted
        .args(["--mount", "--map-root-user", "sh", "-c", MOUNT])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("SLED_STORE_CHILD", dir.path())
        .stdout(Stdio::inherit());
    if !may_mount(dir.path()) {
        // The limits on the size of files are met on every machine, so a full disk is tested nevertheless.
        eprintln!("not run: this user may not mount a file system, not even in a name space");
        return;
    }
    assert!(mounted.status().expect("unshare").success());
}

pub(crate) fn may_mount(dir: &Path) -> bool {
    let mut mount = Command::new("unshare");
    mount
        .args(["--mount", "--map-root-user", "mount", "-t", "tmpfs", "none"])
        .arg(dir)
        .stderr(Stdio::null());
    mount.status().is_ok_and(|status| status.success())
}

/// What goes on in there. It counts by itself: nobody outside can see the file system.
#[test]
fn filler() {
    let Some(dir) = child_dir() else { return };
    let mut rng = Rng::with_seed(31);
    let mut tally = Tally::new("a file system of 8 MiB filled up, and emptied again");
    let mut refused = 0;
    for _ in 0..rounds(6, 100) {
        let mut round = Round::new(&dir, &mut rng);
        let (checked, problems) = round.run();
        refused += usize::from(round.not_opened);
        tally.round(checked, problems.len() as u64, || format!("{problems:?}"));
        fs::remove_dir_all(&round.path).expect("removing");
    }
    tally.note(format!(
        "full also for opening: {refused} times refused for the time being"
    ));
    tally.finish();
}

/// A store that meets a full disk.
struct Round<'a> {
    path: PathBuf,
    /// Takes room until it is removed.
    ballast: PathBuf,
    segment: u64,
    ledger: Ledger,
    rng: &'a mut Rng,
    checked: u64,
    problems: Vec<String>,
    not_opened: bool,
}

impl<'a> Round<'a> {
    fn new(dir: &Path, rng: &'a mut Rng) -> Self {
        let ballast = dir.join("ballast");
        let size = rng.u64(SIZE / 8..SIZE / 4 * 3);
        fs::write(&ballast, vec![1; usize::try_from(size).expect("small")]).expect("room");
        Self {
            path: dir.join("store"),
            ballast,
            segment: rng.u64(8 << 10..2 << 20),
            ledger: Ledger::default(),
            rng,
            checked: 0,
            problems: Vec::new(),
            not_opened: false,
        }
    }

    fn open(&self) -> Result<SledStore, OpenError> {
        SledStore::builder()
            .segment_bytes(self.segment)
            .open(&self.path)
    }

    fn run(&mut self) -> (u64, Vec<String>) {
        let store = self.open().expect("there is room");
        self.fill(&store);
        self.check(&store);
        self.snapshot(&store);
        let store = if self.rng.bool() {
            drop(store);
            self.reopen_while_full()
        } else {
            Some(store)
        };
        fs::remove_file(&self.ballast).expect("removing");
        let store = store.unwrap_or_else(|| self.open().expect("there is room again"));
        self.go_on(&store);
        self.check(&store);
        drop(store);
        let store = self.open().expect("there is room");
        self.check(&store);
        match store.verify() {
            Ok(report) if report.is_sound() => {}
            other => self.problems.push(format!("{other:?}")),
        }
        (self.checked, std::mem::take(&mut self.problems))
    }

    /// Several tasks append until each has been refused some times.
    fn fill(&mut self, store: &SledStore) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .expect("a runtime");
        let tasks = (0..TASKS).map(|task| {
            let (store, rng) = (store.clone(), self.rng.fork());
            runtime.spawn(append_until_full(store, task, rng))
        });
        for task in tasks.collect::<Vec<_>>() {
            let (acked, problems) = block_on(task).expect("no panic");
            for acked in acked {
                assert!(self.ledger.note(&acked.to_string()));
            }
            self.problems.extend(problems);
        }
    }

    fn check(&mut self, store: &SledStore) {
        match block_on(self.ledger.check(store)) {
            Ok(found) => {
                self.checked += found.checked;
                self.problems.extend(found.problem);
            }
            // sled refuses even reading once it has met a full disk, until there is room for another.
            Err(ReadError::Unavailable { .. }) if self.ballast.exists() => {}
            Err(error) => self.problems.push(error.to_string()),
        }
    }

    fn snapshot(&mut self, store: &SledStore) {
        let snapshot = Snapshot {
            stream: account(0),
            version: Version::new(1),
            last_event: CommitId::generate().event_id(0),
            fingerprint: 1,
            format: FormatId::JSON,
            state: vec![7; 100_000].into(),
        };
        match block_on(store.save_snapshot(snapshot)) {
            Ok(()) | Err(ReadError::Unavailable { .. }) => {}
            Err(error) => self.problems.push(format!("a snapshot: {error}")),
        }
    }

    fn reopen_while_full(&mut self) -> Option<SledStore> {
        match self.open() {
            Ok(store) => {
                self.check(&store);
                Some(store)
            }
            Err(OpenError::Io { .. } | OpenError::Index { .. }) => {
                self.not_opened = true;
                None
            }
            Err(error) => {
                self.problems.push(format!("opening: {error}"));
                None
            }
        }
    }

    /// There is room again.
    fn go_on(&mut self, store: &SledStore) {
        let commit = commit(0, 100);
        wait_until("appending again", || {
            match block_on(store.append(commit.clone())) {
                Ok(committed) => {
                    self.ledger
                        .note(&Acked::of(&commit, &committed).to_string());
                    true
                }
                // Until the index has been made anew.
                Err(AppendError::Unavailable { .. }) => false,
                Err(error) => panic!("there is room: {error}"),
            }
        });
    }
}

async fn append_until_full(
    store: SledStore,
    task: usize,
    mut rng: Rng,
) -> (Vec<Acked>, Vec<String>) {
    let (mut acked, mut problems, mut refused) = (Vec::new(), Vec::new(), 0);
    while refused < 5 {
        let bytes = rng.usize(..20_000);
        let commit = commit(task, bytes);
        match store.append(commit.clone()).await {
            Ok(committed) => acked.push(Acked::of(&commit, &committed)),
            Err(AppendError::StorageFull { .. } | AppendError::Unavailable { .. }) => refused += 1,
            Err(error) => {
                problems.push(error.to_string());
                break;
            }
        }
    }
    (acked, problems)
}

fn commit(task: usize, bytes: usize) -> Commit {
    let new = event(vec![b'x'; bytes]);
    Commit::new().append(account(task), ExpectedVersion::Any, vec![new])
}
