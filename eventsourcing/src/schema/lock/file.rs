//! The lock file: written for people who review changes, read back with clear errors.

use std::fmt;
use std::str::FromStr;

use super::super::parse::{Cursor, ParseError};
use super::super::write::{lines, quoted};
use super::super::{Fingerprint, WireClass};
use super::{Entry, Golden, Lock, LockedVersion, Reading, Reserved, State};

/// The version of the file's own form.
const FORM: u32 = 1;

const HEAD: &str = "\
# What stored events look like. Written by `ES_LOCK=update cargo test`, released by `es lock release`.
# Commit it, and review changes to it like a database migration.
";

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}lock {FORM}")?;
        for (name, entry) in &self.entries {
            writeln!(
                f,
                "\nevent {name}{}",
                if entry.draft { " draft" } else { "" }
            )?;
            entry.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for was in &self.was {
            writeln!(f, "  was {was}")?;
        }
        if let Some(id) = self.id {
            writeln!(f, "  id {id}")?;
        }
        if let Some(into) = &self.split {
            writeln!(f, "  split into {}", into.join(" "))?;
        }
        for reserved in &self.reserved {
            let (start, end) = (reserved.versions.start(), reserved.versions.end());
            let word = if reserved.refused {
                "refused"
            } else {
                "retired"
            };
            write!(f, "  {word} v{start}")?;
            if start != end {
                write!(f, "..v{end}")?;
            }
            writeln!(f, " {}", quoted(&reserved.reason))?;
        }
        for (number, version) in &self.versions {
            version.write(f, *number)?;
        }
        Ok(())
    }
}

