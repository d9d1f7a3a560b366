//! The first step of rows that say nothing yet.

use tokio::sync::watch;

use super::super::store::ProjectionStore;
use super::super::trouble::Trouble;
use super::Driver;
use super::timers::settled;
use crate::version::Position;

impl<P: ProjectionStore> Driver<P> {
    /// What acts on others takes up what the log says, page by page: events that it is not shown, or no longer, may have led to it.
    /// Returns whether all was done before it was told to halt; else it is done again from the start, to the same end.
    pub(super) async fn take_up(&mut self, halt: &watch::Receiver<bool>) -> Result<bool, Trouble> {
        let handler = self.job.handler.clone();
        if !self.is_new || handler.is_rebuildable() {
            return Ok(true);
        }
        let mut after = Some(Position::START);
        while let Some(from) = after {
            if *halt.borrow() {
                return Ok(false);
            }
            // Without the progress, which says that all is taken up.
            let rows = &self.job.site.rows;
            let mut tx = rows.begin(&self.job.generation, self.epoch).await?;
            let outcome = handler.take_up(self.job.base, from, &mut tx).await;
            after = settled(Ok(outcome), &tx)?;
            rows.commit(tx).await?;
        }
        let step = self.begin().await?;
        self.commit(step).await?;
        self.is_new = false;
        Ok(true)
    }
}
