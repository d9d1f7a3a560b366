//! Encoding: the way of a typed event into a commit.

use std::sync::Arc;

use super::Event;
use crate::envelope::NewEvent;
use crate::format::{Format, FormatError};

impl NewEvent {
    /// Encodes a typed event.
    ///
    /// # Errors
    /// [`FormatError`] if the payload cannot be written in this format; retrying does not help.
    pub fn encode<E: Event, F: Format>(event: &E, format: &F) -> Result<Self, FormatError> {
        if let Some(unknown) = event.captured() {
            return Ok(unknown.clone().into());
        }
        let tags = event
            .tags()
            .map_err(|error| FormatError::Malformed(Box::new(error)))?;
        let mut payload = Vec::new();
        event.encode(format, &mut payload)?;
        let event_type = &E::TYPES[event.type_index()];
        Ok(Self {
            event_type: Arc::from(event_type.name),
            schema_version: event_type.writes,
            readable_by: event_type.readable_by,
            format: F::ID,
            tags,
            payload: payload.into(),
        })
    }
}
