//! Answers from the index: memory first, then sled for what is older.

use eventsourcing::{CommitId, Timestamp};

use super::commits::{self, CommitPlace};
use super::engine::EngineError;
use super::flush::is_time_ordered;
use super::keys::{self, ListKey};
use super::lists::{self, Entry};
use super::tail::minute_of;
use super::{Index, Point};
use crate::log::{Input, to_usize};

impl Index {
    /// A stream's last version and where it is; `None` if there is no such stream.
    pub(crate) fn stream_head(&self, key: &ListKey) -> Result<Option<(u64, Entry)>, EngineError> {
        match self.newest(key) {
            Some(head) => Ok(Some(head)),
            None => lists::stream_head(&self.engine, key),
        }
    }

    /// As [`Index::stream_head`], and where the versions of the stream's last block are, if finding the head has read
    /// it anyway: the version of the first, and the entries. Empty otherwise.
    pub(crate) fn stream_end(
        &self,
        key: &ListKey,
    ) -> Result<Option<(u64, u64, Vec<Entry>)>, EngineError> {
        if let Some((head, _)) = self.newest(key) {
            return Ok(Some((head, head + 1, Vec::new())));
        }
        let Some((number, entries)) = lists::last_block(&self.engine, key)? else {
            return Ok(None);
        };
        let before = lists::versions_before(number)?;
        Ok(Some((before + entries.len() as u64, before + 1, entries)))
    }

    /// A stream's last version and where it is, if memory knows.
    fn newest(&self, key: &ListKey) -> Option<(u64, Entry)> {
        let state = self.tail();
        let list = state.tail.parts(key).next_back()?;
        let place = *list.entries.last()?;
        Some((list.first_version + list.entries.len() as u64 - 1, place))
    }

    /// Where versions `from..=to` of a stream are, as far as they exist, ascending.
    pub(crate) fn stream_entries(
        &self,
        key: &ListKey,
        from: u64,
        to: u64,
    ) -> Result<Vec<Entry>, EngineError> {
        let mut older_than = u64::MAX;
        let mut newer = Vec::new();
        {
            let state = self.tail();
            for list in state.tail.parts(key) {
                older_than = older_than.min(list.first_version);
                let skip = to_usize(from.saturating_sub(list.first_version));
                let begin = from.max(list.first_version);
                let take = to_usize((to + 1).saturating_sub(begin));
                newer.extend(list.entries.iter().skip(skip).take(take));
            }
        }
        let mut entries = Vec::new();
        let to = to.min(older_than - 1);
        if from <= to {
            lists::stream_entries(&self.engine, key, from, to, &mut entries)?;
        }
        entries.append(&mut newer);
        Ok(entries)
    }

    /// Looks up a commit id.
    pub(crate) fn commit(&self, id: CommitId) -> Result<Option<CommitPlace>, EngineError> {
        {
            let state = self.tail();
            let mut generations = state.tail.generations();
            if let Some(place) = generations.find_map(|generation| generation.commits.get(&id)) {
                return Ok(Some(*place));
            }
            // A fresh id is greater than all that sled has, so most appends need not look there.
            let known = state.newest_id;
            if state.tail.start().position == 0 || (is_time_ordered(id) && id > known) {
                return Ok(None);
            }
        }
        commits::find(&self.engine, id)
    }

    /// A frame that begins at or before the one that holds `position`, as near as the index knows.
    pub(crate) fn mark_before(&self, position: u64) -> Result<Entry, EngineError> {
        {
            let state = self.tail();
            for generation in state
                .tail
                .generations()
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
            {
                if position <= generation.start.position {
                    continue;
                }
                let behind = generation
                    .marks
                    .partition_point(|mark| mark.position <= position);
                if let Some(mark) = behind.checked_sub(1).and_then(|i| generation.marks.get(i)) {
                    return Ok(*mark);
                }
                let Point { position, address } = generation.start;
                return Ok(Entry {
                    position: position + 1,
                    address,
                });
            }
        }
        let block = lists::block_at(&self.engine, &self.keys.marks(), position)?;
        let marks = block.map(|(_, marks)| marks).unwrap_or_default();
        let mark = marks
            .into_iter()
            .take_while(|mark| mark.position <= position)
            .last();
        let (address, first) = self.files.start();
        Ok(mark.unwrap_or(Entry {
            position: first,
            address,
        }))
    }

    /// A position before which nothing was recorded at or after `time`.
    pub(crate) fn first_recorded_from(&self, time: Timestamp) -> Result<u64, EngineError> {
        let minute = minute_of(time);
        let (newer, start) = {
            let state = self.tail();
            let known = || {
                let generations = state.tail.generations();
                generations.flat_map(|generation| &generation.minutes)
            };
            // A minute may have begun in an older generation, or in sled.
            let newest = known().map_while(|(known, _)| (*known <= minute).then_some(*known));
            let newer = newest.last().and_then(|newest| {
                let (_, entry) = known().find(|(known, _)| *known == newest)?;
                Some((newest, entry.position))
            });
            (newer, state.tail.start().position)
        };
        if start == 0 {
            return Ok(newer.map_or(1, |(_, position)| position));
        }
        let row = match newer {
            Some((newest, _)) => self.engine.get(&keys::minute(newest))?,
            None => self
                .engine
                .last(&keys::minute(i64::MIN)..=&keys::minute(minute))?
                .map(|(_, value)| value),
        };
        match (row, newer) {
            (Some(value), _) => minute_position(&value),
            (None, Some((_, position))) => Ok(position),
            (None, None) => Ok(1),
        }
    }

    /// The last position that may have been recorded at or before `time`; `None` if that is the log's end.
    pub(crate) fn last_recorded_until(&self, time: Timestamp) -> Result<Option<u64>, EngineError> {
        let Some(behind) = minute_of(time).checked_add(1) else {
            return Ok(None);
        };
        let newer = {
            let state = self.tail();
            let mut known = state
                .tail
                .generations()
                .flat_map(|generation| &generation.minutes);
            known
                .find(|(known, _)| *known >= behind)
                .map(|(_, entry)| entry.position)
        };
        let row = self
            .engine
            .first(&keys::minute(behind)..=&keys::minute(i64::MAX))?;
        let older = row.map(|(_, value)| minute_position(&value)).transpose()?;
        Ok(older.or(newer).map(|position| position - 1))
    }
}

fn minute_position(row: &[u8]) -> Result<u64, EngineError> {
    let position = Input::new(row).varint().filter(|position| *position > 0);
    position.ok_or(EngineError::Row("a minute"))
}
