//! What is left of a log after a crash, and what is not taken for a crash.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use eventsourcing::{Commit, ExpectedVersion, FormatId, NewEvent, StreamId, Timestamp};
use tempfile::TempDir;
use uuid::Uuid;

use super::frame::{Draft, Header, Place};
use super::open::{OpenLog, find};
use super::segment::SEGMENT_HEADER_LEN;
use super::{LogError, LogReader, SegmentHeader, WriterOptions};

const STORE: Uuid = Uuid::from_u128(7);
const OPTIONS: WriterOptions = WriterOptions {
    segment_bytes: 1 << 20,
    sync: true,
};

fn open(dir: &Path, store: Uuid, options: WriterOptions) -> Result<OpenLog, LogError> {
    find(dir, store)?.recover(options)
}

/// A log in a directory of its own.
struct Log {
    dir: TempDir,
}

impl Log {
    /// A log of groups of so many commits each.
    fn of(groups: &[usize]) -> Self {
        Self::with(groups, OPTIONS)
    }

    fn with(groups: &[usize], options: WriterOptions) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let recorded_from = SegmentHeader::DAWN;
        let header = SegmentHeader {
            store: STORE,
            first: 1,
            base: 0,
            recorded_from,
        };
        header.create(dir.path()).expect("a first segment");
        let log = Self { dir };
        let mut open = open(log.path(), STORE, options).expect("a log");
        for group in groups {
            append(&mut open, *group);
        }
        open.writer.close().expect("closing");
        log
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn open(&self) -> Result<OpenLog, LogError> {
        open(self.path(), STORE, OPTIONS)
    }

    fn last_file(&self) -> PathBuf {
        let entries = fs::read_dir(self.path()).expect("a directory");
        entries
            .map(|entry| entry.expect("an entry").path())
            .max()
            .expect("a segment")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.last_file()).expect("a segment")
    }

    fn set(&self, bytes: &[u8]) {
        fs::write(self.last_file(), bytes).expect("writing");
    }
}

/// Appends a group of commits of one event each.
fn append(log: &mut OpenLog, commits: usize) {
    let drafts: Vec<_> = (0..commits).map(|_| draft()).collect();
    let bytes = drafts.iter().map(Draft::len).sum();
    let recorded_at = Timestamp::from_micros(1000);
    let mut address = log.writer.reserve(bytes, recorded_at).expect("room");
    let group_start = log.writer.synced();
    let mut frames = Vec::new();
    for (first, mut draft) in (log.writer.next()..).zip(drafts) {
        draft.place(&Place {
            address,
            group_start,
            first,
            recorded_at,
        });
        address += draft.len() as u64;
        frames.extend_from_slice(draft.bytes());
    }
    log.writer.append(&frames, commits as u64).expect("writing");
}

fn draft() -> Draft {
    let stream = StreamId::new("account", "1").expect("a stream id");
    let event = NewEvent {
        event_type: "deposited".into(),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: Bytes::from_static(b"{}"),
    };
    let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
    Draft::encode(&commit).expect("it fits")
}

/// Where the frames of a segment file end.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = vec![super::to_usize(SEGMENT_HEADER_LEN)];
    while let Ok(header) = Header::parse(&bytes[ends[ends.len() - 1]..]) {
        ends.push(ends[ends.len() - 1] + header.len);
    }
    ends
}

/// Every position can be read, and the log goes on.
fn check_usable(log: &Log, last: u64) {
    let mut open = log.open().expect("it opens");
    assert_eq!(open.writer.next(), last + 1);
    append(&mut open, 1);
    let end = open.writer.end();
    let mut reader = LogReader::new(&open.files, end);
    let mut address = 0;
    for position in 1..=last + 1 {
        address = reader
            .frame(address, position, 4096)
            .expect("a frame")
            .header
            .end();
    }
    assert_eq!(address, end);
    open.writer.close().expect("closing");
}

#[test]
fn a_torn_tail_is_cut_behind_the_last_whole_frame() {
    let log = Log::of(&[1; 5]);
    let whole = log.bytes();
    let ends = ends(&whole);
    for cut in ends[3]..=whole.len() {
        for tail in [
            &[][..],
            &[0; 300],
            &[0xa5; 300],
            b"ESCF",
            &whole[ends[0]..ends[1]],
        ] {
            let bytes = [&whole[..cut], tail].concat();
            // A frame ends with zeros, so zeros in place of them leave it whole.
            let is_whole = |end: &&usize| bytes.get(..**end) == Some(&whole[..**end]);
            let frames = ends.iter().filter(is_whole).count() - 1;
            log.set(&bytes);
            let open = log.open().expect("it opens");
            assert_eq!(
                open.writer.next(),
                frames as u64 + 1,
                "cut at {cut}, {} more",
                tail.len()
            );
            assert_eq!(log.bytes(), &whole[..ends[frames]], "nothing stale is left");
        }
    }
    log.set(&whole[..whole.len() - 1]);
    check_usable(&log, 4);
}

