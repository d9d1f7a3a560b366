//! Reading the file: what it holds, what an interrupted write has left, what is damaged.
//!
//! A record is written twice, one behind the other, and synced before the next one is begun. So what an interrupted write
//! leaves is at the end of the file, and damage in one place leaves one of both.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use uuid::Uuid;

use super::error::CheckpointsError;
use super::layout::{HEADER, NAME, has_header, store_in};
use super::record::{ALIGN, MAX_RECORD, Record};
use super::table::Table;

/// What an operator puts into a file to go on without what was in it.
const NONE: &[u8] = b"none";

/// What a file holds.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) table: Table,
    /// Damage that has cost nothing yet.
    pub(super) faults: Vec<String>,
    /// Number of the last record.
    pub(super) last: u64,
    /// The bytes of one of its copies, and where both should be: behind what is before them.
    pub(super) record: Vec<u8>,
    pub(super) place: usize,
    /// Somebody has put the word into it that stands for nothing.
    given_up: bool,
}

impl Found {
    pub(super) fn is_sound(&self) -> bool {
        self.faults.is_empty() && !self.given_up
    }
}

/// Reads the file of the store `store`, if that is known.
pub(super) fn read(path: &Path, store: Option<Uuid>) -> Result<Found, CheckpointsError> {
    match fs::read(path) {
        Ok(bytes) => parse(&bytes, store),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(damaged("it is missing")),
        Err(error) => Err(CheckpointsError::io(path)(error)),
    }
}

fn damaged(reason: impl Into<String>) -> CheckpointsError {
    CheckpointsError::Damaged {
        reason: reason.into(),
    }
}

pub(super) fn parse(bytes: &[u8], store: Option<Uuid>) -> Result<Found, CheckpointsError> {
    let mut found = Found {
        table: Table::default(),
        faults: Vec::new(),
        last: 0,
        record: Vec::new(),
        place: HEADER,
        given_up: bytes.trim_ascii() == NONE,
    };
    if !found.given_up {
        check_header(bytes, store)?;
        found.records(bytes)?;
    }
    Ok(found)
}

fn check_header(bytes: &[u8], store: Option<Uuid>) -> Result<(), CheckpointsError> {
    if !has_header(bytes) {
        return Err(damaged("its header, bytes 0 to 31, is damaged"));
    }
    if store.is_some_and(|store| store_in(bytes) != store.as_bytes()) {
        return Err(damaged("it belongs to another store"));
    }
    Ok(())
}

impl Found {
    /// Takes up every record; refuses where both copies of one are gone.
    fn records(&mut self, bytes: &[u8]) -> Result<(), CheckpointsError> {
        let (mut at, mut end, mut copies) = (HEADER, HEADER, 2);
        while at < bytes.len() {
            let Some(record) = Record::parse(&bytes[at..]) else {
                at += ALIGN;
                continue;
            };
            let next = at + record.len;
            if record.number == self.last {
                copies += 1;
            } else if record.number == self.last + 1 {
                // The next record was begun only after this one had been synced.
                self.note(copies, end);
                copies = 1;
                self.last = record.number;
                self.record = bytes[at..next].to_vec();
                self.place = end;
                self.table.put(record.entry);
            } else {
                return Err(damaged(format!("it is damaged from byte {end} on")));
            }
            (at, end) = (next, next);
        }
        if bytes.len().saturating_sub(end) > 2 * MAX_RECORD {
            // No interrupted write leaves so much.
            return Err(damaged(format!("it is damaged from byte {end} on")));
        }
        Ok(())
    }

    fn note(&mut self, copies: u32, end: usize) {
        if copies < 2 {
            let last = self.last;
            let fault = format!(
                "the file `{NAME}`: one of both copies of record {last}, near byte {end}, is damaged"
            );
            self.faults.push(fault);
        }
    }
}
