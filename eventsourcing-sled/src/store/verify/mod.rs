//! Checking a whole store: the log byte by byte, then the index against it.

mod checked;
mod fault;
mod walk;

use std::path::Path;

use eventsourcing::{Position, ReadError, RecordedEvent, StreamId};
use uuid::Uuid;

pub(super) use self::checked::Checked;
pub use self::fault::Fault;
use self::walk::Walk;
use super::SledStore;
use crate::checkpoints::{self, Checkpoints};
use crate::directory::Sight;
use crate::error::{LookupError, OpenError};
use crate::format::{FORMAT, Format, FormatError};
use crate::index::{self, ClosedIndex, EngineError, NotOpened, Point};
use crate::log::{self, LogError, Reach};

/// What [`SledStore::verify`] has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Number of whole events.
    pub events: u64,
    /// Number of whole commits.
    pub commits: u64,
    /// Number of streams.
    pub streams: u64,
    /// Position of the last whole event; nothing behind it was looked at.
    pub head: Position,
    /// How far the index on disk was compared with the log; `None` if there is none, as in a backup: then it is made
    /// when the store is opened.
    pub indexed: Option<Position>,
    /// Bytes behind the last whole commit of a store that was not closed well. Opening cuts them: they are what a crash
    /// has left of appends that were never acknowledged, or damage in the very last group of commits, which looks the
    /// same.
    pub unfinished_bytes: u64,
    /// Streams of which events are damaged or gone, as far as the index and later events tell.
    pub damaged_streams: Vec<StreamId>,
    /// Everything that is wrong, by position.
    pub faults: Vec<Fault>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

impl SledStore {
    /// Reads the whole log, up to its end at this moment, and checks every byte of it, and compares the index with it.
    /// The store can be used meanwhile. Blocks until it is done.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] if the system refuses to read; what is damaged is reported, not an error.
    pub fn verify(&self) -> Result<VerifyReport, ReadError> {
        let shared = self.shared();
        if !self.is_open() {
            return Err(LookupError::from(EngineError::Closed).into());
        }
        // In this order: the index never reaches beyond the log, nor the log beyond its files.
        let covered = shared.index.covered();
        let end = shared.index.end();
        // As whoever opens it next will find it, not by what is open already.
        let path = shared.index.store_path();
        let format = format_fault(path, shared.index.store()).map_err(LookupError::from)?;
        let checkpoints = shared.checkpoints.faults()?;
        let log = log::inspect(&path.join(log::DIR), Some(shared.index.store()));
        let log = log.map_err(LookupError::from)?;
        let start = log.files.start();
        let mut walk = Walk::new(start.1, Some(shared.index.check(&covered, &log.files)));
        let reach = Reach {
            start,
            position: Some(end.position),
            address: end.address,
            tolerant: true,
        };
        let walked = log::walk(&log.files, reach, |step| {
            walk.step(step);
            Ok(())
        });
        walked.map_err(LookupError::from)?;
        let mut report = walk.finish().map_err(LookupError::from)?;
        report.head = Position::new(end.position);
        report.faults.extend(format);
        report
            .faults
            .extend(checkpoints.into_iter().map(Fault::checkpoints));
        report.faults.extend(log.faults.into_iter().map(Fault::log));
        report.faults.sort_by_key(Fault::position);
        Ok(report)
    }

    /// Checks a store that is not open, also one that is too damaged to be opened, or a backup. Reads everything that
    /// [`SledStore::verify`] reads and repairs nothing: of what is on the disk, only the index engine's own files may
    /// change. Blocks until it is done.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("bank.db");
    /// # drop(eventsourcing_sled::SledStore::open(&path)?);
    /// use eventsourcing_sled::SledStore;
    ///
    /// let report = SledStore::verify_at(path)?;
    /// for fault in &report.faults {
    ///     println!("{fault}");
    /// }
    /// assert!(report.is_sound());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OpenError::Locked`] if somebody has it open, [`OpenError::NoStore`], [`OpenError::NotADirectory`], [`OpenError::NotAStore`],
    /// [`OpenError::OtherFormat`], [`OpenError::Io`] if the system refuses to read, or the index engine to write, as it does
    /// whenever it opens; what is damaged is reported, not an error. So on a read-only medium a store with an index cannot be
    /// verified: copy it first, or let [`SledStore::salvage`] check its log, which writes nothing.
    pub fn verify_at(path: impl AsRef<Path>) -> Result<VerifyReport, OpenError> {
        let path = path.as_ref();
        let path = std::path::absolute(path).map_err(OpenError::io(path))?;
        check(&path, &Sight::of(&path)?)
    }