#[test]
fn a_group_torn_in_front_is_cut() {
    let log = Log::of(&[2, 3]);
    let whole = log.bytes();
    let ends = ends(&whole);
    // The first frame of the last group is damaged, the two behind it have made it to the disk.
    for at in ends[2]..ends[3] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        log.set(&bytes);
        assert_eq!(
            log.open().expect("it opens").writer.next(),
            3,
            "flipped at {at}"
        );
        assert_eq!(log.bytes(), &whole[..ends[2]]);
    }
    check_usable(&log, 2);
}

#[test]
fn every_flipped_bit_in_front_of_the_last_group_is_corruption() {
    let log = Log::of(&[1, 2, 1]);
    let whole = log.bytes();
    let ends = ends(&whole);
    for at in 0..ends[3] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        log.set(&bytes);
        let damaged = ends.iter().filter(|end| **end <= at).count() as u64;
        match log.open() {
            // Reserved bytes of the segment's header are checked too.
            Err(LogError::Corrupt { position, .. }) => {
                assert_eq!(position, damaged.max(1), "at {at}");
            }
            other => panic!("flipped at {at}: {other:?}"),
        }
        assert_eq!(log.bytes(), bytes, "damage is reported, not cut");
    }
}

#[test]
fn zeros_in_front_of_acknowledged_frames_are_corruption() {
    let log = Log::of(&[1, 1, 1]);
    let mut bytes = log.bytes();
    let ends = ends(&bytes);
    bytes[ends[1]..ends[2]].fill(0);
    log.set(&bytes);
    assert!(matches!(
        log.open(),
        Err(LogError::Corrupt { position: 2, .. })
    ));
}

#[test]
fn preallocated_zeros_are_cut() {
    let log = Log::of(&[1, 1]);
    let mut bytes = log.bytes();
    let len = bytes.len();
    bytes.resize(3 << 20, 0);
    log.set(&bytes);
    assert_eq!(log.open().expect("it opens").writer.next(), 3);
    assert_eq!(log.bytes().len(), len);
}

#[test]
fn without_syncs_a_whole_segment_may_be_torn() {
    let options = WriterOptions {
        sync: false,
        ..OPTIONS
    };
    let log = Log::with(&[1, 1, 1, 1], options);
    let mut bytes = log.bytes();
    let second = ends(&bytes)[1];
    bytes[second] ^= 1;
    log.set(&bytes);
    // Nothing says that the second commit had been on the disk when the others were written.
    assert_eq!(log.open().expect("it opens").writer.next(), 2);
}

#[test]
fn segments_follow_one_another() {
    let options = WriterOptions {
        segment_bytes: 300,
        sync: true,
    };
    let log = Log::with(&[1; 12], options);
    let files = fs::read_dir(log.path()).expect("a directory").count();
    assert!(files >= 4, "{files} segments");
    check_usable(&log, 12);
}

#[test]
fn a_sealed_segment_that_is_cut_or_gone_is_corruption() {
    let options = WriterOptions {
        segment_bytes: 300,
        sync: true,
    };
    for fault in ["cut", "grown", "gone", "first gone", "header"] {
        let log = Log::with(&[1; 12], options);
        let mut names: Vec<_> = fs::read_dir(log.path())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        names.sort();
        let file = || {
            File::options()
                .write(true)
                .open(&names[1])
                .expect("a segment")
        };
        match fault {
            "cut" => file().set_len(200).expect("cutting"),
            "grown" => file().set_len(4096).expect("growing"),
            "gone" => fs::remove_file(&names[1]).expect("removing"),
            "first gone" => fs::remove_file(&names[0]).expect("removing"),
            _ => fs::write(&names[1], [0; 100]).expect("writing"),
        }
        assert!(
            matches!(log.open(), Err(LogError::Corrupt { .. })),
            "{fault}"
        );
    }
}

#[test]
fn an_unfinished_segment_is_removed() {
    let log = Log::of(&[1]);
    fs::write(log.path().join("00000000000000000002.new"), [1; 30]).expect("writing");
    check_usable(&log, 1);
    assert_eq!(fs::read_dir(log.path()).expect("a directory").count(), 1);
}

#[test]
fn a_segment_of_another_store_is_refused() {
    let log = Log::of(&[1]);
    let other = open(log.path(), Uuid::from_u128(8), OPTIONS);
    assert!(matches!(other, Err(LogError::Corrupt { position: 1, .. })));
}