impl LockedVersion {
    fn write(&self, f: &mut fmt::Formatter<'_>, number: u16) -> fmt::Result {
        let state = match self.state {
            State::Draft => "draft",
            State::Released => "released",
        };
        match &self.shape {
            None => writeln!(f, "  v{number} {state} never-stored")?,
            Some(shape) => {
                let named = shape.fingerprint(WireClass::Named);
                let positional = shape.fingerprint(WireClass::Positional);
                writeln!(
                    f,
                    "  v{number} {state} {named} {positional} {}",
                    lines(shape, 2)
                )?;
            }
        }
        for golden in &self.golden {
            writeln!(f, "    golden {} {}", golden.format, golden.payload)?;
            for (name, value) in &golden.headers {
                writeln!(f, "      header {} {}", quoted(name), quoted(value))?;
            }
            if let Some(why) = &golden.corrected {
                writeln!(f, "      corrected {}", quoted(why))?;
            }
            let Some(readings) = &golden.reads else {
                continue;
            };
            if readings.is_empty() {
                writeln!(f, "      reads nothing")?;
            }
            for Reading {
                name,
                version,
                payload,
            } in readings
            {
                writeln!(f, "      reads {name} v{version} {payload}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Lock {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        // Some editors begin a file with it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        conflict_markers(text)?;
        let mut cursor = Cursor::new(text);
        head(&mut cursor)?;
        let mut lock = Self::default();
        while cursor.next_line() {
            match cursor.word() {
                Some("event") => {
                    let name = cursor
                        .word()
                        .ok_or_else(|| cursor.error("expected a name"))?;
                    let mut entry = Entry::default();
                    match cursor.word() {
                        None => {}
                        Some("draft") => entry.draft = true,
                        Some(other) => {
                            return Err(cursor
                                .error(format!("expected `draft` or nothing, found `{other}`")));
                        }
                    }
                    read_entry(&mut cursor, &mut entry)?;
                    if lock.entries.insert(name.into(), entry).is_some() {
                        return Err(cursor.error(format!("`{name}` is listed twice")));
                    }
                }
                other => return Err(unknown(&cursor, other, "`event`")),
            }
        }
        Ok(lock)
    }
}

fn unknown(cursor: &Cursor<'_>, found: Option<&str>, expected: &str) -> ParseError {
    let found = found.unwrap_or("nothing");
    cursor.error(format!("expected {expected}, found `{found}`"))
}

fn conflict_markers(text: &str) -> Result<(), ParseError> {
    let marker = |line: &str| {
        ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
            .iter()
            .any(|marker| line.starts_with(marker))
    };
    match text.lines().position(marker) {
        Some(index) => Err(ParseError {
            line: index + 1,
            message: "a merge conflict is not resolved; keep the lines of both sides that say `released`, then run `ES_LOCK=update cargo test`".into(),
        }),
        None => Ok(()),
    }
}

fn head(cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    if !cursor.next_line() || cursor.word() != Some("lock") {
        return Err(cursor.error("this is no lock file: it does not begin with `lock 1`"));
    }
    let form = cursor.word().and_then(|word| word.parse::<u32>().ok());
    match form {
        Some(FORM) => Ok(()),
        Some(newer) if newer > FORM => Err(cursor.error(format!(
            "the file has form {newer}, this program reads form {FORM}: a newer `eventsourcing` wrote it; use that version"
        ))),
        _ => Err(cursor.error("expected `lock 1`")),
    }
}

fn read_entry(cursor: &mut Cursor<'_>, entry: &mut Entry) -> Result<(), ParseError> {
    let mut last = None;
    loop {
        let before = cursor.clone();
        if !cursor.next_line() {
            return Ok(());
        }
        let word = cursor.word().unwrap_or_default();
        match word {
            "event" => {
                *cursor = before;
                return Ok(());
            }
            "was" => entry.was.extend(cursor.word().map(str::to_owned)),
            "id" => {
                let id = cursor.word().and_then(|word| word.parse().ok());
                entry.id = Some(id.ok_or_else(|| cursor.error("expected a number"))?);
            }
            "split" => {
                let into = cursor.line().split_whitespace().skip(1);
                entry.split = Some(into.map(str::to_owned).collect());
            }
            "retired" | "refused" => {
                let range = cursor.word().unwrap_or_default();
                let (start, end) = range.split_once("..").unwrap_or((range, range));
                let (start, end) = (number_of(cursor, start)?, number_of(cursor, end)?);
                entry.reserved.push(Reserved {
                    versions: start..=end,
                    refused: word == "refused",
                    reason: cursor.string()?,
                });
            }
            "golden" | "header" | "corrected" | "reads" => {
                let version = last.and_then(|last| entry.versions.get_mut(&last));
                let version: &mut LockedVersion = version
                    .ok_or_else(|| cursor.error(format!("`{word}` stands before any version")))?;
                read_golden(cursor, word, version)?;
            }
            _ if word.starts_with('v') => {
                let number = number_of(cursor, word)?;
                let version = read_locked(cursor, number)?;
                if entry.versions.insert(number, version).is_some() {
                    return Err(cursor.error(format!("v{number} is listed twice")));
                }
                last = Some(number);
            }
            other => {
                return Err(unknown(
                    cursor,
                    Some(other),
                    "a version, `was`, `id`, `split`, `retired`, `refused` or `golden`",
                ));
            }
        }
    }
}

fn read_version(cursor: &mut Cursor<'_>) -> Result<u16, ParseError> {
    let word = cursor.word().unwrap_or_default();
    number_of(cursor, word)
}

fn number_of(cursor: &Cursor<'_>, word: &str) -> Result<u16, ParseError> {
    let number = word
        .strip_prefix('v')
        .and_then(|number| number.parse().ok());
    number.ok_or_else(|| cursor.error(format!("expected a version like `v1`, found `{word}`")))
}

fn read_locked(cursor: &mut Cursor<'_>, number: u16) -> Result<LockedVersion, ParseError> {
    let state = match cursor.word() {
        Some("draft") => State::Draft,
        Some("released") => State::Released,
        other => return Err(unknown(cursor, other, "`draft` or `released`")),
    };
    let golden = Vec::new();
    let before = cursor.clone();
    let first = cursor.word().unwrap_or_default();
    if first == "never-stored" {
        return Ok(LockedVersion {
            state,
            shape: None,
            golden,
        });
    }
    let fingerprint = |word: &str| {
        let message = || format!("expected a fingerprint of 16 digits, found `{word}`");
        Fingerprint::parse(word).ok_or_else(|| before.error(message()))
    };
    let named = fingerprint(first)?;
    let positional = fingerprint(cursor.word().unwrap_or_default())?;
    let shape = cursor.shape()?;
    let found = [
        shape.fingerprint(WireClass::Named),
        shape.fingerprint(WireClass::Positional),
    ];
    if found != [named, positional] {
        return Err(before.error(format!(
            "the fingerprints of v{number} are not those of its shape: it was edited by hand or merged badly; take its lines as they were committed"
        )));
    }
    Ok(LockedVersion {
        state,
        shape: Some(shape),
        golden,
    })
}

fn read_golden(
    cursor: &mut Cursor<'_>,
    word: &str,
    version: &mut LockedVersion,
) -> Result<(), ParseError> {
    if word == "golden" {
        let format = cursor.word().unwrap_or_default().to_owned();
        let payload = cursor.line().to_owned();
        let golden = Golden {
            format,
            payload,
            headers: std::collections::BTreeMap::new(),
            corrected: None,
            reads: None,
        };
        version.golden.push(golden);
        return Ok(());
    }
    let Some(golden) = version.golden.last_mut() else {
        return Err(cursor.error(format!("`{word}` stands before any `golden`")));
    };
    if word == "header" {
        golden.headers.insert(cursor.string()?, cursor.string()?);
        return Ok(());
    }
    if word == "corrected" {
        golden.corrected = Some(cursor.string()?);
        return Ok(());
    }
    let readings = golden.reads.get_or_insert_default();
    let name = cursor.word().unwrap_or_default().to_owned();
    if name != "nothing" {
        let version = read_version(cursor)?;
        let payload = cursor.line().to_owned();
        readings.push(Reading {
            name,
            version,
            payload,
        });
    }
    Ok(())
}