    /// Reads what can be read of a store that is not open, also one that is too damaged to be opened, or of a backup: every
    /// event whose commit is whole, in order, to `each`. What is not whole is told in the report. Nothing is written, so
    /// it works on a read-only medium; the index is not looked at. Blocks until it is done.
    ///
    /// This is for what no backup has. Streams may lack events in the middle, or at their end; the report names those that
    /// are known to.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("bank.db");
    /// # drop(eventsourcing_sled::SledStore::open(&path)?);
    /// use eventsourcing_sled::SledStore;
    ///
    /// let mut events = Vec::new();
    /// let report = SledStore::salvage(path, |event| events.push(event.clone()))?;
    /// assert_eq!(report.events, events.len() as u64);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`SledStore::verify_at`].
    pub fn salvage(
        path: impl AsRef<Path>,
        each: impl FnMut(&RecordedEvent),
    ) -> Result<VerifyReport, OpenError> {
        let path = path.as_ref();
        let path = std::path::absolute(path).map_err(OpenError::io(path))?;
        read(&path, &Sight::of(&path)?, None, each)
    }
}

/// What is wrong with the FORMAT of an open store.
fn format_fault(path: &Path, store: Uuid) -> Result<Option<Fault>, LogError> {
    let error = match Format::read(path) {
        Ok(format) if format.store == store => return Ok(None),
        Ok(format) => FormatError::Damaged(format!("it names another store, {}", format.store)),
        Err(FormatError::Io(source)) => {
            let path = path.join(FORMAT);
            return Err(LogError::Io { path, source });
        }
        Err(error) => error,
    };
    Ok(Some(Fault::format(error.fault(path))))
}

/// Checks a store or backup that is not open.
pub(super) fn check(path: &Path, sight: &Sight) -> Result<VerifyReport, OpenError> {
    let dir = path.join(index::DIR);
    if !dir.exists() {
        return read(path, sight, None, |_| {});
    }
    let store = sight.store.or_else(|| log::store_of(&path.join(log::DIR)));
    match ClosedIndex::open(&dir, store) {
        Ok(index) => read(path, sight, Some(&index), |_| {}),
        Err(NotOpened::Refused(error)) => Err(OpenError::index(path, error.into())),
        Err(NotOpened::Unfit(reason)) => {
            let mut report = read(path, sight, None, |_| {})?;
            report.faults.push(Fault::index((1, reason)));
            report.faults.sort_by_key(Fault::position);
            Ok(report)
        }
    }
}

/// Reads a store or backup that is not open, and compares its index, if there is one.
fn read(
    path: &Path,
    sight: &Sight,
    index: Option<&ClosedIndex>,
    mut each: impl FnMut(&RecordedEvent),
) -> Result<VerifyReport, OpenError> {
    let log_error = |error| OpenError::log(path, error);
    let log = log::inspect(&path.join(log::DIR), sight.store).map_err(log_error)?;
    let start = log.files.start();
    let mut walk = Walk::new(start.1, index.map(|index| index.check(&log.files)));
    let reach = Reach {
        start,
        position: None,
        address: log.end,
        tolerant: true,
    };
    let walked = log::walk(&log.files, reach, |step| {
        walk.step(step);
        walk.events().iter().for_each(&mut each);
        Ok(())
    });
    let (head, end) = walked.map_err(log_error)?;
    let refused = |error: EngineError| OpenError::index(path, error.into());
    let mut report = walk.finish().map_err(refused)?;
    report.head = Position::new(head);
    report.unfinished_bytes = match log.files.used_behind(end) {
        // That is a fault already.
        Err(LogError::Io { source, .. }) if LogError::is_unreadable(&source) => 0,
        used => used.map_err(log_error)?,
    };
    let mut faults: Vec<_> = sight.faults.iter().cloned().map(Fault::format).collect();
    if sight
        .version
        .is_some_and(|version| version >= checkpoints::SINCE)
    {
        let found = Checkpoints::faults_at(path, sight.store);
        let found = found.map_err(|error| error.of_store(path))?;
        faults.extend(found.into_iter().map(Fault::checkpoints));
    }
    faults.extend(log.faults.into_iter().map(Fault::log));
    let point = Point {
        position: head,
        address: end,
    };
    let lost = index.and_then(|index| index.proof_of_loss(&log.files, point));
    faults.extend(lost.and_then(Fault::of).map(|lost| {
        // What is damaged otherwise is not mended by going on without the end.
        let sound = |fault: &Fault| !matches!(fault, Fault::Log { .. });
        let alone = report.faults.iter().chain(&faults).all(sound);
        if alone {
            lost
        } else {
            Fault::log((lost.position().get(), lost.reason().to_owned()))
        }
    }));
    if let Some(backup) = &sight.backup {
        let (position, rest) = (backup.position, report.unfinished_bytes);
        if (head, end) != (position, backup.address) {
            let reason =
                format!("the backup reaches to position {position}, but its log ends at {head}");
            faults.push(Fault::log((head.min(position) + 1, reason)));
        } else if rest > 0 {
            let reason = format!("{rest} bytes follow that are not part of the backup");
            faults.push(Fault::log((position + 1, reason)));
        }
    }
    report.faults.extend(faults);
    report.faults.sort_by_key(Fault::position);
    Ok(report)
}
