//! Reading what is in a frame.

use std::ops::Range;

use eventsourcing::{CausationId, CorrelationId, FormatId, Metadata};
use uuid::Uuid;

use super::{Damage, HAS_ACTOR, HAS_CAUSATION, HAS_CORRELATION, HAS_HEADERS, HEADER_LEN, Header};
use crate::log::codec::{Input, to_usize};

/// Walks through the events of a whole frame.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    frame: &'a [u8],
    header: &'a Header,
    input: Input<'a>,
    types: &'a mut Vec<RawType>,
    part: usize,
    left_in_part: u64,
    stream: &'a [u8],
    version: u64,
    index: u32,
}

/// An event type as it lies in a frame.
#[derive(Debug, Clone)]
pub(crate) struct RawType {
    name: Range<usize>,
    pub(crate) schema_version: u16,
    pub(crate) readable_by: u16,
    pub(crate) format: FormatId,
}

/// An event as it lies in a frame.
#[derive(Debug)]
pub(crate) struct RawEvent<'a> {
    /// Place in the commit, from 0.
    pub(crate) index: u32,
    pub(crate) part: usize,
    /// The stream's name; text, but that is not checked here.
    pub(crate) stream: &'a [u8],
    pub(crate) version: u64,
    /// The type's name; text, but that is not checked here.
    pub(crate) event_type: &'a [u8],
    pub(crate) schema_version: u16,
    pub(crate) readable_by: u16,
    pub(crate) format: FormatId,
    tags: Input<'a>,
    tag_count: u64,
    /// Where the payload is in the frame.
    pub(crate) payload: Range<usize>,
}

impl<'a> RawEvent<'a> {
    #[inline]
    pub(crate) fn position(&self, header: &Header) -> u64 {
        header.first + u64::from(self.index)
    }

    pub(crate) fn has_tags(&self) -> bool {
        self.tag_count > 0
    }

    /// Its tags.
    pub(crate) fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut input = self.tags.clone();
        // Reading the event has checked that they are all there.
        (0..self.tag_count).map_while(move |_| input.text())
    }
}

impl<'a> Body<'a> {
    /// Begins with the first event. `types` is scratch space, so that reading many frames allocates once.
    #[inline]
    pub(crate) fn new(
        frame: &'a [u8],
        header: &'a Header,
        types: &'a mut Vec<RawType>,
    ) -> Result<Self, Damage> {
        types.clear();
        let mut input = Input::at(frame, HEADER_LEN + 8 * usize::from(header.parts));
        skip_metadata(&mut input, header.flags).ok_or(Damage::Content)?;
        Ok(Self {
            frame,
            header,
            input,
            types,
            part: 0,
            left_in_part: 0,
            stream: &[],
            version: 0,
            index: 0,
        })
    }

    /// The metadata; `None` if it is empty.
    #[inline]
    pub(crate) fn metadata(frame: &[u8], header: &Header) -> Result<Option<Metadata>, Damage> {
        if header.flags == 0 {
            return Ok(None);
        }
        let mut input = Input::at(frame, HEADER_LEN + 8 * usize::from(header.parts));
        read_metadata(&mut input, header.flags)
            .map(Some)
            .ok_or(Damage::Content)
    }

    /// The next event; `None` behind the last.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<RawEvent<'a>>, Damage> {
        if self.index == self.header.count {
            return Ok(None);
        }
        self.event().map(Some).ok_or(Damage::Content)
    }

    #[inline]
    fn event(&mut self) -> Option<RawEvent<'a>> {
        if self.left_in_part == 0 {
            self.begin_part()?;
        }
        self.left_in_part -= 1;
        self.version = self.version.checked_add(1)?;
        let event_type = match to_usize(self.input.varint()?) {
            0 => {
                self.define_type()?;
                self.types.last()?
            }
            number => self.types.get(number - 1)?,
        };
        let name = self.frame.get(event_type.name.clone())?;
        let tag_count = self.input.varint()?;
        let tags = self.input.clone();
        for _ in 0..tag_count {
            self.input.text()?;
        }
        let len = to_usize(self.input.varint()?);
        let start = self.input.position();
        self.input.take(len)?;
        let event = RawEvent {
            index: self.index,
            part: self.part - 1,
            stream: self.stream,
            version: self.version,
            event_type: name,
            schema_version: event_type.schema_version,
            readable_by: event_type.readable_by,
            format: event_type.format,
            tags,
            tag_count,
            payload: start..start + len,
        };
        self.index += 1;
        Some(event)
    }

    #[inline]
    fn begin_part(&mut self) -> Option<()> {
        if self.part == usize::from(self.header.parts) {
            return None;
        }
        self.version =
            u64::from_le_bytes(Input::at(self.frame, HEADER_LEN + 8 * self.part).array()?);
        self.left_in_part = self.input.varint()?;
        self.stream = self.input.slice()?;
        self.part += 1;
        (self.left_in_part > 0).then_some(())
    }

    fn define_type(&mut self) -> Option<()> {
        let len = to_usize(self.input.varint()?);
        let start = self.input.position();
        self.input.take(len)?;
        let (schema_version, readable_by) = versions(self.input.varint()?)?;
        let format = FormatId::new(self.input.byte()?);
        self.types.push(RawType {
            name: start..start + len,
            schema_version,
            readable_by,
            format,
        });
        Some(())
    }
}

/// A schema version, and above its 16 bits how many versions older its readers may be.
fn versions(packed: u64) -> Option<(u16, u16)> {
    let version = u16::try_from(packed & 0xffff).ok()?;
    let older = u16::try_from(packed >> 16).ok()?;
    Some((version, version.checked_sub(older)?))
}

fn read_metadata(input: &mut Input<'_>, flags: u16) -> Option<Metadata> {
    let mut metadata = Metadata::default();
    if flags & HAS_CORRELATION != 0 {
        metadata.correlation_id = Some(CorrelationId::from_uuid(Uuid::from_bytes(input.array()?)));
    }
    if flags & HAS_CAUSATION != 0 {
        metadata.causation_id = Some(CausationId::from_uuid(Uuid::from_bytes(input.array()?)));
    }
    if flags & HAS_ACTOR != 0 {
        metadata.actor = Some(input.text()?.into());
    }
    if flags & HAS_HEADERS != 0 {
        for _ in 0..input.varint()? {
            let (key, value) = (input.text()?, input.text()?);
            metadata.headers.insert(key.into(), value.into());
        }
    }
    Some(metadata)
}

fn skip_metadata(input: &mut Input<'_>, flags: u16) -> Option<()> {
    for id in [HAS_CORRELATION, HAS_CAUSATION] {
        if flags & id != 0 {
            input.array::<16>()?;
        }
    }
    if flags & HAS_ACTOR != 0 {
        input.slice()?;
    }
    if flags & HAS_HEADERS != 0 {
        for _ in 0..input.varint()? {
            input.slice()?;
            input.slice()?;
        }
    }
    Some(())
}
