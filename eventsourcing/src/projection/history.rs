//! Whether progress belongs to the log: a log that was restored from a backup, or replaced, is another one.

use super::digest::Seen;
use super::progress::Progress;
use super::stop::StopReason;
use super::trouble::Trouble;
use crate::envelope::RecordedEvent;
use crate::store::{EventStore, Filter};
use crate::version::Position;

impl Progress {
    /// Makes sure that it belongs to this log, and returns the last event that it had come to. Another log ends earlier, or has
    /// another event there.
    pub(super) async fn fits(
        &self,
        log: &dyn EventStore,
    ) -> Result<Option<RecordedEvent>, Trouble> {
        let position = self.position;
        let head = log.head().await?;
        let other = |why| Err(Trouble::Stop(StopReason::OtherHistory { position, why }));
        if position > head {
            return other(format!("the log ends at {head}"));
        }
        let Some(anchor) = self.anchor else {
            return Ok(None);
        };
        match event_at(log, anchor.position).await? {
            Some(event) if Seen::from(&event) == anchor => Ok(Some(event)),
            Some(event) => other(format!(
                "it has event {} at {}, not {}",
                event.event_id(),
                anchor.position,
                anchor.event_id
            )),
            None => other(format!("it has no event at {}", anchor.position)),
        }
    }
}

/// The event at a position of the log.
pub(super) async fn event_at(
    log: &dyn EventStore,
    position: Position,
) -> Result<Option<RecordedEvent>, Trouble> {
    let Some(before) = position.get().checked_sub(1) else {
        return Ok(None);
    };
    let page = log
        .read_all(Position::new(before), &Filter::all(), 1)
        .await?;
    let found = page.events.into_iter().next();
    Ok(found.filter(|event| event.position == position))
}
