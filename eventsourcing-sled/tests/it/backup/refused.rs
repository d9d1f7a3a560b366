//! What is not taken or not opened: a log that is not what it should be, a mount point.

use std::fs;
use std::path::Path;

use eventsourcing_sled::{BackupError, Fault};

use super::{Place, open};
use crate::support::segments;

/// Lets the commit with this number, from 0, in a log's first segment begin at its stream's version 0. Its checksum is right.
fn begin_anew(segment: &Path, number: usize) {
    let mut bytes = fs::read(segment).expect("a segment");
    let len = |bytes: &[u8], at: usize| {
        let len = bytes[at + 8..at + 12].try_into().expect("four bytes");
        u32::from_le_bytes(len) as usize
    };
    let at = (0..number).fold(64, |at, _| at + len(&bytes, at));
    let end = at + len(&bytes, at);
    bytes[at + 64..at + 72].fill(0);
    let checksum = crc32c::crc32c(&bytes[at + 8..end]);
    bytes[at + 4..at + 8].copy_from_slice(&checksum.to_le_bytes());
    fs::write(segment, bytes).expect("writing");
}

#[test]
fn what_would_not_be_restored_is_not_taken() {
    let place = Place::new();
    place.store(100).close();
    begin_anew(&segments(&place.at("store"))[0], 7);
    let store = open(&place.at("store"));
    let faults = store.verify().expect("a report").faults;
    assert!(faults.iter().any(|fault| fault.position().get() == 8));
    match store.backup(place.at("backup")) {
        Err(BackupError::Damaged { path, faults }) => {
            assert_eq!(path, place.at("store"));
            assert!(
                matches!(&faults[..], [Fault::Log { position, reason }]
                    if position.get() == 8 && reason.contains("out of order")),
                "{faults:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(place.names(), ["store"]);
}

/// Takes backups where a file system is mounted.
#[test]
fn mounted() {
    let Some(dir) = crate::support::child_dir() else {
        return;
    };
    let store = open(&dir.join("store"));
    match store.backup(dir.join("disk")) {
        Err(BackupError::MountPoint { path }) => assert_eq!(path, dir.join("disk")),
        other => panic!("{other:?}"),
    }
    assert!(!dir.join("disk.unfinished").exists());
    let report = store.backup(dir.join("disk/backup")).expect("a backup");
    assert_eq!(report.events, 20);
}

#[test]
#[cfg(target_os = "linux")]
fn a_mount_point_is_refused_before_anything_is_copied() {
    use std::process::{Command, Stdio};

    let place = Place::new();
    place.store(20).close();
    let disk = place.at("disk");
    fs::create_dir(&disk).expect("a directory");
    let within = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script]);
        command
    };
    let mount = "mount -t tmpfs -o size=8m none \"$SLED_STORE_CHILD/disk\"";
    let mut tried = within(mount);
    tried
        .env("SLED_STORE_CHILD", place.0.path())
        .stderr(Stdio::null());
    if !tried.status().is_ok_and(|status| status.success()) {
        eprintln!("not run: this user may not mount a file system, not even in a name space");
        return;
    }
    let plain = crate::support::child("backup::refused::mounted", place.0.path());
    let mut command = within(&format!("{mount} && exec \"$0\" \"$@\""));
    command
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("SLED_STORE_CHILD", place.0.path());
    assert!(command.status().expect("unshare").success());
}
