//! Checking a whole store: the log byte by byte, then the index against it.

mod checked;
mod fault;
mod walk;

use std::io::ErrorKind;
use std::path::Path;

use eventsourcing::{Position, ReadError};
use uuid::Uuid;

pub(super) use self::checked::Checked;
pub use self::fault::Fault;
use self::walk::Walk;
use super::SledStore;
use crate::directory::{self, FORMAT, Sight};
use crate::error::{LookupError, OpenError};
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
        let faults = format_faults(path, shared.index.store()).map_err(LookupError::from)?;
        let log = log::inspect(&path.join(log::DIR), Some(shared.index.store()));
        let log = log.map_err(LookupError::from)?;
        let start = log.files.start();
        let mut walk = Walk::new(start.1, Some(shared.index.check(&covered, &log.files)));
        let reach = Reach {
            start,
            position: Some(end.position),
            address: end.address,
        };
        let walked = log::walk(&log.files, reach, |step| {
            walk.step(step);
            Ok(())
        });
        walked.map_err(LookupError::from)?;
        let mut report = walk.finish().map_err(LookupError::from)?;
        report.head = Position::new(end.position);
        let faults = faults.into_iter().chain(log.faults);
        report.faults.extend(faults.map(Fault::log));
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
    /// [`OpenError::Locked`] if somebody has it open, [`OpenError::NotADirectory`], [`OpenError::NotAStore`],
    /// [`OpenError::OtherFormat`], [`OpenError::Io`] if the system refuses to read, or the index engine to write, as it does
    /// whenever it opens; what is damaged is reported, not an error.
    pub fn verify_at(path: impl AsRef<Path>) -> Result<VerifyReport, OpenError> {
        let path = path.as_ref();
        let path = std::path::absolute(path).map_err(OpenError::io(path))?;
        check(&path, &Sight::of(&path)?)
    }
}

/// What is wrong with the FORMAT of an open store.
fn format_faults(path: &Path, store: Uuid) -> Result<Option<(u64, String)>, LogError> {
    let reason = match directory::read_format(path) {
        Ok(format) if format.store == store => return Ok(None),
        Ok(format) => format!("it is that of another store, {}", format.store),
        Err(OpenError::Io { path, source }) => match source.kind() {
            ErrorKind::NotFound => "it is missing".into(),
            ErrorKind::InvalidData => "it is no text".into(),
            _ => return Err(LogError::Io { path, source }),
        },
        Err(error) => error.to_string(),
    };
    Ok(Some((0, format!("the file {FORMAT}: {reason}"))))
}

/// Checks a store or backup that is not open.
pub(super) fn check(path: &Path, sight: &Sight) -> Result<VerifyReport, OpenError> {
    let log_error = |error| OpenError::log(path, error);
    let log = log::inspect(&path.join(log::DIR), sight.store).map_err(log_error)?;
    let faults = sight.faults.iter().map(|reason| (0, reason.clone()));
    let mut faults: Vec<_> = faults.collect();
    faults.extend(log.faults);
    let dir = path.join(index::DIR);
    let index = match dir.exists().then(|| ClosedIndex::open(&dir, log.store)) {
        None => Ok(None),
        Some(Ok(index)) => Ok(Some(index)),
        Some(Err(NotOpened::Refused(error))) => {
            return Err(OpenError::index(path, error.into()));
        }
        Some(Err(NotOpened::Unfit(reason))) => Err(reason),
    };
    let known = index.as_ref().ok().and_then(Option::as_ref);
    let start = log.files.start();
    let mut walk = Walk::new(start.1, known.map(|index| index.check(&log.files)));
    let reach = Reach {
        start,
        position: None,
        address: log.end,
    };
    let walked = log::walk(&log.files, reach, |step| {
        walk.step(step);
        Ok(())
    });
    let (head, end) = walked.map_err(log_error)?;
    let refused = |error: EngineError| OpenError::index(path, error.into());
    let mut report = walk.finish().map_err(refused)?;
    report.head = Position::new(head);
    let point = Point {
        position: head,
        address: end,
    };
    if let Some(LogError::Corrupt { position, reason }) =
        known.and_then(|index| index.proof_of_loss(&log.files, point))
    {
        faults.push((position, reason));
    }
    report.unfinished_bytes = log.files.used_behind(end).map_err(log_error)?;
    if let Some(backup) = &sight.backup {
        let (position, rest) = (backup.position, report.unfinished_bytes);
        if (head, end) != (position, backup.address) {
            let reason =
                format!("the backup reaches to position {position}, but its log ends at {head}");
            faults.push((head.min(position) + 1, reason));
        } else if rest > 0 {
            let reason = format!("{rest} bytes follow that are not part of the backup");
            faults.push((position + 1, reason));
        }
    }
    report.faults.extend(faults.into_iter().map(Fault::log));
    if let Err(reason) = index {
        report.faults.push(Fault::index((1, reason)));
    }
    report.faults.sort_by_key(Fault::position);
    Ok(report)
}
