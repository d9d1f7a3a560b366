//! Golden payloads as stores would hand them out: written from samples, read by today's code, compared with before.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::super::sample::Sample;
use super::in_order::same_in_order;
use super::{Golden, Reading};
use crate::envelope::RecordedEvent;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::event::{Event, Unlisted};
use crate::format::{Format, FormatId, Json};
use crate::ids::CommitId;
use crate::metadata::Metadata;
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::{Position, Version};

/// One set in one format.
pub(super) struct Reader {
    pub(super) format: String,
    text: bool,
    /// Whether the format stores the names of fields.
    pub(super) named: bool,
    pub(super) knows: fn(&str, u16) -> bool,
    pub(super) newest: fn(&str) -> Option<u16>,
    pub(super) write: Box<dyn Write>,
    read: Box<dyn Read>,
    /// Reads what was noted of a current event, which is always JSON.
    reread: Box<dyn Read>,
}

pub(super) trait Write: Fn(&Sample<'_>) -> Result<Vec<u8>, String> {}
impl<F: Fn(&Sample<'_>) -> Result<Vec<u8>, String>> Write for F {}

trait Read: Fn(&Stored<'_>) -> Result<Vec<Reading>, Unread> {}
impl<F: Fn(&Stored<'_>) -> Result<Vec<Reading>, Unread>> Read for F {}

/// Why a payload is not read, and what to do about it where the code says so.
pub(super) struct Unread {
    pub(super) why: String,
    pub(super) fix: Option<String>,
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        Self { why, fix: None }
    }
}

/// A payload as it would stand in a store.
struct Stored<'a> {
    name: &'a str,
    version: u16,
    payload: Vec<u8>,
    headers: &'a BTreeMap<String, String>,
}

impl Reader {
    pub(super) fn new<E: Event, F: Format + Clone>(format: F) -> Self {
        let writer = format.clone();
        Self {
            format: F::ID.to_string().replace(' ', "-"),
            text: F::ID == FormatId::JSON,
            named: F::NAMED,
            knows: |name, version| E::slot(name, version).is_some(),
            newest: |name| {
                let of_name = E::STORED.iter().filter(|stored| stored.name == name);
                of_name.map(|stored| stored.version).max()
            },
            write: Box::new(move |sample| {
                let mut out = Vec::new();
                let written = writer.encode(sample, &mut out);
                written.map(|()| out).map_err(|error| error.to_string())
            }),
            read: Box::new(move |stored| read::<E, F>(&format, stored)),
            reread: Box::new(|stored| read::<E, Json>(&Json, stored)),
        }
    }

    pub(super) fn golden(&self, payload: &[u8]) -> Golden {
        Golden {
            format: self.format.clone(),
            payload: if self.text {
                String::from_utf8_lossy(payload).into_owned()
            } else {
                payload
                    .iter()
                    .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
            },
            headers: BTreeMap::new(),
            corrected: None,
            reads: None,
        }
    }

    /// Whether today's readings are those of before. A field that is left out today is the same if it is read as it was; what was
    /// only renamed since, in a format without names, is the same in its order.
    pub(super) fn alike(
        &self,
        before: &[Reading],
        now: &[Reading],
        headers: &BTreeMap<String, String>,
        renamed: &dyn Fn(&Reading) -> bool,
    ) -> bool {
        let same = |(before, now): (&Reading, &Reading)| {
            if (&before.name, before.version) != (&now.name, now.version) {
                return false;
            }
            let again = || {
                let readings = (self.reread)(&Stored {
                    name: &before.name,
                    version: before.version,
                    payload: before.payload.clone().into_bytes(),
                    headers,
                });
                readings.is_ok_and(|read| {
                    read.iter()
                        .all(|read| same_value(&read.payload, &now.payload))
                })
            };
            let values = (
                serde_json::from_str(&now.payload),
                serde_json::from_str(&before.payload),
            );
            same_value(&before.payload, &now.payload)
                || !self.named && renamed(now) && same_in_order(&before.payload, &now.payload)
                || matches!(values, (Ok(now), Ok(before)) if leaves_out(&now, &before)) && again()
        };
        before.len() == now.len() && before.iter().zip(now).all(same)
    }

    pub(super) fn reads(
        &self,
        name: &str,
        version: u16,
        golden: &Golden,
    ) -> Result<Vec<Reading>, Unread> {
        let payload = if self.text {
            golden.payload.clone().into_bytes()
        } else {
            hex(&golden.payload)
                .ok_or_else(|| "the payload is not written in hexadecimal digits".to_owned())?
        };
        (self.read)(&Stored {
            name,
            version,
            payload,
            headers: &golden.headers,
        })
    }
}

/// Whether both are one value: the order of fields does not count, and none is the same as absent.
pub(super) fn same_value(a: &str, b: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).map(without_none);
    matches!((value(a), value(b)), (Ok(a), Ok(b)) if a == b)
}

fn without_none(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let there = fields.into_iter().filter(|field| !field.1.is_null());
            Value::Object(
                there
                    .map(|(name, value)| (name, without_none(value)))
                    .collect(),
            )
        }
        Value::Array(values) => Value::Array(values.into_iter().map(without_none).collect()),
        value => value,
    }
}

