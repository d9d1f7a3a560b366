//! Timers as the log has them, where the events that they follow from may not be handled again.

use super::recorded::{self, Source};
use super::timers::{self, Timer};
use crate::projection::{HandlerError, ProjectionTx};
use crate::store::{EventStore, Filter, StreamRange};
use crate::version::Position;

/// Does what a page of decisions says about the timers of all instances of a process, and returns where the next page begins. A timer
/// whose reaction was decided behind `base` is undone if that asked for commands: whether they were executed is not on record.
pub(super) async fn timers(
    log: &dyn EventStore,
    process: &str,
    base: Position,
    after: Position,
    tx: &mut impl ProjectionTx,
) -> Result<Option<Position>, HandlerError> {
    let filter = Filter::all()
        .category(recorded::CATEGORY)
        .event_type(recorded::REACTED);
    let limit = StreamRange::DEFAULT_LIMIT;
    let page = log.read_all(after, &filter, limit).await;
    let page = page.map_err(super::instance::read)?;
    for event in &page.events {
        let Some((instance, reacted)) = recorded::of_process(event, process)? else {
            continue;
        };
        if let Source::Timer { name, set_by } = &reacted.source {
            let mut fired = Timer::new(&instance, name, reacted.at, *set_by);
            timers::remove_this(tx, &fired).await?;
            if event.position > base && !reacted.commands.is_empty() {
                fired.decided = true;
                timers::set(tx, &fired).await?;
            }
        }
        let (changes, finished) = (&reacted.timers, reacted.finished);
        timers::apply(tx, &instance, event.commit_id, changes, finished).await?;
    }
    Ok((page.next < page.head).then_some(page.next))
}
