//! A full disk.

use std::process::Command;

use eventsourcing::{ProjectionStore, ProjectionStoreError, ReadModels};
use eventsourcing_sled::SledRows;
use eventsourcing_testkit::faults::Tally;

use super::{Worker, check};
use crate::support::{Running, block_on, child, child_dir, wait_until};

/// Commits until there is no room, waits until there is again, and goes on.
#[test]
fn worker() {
    let Some(dir) = child_dir() else { return };
    let models = ReadModels::new(SledRows::open(&dir).expect("read models"));
    let mut worker = block_on(Worker::claim(&models, 1, 5)).expect("a claim");
    worker.ballast = 40_000;
    let mut commits = 0;
    let refused = loop {
        match block_on(worker.commit()) {
            Ok(done) => commits = done,
            Err(error) => break error,
        }
        assert!(commits < 10_000, "it still fits");
    };
    assert!(
        matches!(
            refused,
            ProjectionStoreError::StorageFull { .. } | ProjectionStoreError::Unavailable { .. }
        ),
        "{refused:?}"
    );
    println!("full {refused:?} after {commits}\n");
    std::io::stdin()
        .read_line(&mut String::new())
        .expect("a line");
    let mut reopened = 0;
    wait_until("committing again", || match block_on(worker.commit()) {
        Ok(done) => {
            if reopened == 0 {
                assert_eq!(done, commits + 1, "nothing is lost but what was said to be");
            }
            true
        }
        Err(ProjectionStoreError::Reopened { .. }) => {
            reopened += 1;
            worker = block_on(Worker::claim(&models, 1, 6)).expect("a claim");
            false
        }
        Err(
            ProjectionStoreError::StorageFull { .. } | ProjectionStoreError::Unavailable { .. },
        ) => false,
        Err(error) => panic!("{error}"),
    });
    let (commits, problems) = check(&models, 1);
    assert!(problems.is_empty(), "{problems:?}");
    println!("went-on {commits} {reopened}\n");
}

/// Files of limited size; the limit is lifted once it is felt.
fn limited(fault: &str, blocks: u32) -> u64 {
    let dir = tempfile::tempdir().expect("a directory");
    let plain = child("faults::read_models::full::worker", dir.path());
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\""
        ))
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("SLED_STORE_CHILD", dir.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = Running::start(limited);
    child.wait_for("full");
    let mut lift = Command::new("prlimit");
    lift.args(["--fsize=unlimited:", "--pid", &child.id().to_string()]);
    assert!(lift.status().expect("prlimit, of util-linux").success());
    child.say("go on");
    let went_on = child.wait_for("went-on");
    let (commits, reopened) = went_on.split_once(' ').expect("two numbers");
    let lines = child.lines.by_ref().map_while(Result::ok);
    assert!(
        lines
            .into_iter()
            .any(|line| line.contains("test result: ok"))
    );
    child.wait();

    let commits: u64 = commits.parse().expect("a number");
    let models = ReadModels::new(SledRows::open(dir.path()).expect("read models"));
    let (there, problems) = check(&models, 1);
    let mut tally = Tally::new(fault);
    let lost = commits.abs_diff(there) + problems.len() as u64;
    tally.round(commits, lost, || {
        format!("{commits} commits, {there} are there; {problems:?}")
    });
    tally.finish();
    reopened.parse().expect("a number")
}

/// sled meets the limit, because it is on the size of a file, and not on all of them.
#[test]
fn met_by_sled() {
    // In blocks of 512 bytes.
    let reopened = limited(
        "no file larger than 6 MiB for a while, met by sled",
        12 << 10,
    );
    assert!(reopened > 0, "sled has not met it");
}

/// A file system of 32 MiB, in a name space of its own.
#[cfg(target_os = "linux")]
#[test]
fn found_out_in_time() {
    const MOUNT: &str =
        "mount -t tmpfs -o size=32m none \"$SLED_STORE_CHILD\" && exec \"$0\" \"$@\"";
    let dir = tempfile::tempdir().expect("a directory");
    let plain = child("faults::read_models::full::filler", dir.path());
    let mut mounted = Command::new("unshare");
    mounted
        .args(["--mount", "--map-root-user", "sh", "-c", MOUNT])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("SLED_STORE_CHILD", dir.path())
        .stdout(std::process::Stdio::inherit());
    if !crate::faults::disk_full::may_mount(dir.path()) {
        eprintln!("not run: this user may not mount a file system, not even in a name space");
        return;
    }
    assert!(mounted.status().expect("unshare").success());
}

/// What goes on in there, where nobody else can look.
#[test]
fn filler() {
    let Some(dir) = child_dir() else { return };
    let other = dir.join("other");
    std::fs::write(&other, vec![1; 8 << 20]).expect("room");
    let models = ReadModels::new(SledRows::open(dir.join("models")).expect("read models"));
    let mut worker = block_on(Worker::claim(&models, 1, 8)).expect("a claim");
    worker.ballast = 20_000;
    let mut commits = 0;
    let refused = loop {
        match block_on(worker.commit()) {
            Ok(done) => commits = done,
            Err(error) => break error,
        }
        assert!(commits < 10_000, "it still fits");
    };
    assert!(
        matches!(refused, ProjectionStoreError::StorageFull { .. }),
        "{refused:?}"
    );
    // Everything can be read, and nothing has to be claimed again.
    let begun = block_on(models.begin(&worker.generation, worker.epoch));
    let mut tx = begun.expect("a transaction");
    let progress = block_on(super::progress(&mut tx)).expect("progress");
    assert_eq!(progress.commits, commits);
    std::fs::remove_file(other).expect("removing");
    let done = block_on(worker.commit()).expect("there is room again");
    assert_eq!(done, commits + 1);
    let (commits, problems) = check(&models, 1);
    let mut tally = Tally::new("a file system of 32 MiB filled up with read models, and emptied");
    tally.round(commits, problems.len() as u64, || format!("{problems:?}"));
    tally.finish();
}
