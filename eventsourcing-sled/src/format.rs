//! FORMAT: the file that makes a directory a store, and says which.

use std::fs;
use std::io;
use std::path::Path;

use uuid::Uuid;

use crate::error::OpenError;
use crate::log;
use crate::manifest::Manifest;
use crate::repair::Repair;
use crate::text::{Seal, seal, seal_of};

/// Name of the file.
pub(crate) const FORMAT: &str = "FORMAT";
/// Version of the layout on disk; those before it are read, too.
pub(crate) const VERSION: u32 = 2;

/// What FORMAT says.
#[derive(Debug)]
pub(crate) struct Format {
    pub(crate) version: u32,
    pub(crate) store: Uuid,
    pub(crate) created: String,
}

/// Why FORMAT is of no use.
#[derive(Debug)]
pub(crate) enum FormatError {
    Missing,
    /// What is wrong with it.
    Damaged(String),
    /// It was written by another version of this crate.
    Other(String),
    Io(io::Error),
}

impl Format {
    /// Reads the FORMAT of the store in `path`.
    pub(crate) fn read(path: &Path) -> Result<Self, FormatError> {
        let text = match fs::read_to_string(path.join(FORMAT)) {
            Ok(text) => text,
            Err(error) => {
                return Err(match error.kind() {
                    io::ErrorKind::NotFound => FormatError::Missing,
                    io::ErrorKind::InvalidData => FormatError::Damaged("it is no text".into()),
                    _ => FormatError::Io(error),
                });
            }
        };
        let format = Self::parse(&text)?;
        if seal_of(&text) == Seal::Missing
            && let Some(store) = log::store_of(&path.join(log::DIR))
            && store != format.store
        {
            let named = format.store;
            let reason = format!("it names the store {named}, but the log is that of {store}");
            return Err(FormatError::Damaged(reason));
        }
        Ok(format)
    }

    /// Reads one `key value` a line behind a line with this crate's name. The checksum may be missing: people write this
    /// file anew.
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        let damaged = |reason: &str| FormatError::Damaged(reason.into());
        if seal_of(text) == Seal::Wrong {
            return Err(damaged("its checksum is wrong"));
        }
        let mut lines = text.lines();
        if lines.next() != Some("eventsourcing-sled") {
            return Err(damaged("it does not begin with `eventsourcing-sled`"));
        }
        let (mut version, mut store, mut created) = (None, None, "");
        for line in lines.map(str::trim_end) {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("format", value) => version = Some(value),
                ("store", value) => store = value.parse().ok(),
                ("created", value) => created = value,
                ("restored" | "checksum" | "", _) => {}
                // Of another version it may be.
                _ if version.is_none_or(|version| version.parse().is_ok_and(is_known)) => {
                    return Err(damaged("it has a line that means nothing"));
                }
                _ => {}
            }
        }
        match (version.map(str::parse), store) {
            (Some(Ok(version)), Some(store)) if is_known(version) => Ok(Self {
                version,
                store,
                created: created.to_owned(),
            }),
            (Some(Ok(version)), None) if is_known(version) => {
                Err(damaged("it does not name the store"))
            }
            (Some(Ok(_)), _) => Err(FormatError::Other(version.unwrap_or_default().to_owned())),
            _ => Err(damaged("it does not say which format the store has")),
        }
    }
}

fn is_known(version: u32) -> bool {
    (1..=VERSION).contains(&version)
}

/// Says in the FORMAT of the store in `path` that it has today's layout from now on.
pub(crate) fn upgrade(path: &Path) -> io::Result<()> {
    let path = path.join(FORMAT);
    let text = fs::read_to_string(&path)?;
    let lines = text.lines().filter_map(|line| match line.split_once(' ') {
        Some(("format", _)) => Some(format!("format {VERSION}\n")),
        Some(("checksum", _)) => None,
        _ => Some(format!("{line}\n")),
    });
    let text = lines.collect();
    log::replace(&path, seal(text).as_bytes())
}

/// FORMAT of a new store.
pub(crate) fn new_text(store: Uuid, created: &str) -> String {
    seal(lines(store, created))
}

/// FORMAT of a store that is restored from a backup.
pub(crate) fn restored_text(backup: &Manifest) -> String {
    let Manifest {
        store,
        created,
        taken_at,
        position,
        ..
    } = backup;
    let lines = lines(*store, created);
    seal(format!(
        "{lines}restored from a backup of {taken_at}, up to position {position}\n"
    ))
}

fn lines(store: Uuid, created: &str) -> String {
    format!("eventsourcing-sled\nformat {VERSION}\nstore {store}\ncreated {created}\n")
}

impl FormatError {
    /// What is wrong with the store in `path`, and what to do about it: the log says which store it is, too.
    pub(crate) fn fault(&self, path: &Path) -> (String, Repair) {
        let reason = match self {
            Self::Missing => "it is missing".into(),
            Self::Damaged(reason) => format!("it is damaged ({reason})"),
            Self::Other(found) => format!("it says `format {found}`"),
            Self::Io(error) => error.to_string(),
        };
        let store = log::store_of(&path.join(log::DIR));
        let repair = store.map_or(Repair::RestoreBackup, |store| Repair::WriteFormat { store });
        (format!("the file {FORMAT}: {reason}"), repair)
    }

    /// The same about the store in `path`.
    pub(crate) fn of_store(self, path: &Path) -> OpenError {
        match self {
            Self::Other(found) => OpenError::OtherFormat {
                path: path.to_owned(),
                found,
                supported: VERSION,
            },
            Self::Io(source) => OpenError::Io {
                path: path.join(FORMAT),
                source,
            },
            Self::Missing | Self::Damaged(_) => {
                let (reason, repair) = self.fault(path);
                let path = path.to_owned();
                OpenError::DamagedFormat {
                    path,
                    reason,
                    repair,
                }
            }
        }
    }
}
