//! The power-cut harness, on a program whose losses are known.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use eventsourcing_testkit::faults::power_cut::{Recorder, Recording};

const CHILD: &str = "POWER_CUT_CHILD";

/// Replaces a file ten times: durably if its number is even, carelessly if it is odd.
#[test]
fn program() {
    let Some(dir) = std::env::var_os(CHILD).map(PathBuf::from) else {
        return;
    };
    for number in 0..10 {
        let name = if number % 2 == 0 {
            "durable"
        } else {
            "careless"
        };
        let mut file = File::create(dir.join("new")).expect("a file");
        write!(file, "{number}").expect("writing");
        if number % 2 == 0 {
            file.sync_all().expect("a sync");
        }
        fs::rename(dir.join("new"), dir.join(name)).expect("a rename");
        if number % 2 == 0 {
            File::open(&dir)
                .and_then(|dir| dir.sync_all())
                .expect("a sync");
        }
        let line = format!("replaced {name} {number}\n");
        std::io::stdout()
            .write_all(line.as_bytes())
            .expect("output");
    }
}

fn record(scratch: &Path) -> Recording {
    let dir = scratch.join("disk");
    fs::create_dir(&dir).expect("a directory");
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", "power_cut::program", "--nocapture"])
        .env(CHILD, &dir);
    Recorder::new(&dir).record(&command)
}

#[test]
fn what_was_synced_is_there_and_what_was_not_may_be_lost() {
    let scratch = tempfile::tempdir().expect("a directory");
    let recording = record(scratch.path());
    assert_eq!(recording.syncs(), (10, 0));
    let mut replay = recording.replay();
    let mut careless = BTreeSet::new();
    for cut in recording.cuts(300, 1) {
        let image = scratch.path().join("image");
        replay.image(cut, &image);
        let said = recording.said(cut);
        let acknowledged = |name: &str| -> Option<u32> {
            let lines = said.iter().filter_map(|line| line.split_once(name));
            lines
                .filter_map(|(_, number)| number.trim().parse().ok())
                .max()
        };
        let found =
            |name: &str| -> Option<u32> { fs::read_to_string(image.join(name)).ok()?.parse().ok() };
        assert!(found("durable") >= acknowledged("durable"), "{cut:?}");
        careless.insert(found("careless") >= acknowledged("careless"));
        fs::remove_dir_all(&image).expect("removing an image");
    }
    assert_eq!(
        careless,
        BTreeSet::from([false, true]),
        "now and then it is lost"
    );
}

#[test]
fn a_kill_loses_nothing_that_was_asked_of_the_disk() {
    let scratch = tempfile::tempdir().expect("a directory");
    let recording = record(scratch.path());
    let mut seen = Vec::new();
    for at in recording.kills() {
        let image = scratch.path().join("image");
        recording.killed(at, &image);
        let files = fs::read_dir(&image).expect("an image").map(|file| {
            let path = file.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            format!("{name} {}", fs::read_to_string(&path).expect("a file"))
        });
        let files: BTreeSet<String> = files.collect();
        assert_ne!(seen.last(), Some(&files), "each is another one");
        seen.push(files);
        fs::remove_dir_all(&image).expect("removing an image");
    }
    // Created, written and renamed, ten times.
    assert_eq!(seen.len(), 1 + 3 * 10);
    let files = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect();
    assert_eq!(seen[6], files(&["durable 0", "careless 1"]));
    assert_eq!(seen[7], files(&["durable 0", "careless 1", "new "]));
    assert_eq!(seen[30], files(&["durable 8", "careless 9"]));
}

#[test]
fn an_image_follows_from_its_cut() {
    let scratch = tempfile::tempdir().expect("a directory");
    let recording = record(scratch.path());
    for (number, cut) in recording.cuts(20, 2).into_iter().enumerate() {
        let images = ["a", "b"].map(|name| {
            let image = scratch.path().join(format!("{number}{name}"));
            recording.replay().image(cut, &image);
            let files = fs::read_dir(image).expect("an image").map(|file| {
                let path = file.expect("a file").path();
                (
                    path.file_name().map(ToOwned::to_owned),
                    fs::read(&path).expect("a file"),
                )
            });
            files.collect::<BTreeSet<_>>()
        });
        assert_eq!(images[0], images[1], "{cut:?}");
    }
}
