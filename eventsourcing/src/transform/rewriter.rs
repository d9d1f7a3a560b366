//! Runs of events through a transform, each stream with its context.

use std::collections::HashMap;
use std::sync::Arc;

use super::contexts::{Contexts, Reached};
use super::{Rewrite, StreamTransform};
use crate::envelope::{NewEvent, RecordedEvent};
use crate::error::ReadError;
use crate::event::{ABSORBED, Decoded, Event, Skipped, StoredType};
use crate::format::Format;
use crate::store::{EventStore, StreamRange};
use crate::stream_id::StreamId;
use crate::version::Version;

/// Rewrites the events of one page, in order.
pub(super) struct Rewriter<'a, S, T: StreamTransform, F> {
    pub(super) store: &'a S,
    pub(super) transform: &'a T,
    pub(super) format: &'a F,
    pub(super) contexts: &'a Contexts<T::Context>,
    /// What this page has come to.
    reached: HashMap<StreamId, Reached<T::Context>>,
}

impl<'a, S: EventStore, T: StreamTransform, F: Format> Rewriter<'a, S, T, F> {
    pub(super) fn new(
        store: &'a S,
        transform: &'a T,
        format: &'a F,
        contexts: &'a Contexts<T::Context>,
    ) -> Self {
        let reached = HashMap::new();
        Self {
            store,
            transform,
            format,
            contexts,
            reached,
        }
    }

    /// What becomes of an event whose stream's earlier events may or may not have come through here.
    pub(super) async fn rewrite(
        &mut self,
        event: RecordedEvent,
    ) -> Result<RecordedEvent, ReadError> {
        if event.stream.category() != T::CATEGORY || !is_source::<T>(&event) {
            return Ok(event);
        }
        let before = self.reached.remove(&event.stream);
        let mut reached = match before {
            Some(reached) if reached.version < event.version => reached,
            _ => self.contexts.before(&event.stream, event.version),
        };
        if reached.version.next() < event.version {
            self.catch_up(&mut reached, &event).await?;
        }
        let event = self.apply(&mut reached, event)?;
        self.reached.insert(event.stream.clone(), reached);
        Ok(event)
    }

    /// Remembers what was reached, for the next page.
    pub(super) fn finish(self) {
        for (stream, reached) in self.reached {
            self.contexts.keep(stream, reached);
        }
    }

    /// Reads what lies between the context and an event.
    async fn catch_up(
        &self,
        reached: &mut Reached<T::Context>,
        event: &RecordedEvent,
    ) -> Result<(), ReadError> {
        let last = Version::new(event.version.get() - 1);
        let mut range = Some(StreamRange::from(reached.version.next()).to(last));
        while let Some(wanted) = range {
            let page = self.store.read_stream(&event.stream, wanted).await?;
            for event in page.events {
                if is_source::<T>(&event) {
                    self.apply(reached, event)?;
                }
            }
            range = page.next;
        }
        reached.version = last;
        Ok(())
    }

    fn apply(
        &self,
        reached: &mut Reached<T::Context>,
        mut event: RecordedEvent,
    ) -> Result<RecordedEvent, ReadError> {
        reached.version = event.version;
        let failed = |source| failed::<T>(&event, source);
        let stored = match event.decode::<T::Stored>(self.format) {
            Ok(Decoded::One(stored)) => stored,
            Ok(Decoded::Skipped(Skipped::Retired(_))) => return Ok(absorbed(event)),
            // Nothing that the transform knows: whoever reads on may.
            Ok(Decoded::Skipped(_)) => return Ok(event),
            Ok(Decoded::Many(_)) => {
                return Err(failed(
                    "a split gives several events; a transform takes one".into(),
                ));
            }
            Err(error) => return Err(failed(error.into())),
        };
        let rewrite = self.transform.rewrite(&mut reached.context, stored, &event);
        match rewrite.map_err(|error| failed(error.into_source()))? {
            Rewrite::Keep => Ok(event),
            Rewrite::Absorb => Ok(absorbed(event)),
            Rewrite::Replace(new) => {
                let new =
                    NewEvent::encode(&new, self.format).map_err(|error| failed(error.into()))?;
                event.event_type = new.event_type;
                event.schema_version = new.schema_version;
                event.readable_by = new.readable_by;
                event.format = new.format;
                event.payload = new.payload;
                Ok(event)
            }
        }
    }
}

/// Whether the transform wants to see an event of this name.
fn is_source<T: StreamTransform>(event: &RecordedEvent) -> bool {
    let named = |stored: &StoredType| *stored.name == *event.event_type;
    // A version that is not known is still the transform's to refuse; the others need no walk through the table.
    T::Stored::slot(&event.event_type, event.schema_version).is_some()
        || T::Stored::STORED.iter().any(named)
}

fn absorbed(event: RecordedEvent) -> RecordedEvent {
    let payload = bytes::Bytes::new();
    RecordedEvent {
        event_type: Arc::from(ABSORBED),
        schema_version: 1,
        readable_by: 1,
        payload,
        ..event
    }
}

fn failed<T: StreamTransform>(
    event: &RecordedEvent,
    source: Box<dyn std::error::Error + Send + Sync>,
) -> ReadError {
    ReadError::Transform {
        transform: T::NAME,
        stream: event.stream.clone(),
        position: event.position,
        source,
    }
}
