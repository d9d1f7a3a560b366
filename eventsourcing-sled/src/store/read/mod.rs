//! Reading: from the index to the log to events.

mod back;
mod decode;
mod log;
mod stream;

use bytes::Bytes;
use eventsourcing::{CommitId, Filter, Position, RecordedEvent, StreamRange};

pub(super) use self::back::back;
pub(crate) use self::decode::Decoder;
pub(super) use self::decode::Pool;
#[cfg(any(test, fuzzing))]
pub(crate) use self::decode::Scratch;
pub(super) use self::log::all;
pub(super) use self::stream::{stream, visit};
use super::shared::Shared;
use crate::error::LookupError;
use crate::index::{CommitPlace, EngineError};
use crate::log::frame::Header;
use crate::log::{Frame, LogError, LogReader};

/// A page ends once its payloads come to this, so that what readers hold is bounded.
const PAGE_BYTES: usize = StreamRange::PAGE_BYTES;
/// Most bytes of log read at once.
const WINDOW: usize = 256 << 10;

/// All events of a commit, which is at `place` unless the index says otherwise by now.
pub(super) fn commit(
    shared: &Shared,
    id: CommitId,
    place: CommitPlace,
) -> Result<Vec<RecordedEvent>, LookupError> {
    let place = shared.index.commit(id)?.unwrap_or(place);
    let mut reader = LogReader::new(&shared.files, shared.index.end().address);
    let frame = reader.frame(place.address, place.first, WINDOW)?;
    if frame.header.commit_id != id {
        return Err(EngineError::Row("a commit id leads to another commit").into());
    }
    // The frame's own number of events: its checksum is right, the index may be damaged.
    let mut events = Vec::with_capacity(frame.header.count as usize);
    shared
        .pool
        .decoder()
        .decode(frame, &mut events, |_| true, |_| true)?;
    Ok(events)
}

/// The events of a commit that is not written yet. Its place in time is not known yet either; conditions cannot ask
/// for a time that has not come.
pub(super) fn staged(shared: &Shared, frame: Vec<u8>) -> Result<Vec<RecordedEvent>, LookupError> {
    let bytes = Bytes::from(frame);
    let header = Header::parse(&bytes).map_err(|damage| LogError::Corrupt {
        position: 0,
        reason: damage.reason().into(),
    })?;
    let mut events = Vec::with_capacity(header.count as usize);
    let frame = Frame::alone(&header, &bytes);
    shared
        .pool
        .decoder()
        .decode(frame, &mut events, |_| true, |_| true)?;
    Ok(events)
}

/// Position of the first event behind `after` that matches.
pub(super) fn first_match(
    shared: &Shared,
    after: Position,
    filter: &Filter,
) -> Result<Option<Position>, LookupError> {
    let mut after = after;
    loop {
        let page = all(shared, after, filter, 1)?;
        if let Some(event) = page.events.first() {
            return Ok(Some(event.position));
        }
        if page.next >= page.head {
            return Ok(None);
        }
        after = page.next;
    }
}
