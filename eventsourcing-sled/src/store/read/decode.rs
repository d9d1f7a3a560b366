//! From frames to events, with few allocations: names that recur are shared.

use std::collections::VecDeque;
use std::ops::{ControlFlow, Deref, DerefMut, Range};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use eventsourcing::{Metadata, Position, RecordedEvent, StreamId, Tag, Version};

use crate::log::frame::{Body, Damage, RawEvent, RawType};
use crate::log::{Frame, LogError};

static NO_METADATA: LazyLock<Arc<Metadata>> = LazyLock::new(Arc::default);

/// Makes events of frames. Keeps what it has seen, so it is worth keeping itself.
#[derive(Debug)]
pub(crate) struct Decoder {
    types: Vec<RawType>,
    streams: Box<[Option<StreamId>]>,
    names: Box<[Option<Arc<str>>]>,
}

/// The place in which a stream's events are shown one after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    event: Option<RecordedEvent>,
    /// Names that the stream's earlier events had; together with the event's own each once.
    names: Vec<Arc<str>>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            types: Vec::new(),
            streams: vec![None; 1024].into(),
            names: vec![None; 64].into(),
        }
    }
}

impl Decoder {
    /// Appends to `out` those events of a frame that `wanted` accepts as they lie there and `keep` as they come out.
    pub(crate) fn decode(
        &mut self,
        frame: Frame<'_>,
        out: &mut Vec<RecordedEvent>,
        mut wanted: impl FnMut(&RawEvent<'_>) -> bool,
        mut keep: impl FnMut(&RecordedEvent) -> bool,
    ) -> Result<(), LogError> {
        let header = frame.header;
        let damage = |damage: Damage| LogError::Corrupt {
            position: header.first,
            reason: damage.reason().into(),
        };
        let mut types = std::mem::take(&mut self.types);
        let own = Body::metadata(frame.bytes(), header)
            .map_err(damage)?
            .map(Arc::new);
        let metadata = own.as_ref().unwrap_or(&NO_METADATA);
        let mut body = Body::new(frame.bytes(), header, &mut types).map_err(damage)?;
        while let Some(raw) = body.next().map_err(damage)? {
            if wanted(&raw) {
                out.push(self.event(frame, &raw, metadata).map_err(damage)?);
                if out.last().is_some_and(|event| !keep(event)) {
                    out.pop();
                }
            }
        }
        self.types = types;
        Ok(())
    }

    /// Shows those events of a frame that have these versions in `stream` to `each`, one after the other in `scratch`,
    /// which no other stream uses, until `each` breaks.
    pub(crate) fn visit(
        &mut self,
        frame: Frame<'_>,
        stream: &StreamId,
        versions: Range<u64>,
        scratch: &mut Scratch,
        mut each: impl FnMut(&RecordedEvent) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, LogError> {
        let header = frame.header;
        let damage = |damage: Damage| LogError::Corrupt {
            position: header.first,
            reason: damage.reason().into(),
        };
        let mut types = std::mem::take(&mut self.types);
        let own = Body::metadata(frame.bytes(), header)
            .map_err(damage)?
            .map(Arc::new);
        let metadata = own.as_ref().unwrap_or(&NO_METADATA);
        let mut body = Body::new(frame.bytes(), header, &mut types).map_err(damage)?;
        let (mut flow, mut part, mut in_stream) = (ControlFlow::Continue(()), usize::MAX, false);
        while flow.is_continue()
            && let Some(raw) = body.next().map_err(damage)?
        {
            if raw.part != part {
                (part, in_stream) = (raw.part, raw.stream == stream.as_str().as_bytes());
            }
            if !in_stream || !versions.contains(&raw.version) {
                continue;
            }
            flow = each(
                self.replace(scratch, frame, &raw, metadata)
                    .map_err(damage)?,
            );
        }
        self.types = types;
        Ok(flow)
    }

    /// Puts another event of the stream into `scratch`, leaving what both have in common.
    #[inline]
    fn replace<'s>(
        &mut self,
        scratch: &'s mut Scratch,
        frame: Frame<'_>,
        raw: &RawEvent<'_>,
        metadata: &Arc<Metadata>,
    ) -> Result<&'s RecordedEvent, Damage> {
        let fresh = raw.has_tags() || scratch.event.as_ref().is_none_or(|e| !e.tags.is_empty());
        if fresh {
            scratch.event = Some(self.event(frame, raw, metadata)?);
        }
        let event = scratch.event.as_mut().ok_or(Damage::Content)?;
        if fresh {
            return Ok(event);
        }
        if event.event_type.as_bytes() != raw.event_type {
            // Counting a name's holders up and down for each event would cost more than all the rest here.
            let known = |name: &&mut Arc<str>| name.as_bytes() == raw.event_type;
            if let Some(name) = scratch.names.iter_mut().find(known) {
                std::mem::swap(name, &mut event.event_type);
            } else {
                let name = self.name(raw.event_type).ok_or(Damage::Content)?;
                scratch
                    .names
                    .push(std::mem::replace(&mut event.event_type, name));
            }
        }
        if !Arc::ptr_eq(&event.metadata, metadata) {
            event.metadata = metadata.clone();
        }
        let header = frame.header;
        event.position = Position::new(raw.position(header));
        event.version = Version::new(raw.version);
        event.commit_id = header.commit_id;
        event.commit_index = raw.index;
        event.commit_len = header.count;
        event.schema_version = raw.schema_version;
        event.readable_by = raw.readable_by;
        event.format = raw.format;
        event.recorded_at = header.recorded_at;
        event.payload = frame.slice(raw.payload.clone());
        Ok(event)
    }

