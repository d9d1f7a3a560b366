//! Telling damage in the log from an index that leads astray.

use super::read::Decoder;
use super::shared::Shared;
use crate::log::{self, LogError, Reach, Step};

/// Whether the event at `position` can be read where the log has it, whatever the index says. If there is no such
/// position, nothing can be wrong with it either.
///
/// Reads a segment, so it is only for when something is wrong.
pub(super) fn is_sound_at(shared: &Shared, position: u64) -> Result<bool, LogError> {
    let end = shared.index.end();
    if position == 0 || position > end.position {
        return Ok(true);
    }
    let reach = Reach {
        start: shared.files.start_of(position),
        position: Some(position),
        address: end.address,
        tolerant: false,
    };
    let mut sound = false;
    log::walk(&shared.files, reach, |step| {
        if let Step::Frame(frame) = step
            && (frame.header.first..=frame.header.last()).contains(&position)
        {
            let events = &mut Vec::new();
            let decoded = Decoder::default().decode(frame, events, |_| true, |_| true);
            sound = decoded.is_ok();
        }
        Ok(())
    })?;
    Ok(sound)
}
