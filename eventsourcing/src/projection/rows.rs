//! The runner's own rows: their keys, which start with a zero byte, and how they are read and written.
//!
//! | key | in | value |
//! | --- | --- | --- |
//! | `\0serving` | generation 0 | number of the generation that is read from |
//! | `\0catalogue` | generation 0 | [`Catalogue`](super::catalogue::Catalogue), JSON |
//! | `\0progress` partition | every other | [`Progress`](super::progress::Progress), JSON |
//! | `\0block` partition block | every other | digest of the events accounted for in that block of positions |
//! | `\0key` lane | every other | [`Blocked`](super::parking::Blocked): a key that waits, JSON |
//! | `\0wait` lane position | every other | [`ParkedEvent`](super::parking::ParkedEvent): one of its events, JSON |
//! | `\0parked` position | every other | the key that the event there waits under, which may have another today |
//! | `\0skip` position | every other | empty: the event there was left out |
//!
//! Numbers are big-endian; a lane is a key with its length in front.

use std::borrow::Cow;
use std::ops::Bound;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::store::{Generation, ProjectionStoreError, ProjectionTx, Row};
use crate::fnv::Fnv;
use crate::version::Position;

pub(super) const CATALOGUE: &[u8] = b"\0catalogue";
const PROGRESS: &[u8] = b"\0progress";
const BLOCK: &[u8] = b"\0block";
const KEY: &[u8] = b"\0key";
const WAIT: &[u8] = b"\0wait";
const PARKED: &[u8] = b"\0parked";
const SKIP: &[u8] = b"\0skip";

/// Longest key that is part of a row's key as it is.
const LONGEST_KEY: usize = 512;

pub(super) fn progress(partition: u32) -> Vec<u8> {
    [PROGRESS, &partition.to_be_bytes()].concat()
}

pub(super) fn block(partition: u32, block: u64) -> Vec<u8> {
    [BLOCK, &partition.to_be_bytes(), &block.to_be_bytes()].concat()
}

/// All blocks of a partition.
pub(super) fn blocks(partition: u32) -> Vec<u8> {
    [BLOCK, &partition.to_be_bytes()].concat()
}

/// The number of a block, from its row's key.
pub(super) fn block_number(key: &[u8]) -> Option<u64> {
    key.last_chunk().map(|number| u64::from_be_bytes(*number))
}

pub(super) fn key(key: &str) -> Vec<u8> {
    [KEY, &lane(key)].concat()
}

/// All keys that wait.
pub(super) fn keys() -> Vec<u8> {
    KEY.to_vec()
}

pub(super) fn waiting(key: &str, position: Position) -> Vec<u8> {
    [WAIT, &lane(key), &position.get().to_be_bytes()].concat()
}

/// All events of a key that wait, in order.
pub(super) fn waiting_of(key: &str) -> Vec<u8> {
    [WAIT, &lane(key)].concat()
}

/// Under which key the event at a position waits.
pub(super) fn parked(position: Position) -> Vec<u8> {
    [PARKED, &position.get().to_be_bytes()].concat()
}

pub(super) fn skipped(position: Position) -> Vec<u8> {
    [SKIP, &position.get().to_be_bytes()].concat()
}

/// All events that wait, by key.
pub(super) fn all_waiting() -> Vec<u8> {
    WAIT.to_vec()
}

/// A key as part of a row's key. What is too long is cut and told apart by its hash.
pub(crate) fn lane(key: &str) -> Vec<u8> {
    let bytes = key.as_bytes();
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut lane = length.to_be_bytes().to_vec();
    if bytes.len() <= LONGEST_KEY {
        lane.extend_from_slice(bytes);
    } else {
        lane.extend_from_slice(&bytes[..LONGEST_KEY]);
        lane.extend_from_slice(&Fnv::new().bytes(bytes).finish().to_be_bytes());
    }
    lane
}

/// The key that an event waits under: rows of older programs tell it only by `today`, the key that it has now.
pub(super) async fn waits_under<'a>(
    tx: &mut impl ProjectionTx,
    generation: &Generation,
    position: Position,
    today: Cow<'a, str>,
) -> Result<Option<Cow<'a, str>>, ProjectionStoreError> {
    let row = parked(position);
    if let Some(key) = tx.get(&row).await? {
        let key = String::from_utf8(key.to_vec());
        let key = key.map_err(|error| damaged(generation, &row, &error))?;
        return Ok(Some(key.into()));
    }
    let waits = tx.get(&waiting(&today, position)).await?.is_some();
    Ok(waits.then_some(today))
}

/// Reads a row of JSON.
pub(super) async fn get<T: DeserializeOwned>(
    tx: &mut impl ProjectionTx,
    generation: &Generation,
    key: &[u8],
) -> Result<Option<T>, ProjectionStoreError> {
    match tx.get(key).await? {
        Some(value) => parse(generation, key, &value).map(Some),
        None => Ok(None),
    }
}

/// Reads the value of a row of JSON.
pub(super) fn parse<T: DeserializeOwned>(
    generation: &Generation,
    key: &[u8],
    value: &[u8],
) -> Result<T, ProjectionStoreError> {
    serde_json::from_slice(value).map_err(|error| damaged(generation, key, &error))
}

/// Writes a row of JSON.
pub(super) async fn put(
    tx: &mut impl ProjectionTx,
    key: &[u8],
    value: &impl Serialize,
) -> Result<(), ProjectionStoreError> {
    let json =
        serde_json::to_vec(value).expect("rows of the runner are JSON: texts, numbers and lists");
    tx.put(key, Some(&json)).await
}

/// Up to `limit` rows whose keys begin with `prefix`, behind the key `after`.
pub(crate) async fn scan(
    tx: &mut impl ProjectionTx,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<Row>, ProjectionStoreError> {
    let start = after.map_or(Bound::Included(prefix), Bound::Excluded);
    // No prefix of the runner ends in 0xff all through, so there is a next one.
    let mut end = prefix.to_vec();
    while end.last() == Some(&u8::MAX) {
        end.pop();
    }
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    tx.scan((start, Bound::Excluded(&end)), limit).await
}

/// A row that cannot be read.
pub(super) fn damaged(
    generation: &Generation,
    key: &[u8],
    why: &dyn std::fmt::Display,
) -> ProjectionStoreError {
    ProjectionStoreError::Damaged {
        generation: generation.clone(),
        reason: format!("its row `{}` cannot be read: {why}", key.escape_ascii()),
    }
}