    #[inline]
    fn event(
        &mut self,
        frame: Frame<'_>,
        raw: &RawEvent<'_>,
        metadata: &Arc<Metadata>,
    ) -> Result<RecordedEvent, Damage> {
        let header = frame.header;
        let stream = self.stream(raw.stream).ok_or(Damage::Content)?;
        let event_type = self.name(raw.event_type).ok_or(Damage::Content)?;
        let mut tags = Vec::new();
        if raw.has_tags() {
            for tag in raw.tags() {
                tags.push(Tag::new(tag).map_err(|_| Damage::Content)?);
            }
        }
        Ok(RecordedEvent {
            position: Position::new(raw.position(header)),
            stream,
            version: Version::new(raw.version),
            commit_id: header.commit_id,
            commit_index: raw.index,
            commit_len: header.count,
            event_type,
            schema_version: raw.schema_version,
            readable_by: raw.readable_by,
            format: raw.format,
            recorded_at: header.recorded_at,
            metadata: metadata.clone(),
            tags,
            payload: frame.slice(raw.payload.clone()),
        })
    }

    fn stream(&mut self, name: &[u8]) -> Option<StreamId> {
        let slot = slot(name, self.streams.len());
        match &self.streams[slot] {
            Some(known) if known.as_str().as_bytes() == name => Some(known.clone()),
            _ => {
                let stream: StreamId = std::str::from_utf8(name).ok()?.parse().ok()?;
                self.streams[slot] = Some(stream.clone());
                Some(stream)
            }
        }
    }

    fn name(&mut self, name: &[u8]) -> Option<Arc<str>> {
        let slot = slot(name, self.names.len());
        match &self.names[slot] {
            Some(known) if known.as_bytes() == name => Some(known.clone()),
            _ => {
                let name: Arc<str> = std::str::from_utf8(name).ok()?.into();
                self.names[slot] = Some(name.clone());
                Some(name)
            }
        }
    }
}

/// Where in a table of `len` slots (a power of two) a name is remembered.
fn slot(name: &[u8], len: usize) -> usize {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let (chunks, rest) = name.as_chunks::<8>();
    let mut hash = name.len() as u64;
    for chunk in chunks {
        hash = (hash.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(MIX);
    }
    for byte in rest {
        hash = (hash.rotate_left(23) ^ u64::from(*byte)).wrapping_mul(MIX);
    }
    crate::log::to_usize(hash >> 32) & (len - 1)
}

/// What readers leave for the next one: decoders, and where in the log they stopped.
#[derive(Debug, Default)]
pub(in crate::store) struct Pool {
    decoders: Mutex<Vec<Decoder>>,
    /// Positions and the addresses of their frames, the last used last.
    bookmarks: Mutex<VecDeque<(u64, u64)>>,
}

/// A decoder on loan.
#[derive(Debug)]
pub(in crate::store) struct Loan<'a> {
    pool: &'a Pool,
    decoder: Decoder,
}

impl Pool {
    /// Most decoders kept.
    const KEEP: usize = 16;

    /// Most bookmarks kept.
    const BOOKMARKS: usize = 32;

    /// The address of the frame that holds or will hold `position`, if a reader stopped there.
    pub(super) fn bookmark(&self, position: u64) -> Option<u64> {
        let bookmarks = self
            .bookmarks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        bookmarks
            .iter()
            .rev()
            .find(|(known, _)| *known == position)
            .map(|(_, address)| *address)
    }

    pub(super) fn set_bookmark(&self, position: u64, address: u64) {
        let mut bookmarks = self
            .bookmarks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if bookmarks.len() == Self::BOOKMARKS {
            bookmarks.pop_front();
        }
        bookmarks.push_back((position, address));
    }

    pub(in crate::store) fn decoder(&self) -> Loan<'_> {
        let kept = self
            .decoders
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Loan {
            pool: self,
            decoder: kept.unwrap_or_default(),
        }
    }
}

impl Deref for Loan<'_> {
    type Target = Decoder;
    fn deref(&self) -> &Decoder {
        &self.decoder
    }
}

impl DerefMut for Loan<'_> {
    fn deref_mut(&mut self) -> &mut Decoder {
        &mut self.decoder
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut kept = self
            .pool
            .decoders
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.len() < Pool::KEEP {
            let nothing = Decoder {
                types: Vec::new(),
                streams: [].into(),
                names: [].into(),
            };
            kept.push(std::mem::replace(&mut self.decoder, nothing));
        }
    }
}
