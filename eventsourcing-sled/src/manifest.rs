//! BACKUP: the file that makes a directory a backup, and says of what.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::str::{FromStr, Split};

use eventsourcing::{Checkpoint, Position, Timestamp};
use uuid::Uuid;

use crate::text::{Seal, seal, seal_of};

/// Name of the file in a backup.
pub(crate) const NAME: &str = "BACKUP";
/// Version of a backup's layout.
pub(crate) const VERSION: u32 = 1;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The store it was taken of.
    pub(crate) store: Uuid,
    /// When that was created, as it says.
    pub(crate) created: String,
    pub(crate) taken_at: Timestamp,
    /// The last position in it.
    pub(crate) position: u64,
    /// Address behind its last frame.
    pub(crate) address: u64,
    /// How far readers had come: nothing in the log says that.
    pub(crate) checkpoints: Vec<(String, Checkpoint)>,
}

/// Why a directory does not say what backup it is.
#[derive(Debug)]
pub(crate) enum ManifestError {
    Missing,
    /// It was made by another version of this crate.
    Other(String),
    Damaged(&'static str),
    Io(io::Error),
}

impl Manifest {
    /// Reads one.
    pub(crate) fn read(path: &Path) -> Result<Self, ManifestError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::NotFound => ManifestError::Missing,
                io::ErrorKind::InvalidData => ManifestError::Damaged("it is no text"),
                _ => ManifestError::Io(error),
            }),
        }
    }

    /// One `key values` a line; the last is a checksum of all others.
    pub(crate) fn text(&self) -> String {
        let Self {
            store,
            created,
            taken_at,
            position,
            address,
            checkpoints,
        } = self;
        let mut text = format!(
            "eventsourcing-sled backup\nformat {VERSION}\nstore {store}\ncreated {created}\n\
             taken {taken_at}\nposition {position}\naddress {address}\n"
        );
        for (name, Checkpoint { position, epoch }) in checkpoints {
            // Writing to a string does not fail.
            let _ = writeln!(text, "checkpoint {position} {epoch} {}", escape(name));
        }
        seal(text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut lines = text.lines();
        let (title, format) = (lines.next(), lines.next().unwrap_or_default());
        if title != Some("eventsourcing-sled backup") {
            return Err(ManifestError::Damaged("it does not begin as it should"));
        }
        let found = format.strip_prefix("format ");
        let found = found.ok_or(ManifestError::Damaged("it does not say its format"))?;
        if seal_of(text) != Seal::Sound {
            return Err(ManifestError::Damaged("its checksum is wrong"));
        }
        if found.parse() != Ok(VERSION) {
            return Err(ManifestError::Other(format!("{found} (of backups)")));
        }
        Self::fields(lines).ok_or(ManifestError::Damaged("it cannot be read"))
    }

    fn fields<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut field = |key: &str| {
            let line = lines.next()?.strip_prefix(key)?;
            line.strip_prefix(' ')
        };
        let mut manifest = Self {
            store: field("store")?.parse().ok()?,
            created: field("created")?.to_owned(),
            taken_at: field("taken")?.parse().ok()?,
            position: field("position")?.parse().ok()?,
            address: field("address")?.parse().ok()?,
            checkpoints: Vec::new(),
        };
        for line in lines {
            let mut words = line.split(' ');
            match words.next()? {
                "checkpoint" => {
                    let position = Position::new(number(&mut words)?);
                    let epoch = number(&mut words)?;
                    let checkpoint = Checkpoint { position, epoch };
                    let name = unescape(words.next()?)?;
                    manifest.checkpoints.push((name, checkpoint));
                }
                "checksum" => return Some(manifest),
                _ => return None,
            }
        }
        None
    }
}

fn number<T: FromStr>(words: &mut Split<'_, char>) -> Option<T> {
    words.next()?.parse().ok()
}

/// A name as one word of ASCII: everything else is `%` and two digits a byte.
fn escape(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            word.push(char::from(byte));
        } else {
            let _ = write!(word, "%{byte:02x}");
        }
    }
    word
}

fn unescape(word: &str) -> Option<String> {
    let mut parts = word.split('%');
    let mut name = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        name.push(u8::from_str_radix(digits, 16).ok()?);
        name.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(name).ok()
}