/// Whether `less` is `all` without some fields.
fn leaves_out(less: &Value, all: &Value) -> bool {
    match (less, all) {
        (Value::Object(less), Value::Object(all)) => less.iter().all(|(name, value)| {
            all.get(name)
                .is_some_and(|of_all| leaves_out(value, of_all))
        }),
        (Value::Array(less), Value::Array(all)) => {
            less.len() == all.len()
                && less
                    .iter()
                    .zip(all)
                    .all(|(less, all)| leaves_out(less, all))
        }
        (less, all) => less == all,
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// A split that gives more than it lists is mended where it is declared, not in the lock file.
fn unread(error: &DecodeError, name: &str, why: String) -> Unread {
    let source = match error.kind() {
        DecodeErrorKind::Split { source } => source.downcast_ref::<Unlisted>(),
        _ => None,
    };
    let variant = source.map_or("", |unlisted| unlisted.variant);
    let fix = (!variant.is_empty())
        .then(|| format!("add `{variant}` to `into(..)` in `split(name = \"{name}\", ..)`"));
    Unread { why, fix }
}

fn read<E: Event, F: Format>(format: &F, stored: &Stored<'_>) -> Result<Vec<Reading>, Unread> {
    // A cause is told once: some errors have those below them in their own text.
    let text = |error: &dyn std::error::Error| {
        let causes = std::iter::successors(Some(error), |error| error.source());
        causes.fold(String::new(), |text, cause| match cause.to_string() {
            cause if text.is_empty() => cause,
            cause if text.contains(&cause) => text,
            cause => format!("{text}: {cause}"),
        })
    };
    let recorded = RecordedEvent {
        position: Position::new(1),
        stream: StreamId::new("lock", "1").map_err(|error| text(&error))?,
        version: Version::FIRST,
        commit_id: CommitId::from_uuid(uuid::Uuid::nil()),
        commit_index: 0,
        commit_len: 1,
        event_type: Arc::from(stored.name),
        schema_version: stored.version,
        readable_by: stored.version,
        format: F::ID,
        recorded_at: Timestamp::from_micros(0),
        metadata: Arc::new(Metadata {
            headers: stored.headers.clone(),
            ..Metadata::default()
        }),
        tags: Vec::new(),
        payload: stored.payload.clone().into(),
    };
    let events = recorded
        .decode::<E>(format)
        .map_err(|error| unread(&error, stored.name, text(&error)))?
        .into_vec();
    let reading = |event: &E| -> Result<Reading, Unread> {
        let ty = E::TYPES.get(event.type_index());
        let ty = ty.ok_or_else(|| "it is read as an unknown event".to_owned())?;
        let mut payload = Vec::new();
        event
            .encode(&Json, &mut payload)
            .map_err(|error| text(&error))?;
        Ok(Reading {
            name: ty.name.into(),
            version: ty.writes,
            payload: String::from_utf8_lossy(&payload).into_owned(),
        })
    };
    events.iter().map(reading).collect()
}
