//! The first step of rows that begin behind something.

use super::super::store::ProjectionStore;
use super::super::trouble::Trouble;
use super::Driver;
use super::timers::settled;
use crate::version::Position;

impl<P: ProjectionStore> Driver<P> {
    /// What acts on others takes up what the log says of the time before.
    pub(super) async fn take_up(&mut self) -> Result<(), Trouble> {
        let handler = self.job.handler.clone();
        if !self.is_new || self.job.base == Position::START || handler.is_rebuildable() {
            return Ok(());
        }
        let mut step = self.begin().await?;
        let outcome = handler.take_up(self.job.base, &mut step.tx).await;
        settled(Ok(outcome), &step.tx)?;
        self.commit(step).await?;
        self.is_new = false;
        Ok(())
    }
}
