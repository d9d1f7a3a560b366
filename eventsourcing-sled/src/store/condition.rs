//! Append conditions, decided by the writer: nothing can come in between.

use eventsourcing::{AppendCondition, AppendError, Position};

use super::read;
use super::writer::Writer;
use crate::error::LookupError;

impl Writer {
    /// Checks a condition against the log and against what is staged before this commit.
    pub(super) fn check(&self, condition: &AppendCondition) -> Result<(), AppendError> {
        let head = Position::new(self.log.next() - 1);
        let after = condition.after;
        if after > head {
            let reason = format!(
                "the condition's position {after} is beyond the end of the log, which is at {head}"
            );
            return Err(AppendError::InvalidInput { reason });
        }
        let mut first: Option<Position> = None;
        for filter in &condition.none_of {
            let found = self
                .shared
                .lookup(|| read::first_match(&self.shared, after, filter))?;
            first = first.into_iter().chain(found).min();
        }
        if first.is_none() {
            first = self.first_staged(condition)?;
        }
        match first {
            Some(position) => Err(AppendError::ConditionFailed { position }),
            None => Ok(()),
        }
    }

    fn first_staged(&self, condition: &AppendCondition) -> Result<Option<Position>, LookupError> {
        // Like the time that they will be recorded at, not before what is written already.
        let now = self.shared.clock.now().max(self.recorded_at);
        for staged in self.group.staged() {
            let events = staged.events(&self.shared, now)?;
            let matches = |event: &_| condition.none_of.iter().any(|filter| filter.matches(event));
            if let Some(event) = events.iter().find(|event| matches(event)) {
                return Ok(Some(event.position));
            }
        }
        Ok(None)
    }
}
