//! Timers as the log has them, where the events that they follow from are not handled again.

use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::reaction::TimerChange;
use super::recorded::{self, Source};
use super::timers::{self, Timer};
use crate::ids::CommitId;
use crate::projection::{HandlerError, ProjectionTx};
use crate::store::{EventStore, Filter, StreamRange};
use crate::time::Timestamp;
use crate::version::Position;

/// The timers of an instance: which decision has set them, to when.
type Running = HashMap<String, (CommitId, Timestamp)>;

/// Writes the timers of all instances of a process that run, and those whose reaction was decided behind `base`: whether what followed from
/// it was done is not on record.
pub(super) async fn timers(
    log: &dyn EventStore,
    process: &str,
    base: Position,
    tx: &mut impl ProjectionTx,
) -> Result<(), HandlerError> {
    let filter = Filter::all()
        .category(recorded::CATEGORY)
        .event_type(recorded::REACTED);
    let mut instances: HashMap<String, Running> = HashMap::new();
    let mut after = Position::START;
    loop {
        let limit = StreamRange::DEFAULT_LIMIT;
        let page = log.read_all(after, &filter, limit).await;
        let page = page.map_err(super::instance::read)?;
        for event in &page.events {
            let Some(instance) = recorded::instance(event, process) else {
                continue;
            };
            let reacted = recorded::decode::<IgnoredAny>(event)?;
            if reacted.source.commit_id(process, instance) != event.commit_id {
                continue;
            }
            let mut running = instances.remove(instance).unwrap_or_default();
            if let Source::Timer { name, set_by } = &reacted.source {
                if running.get(name).is_some_and(|(by, _)| by == set_by) {
                    running.remove(name);
                }
                if event.position > base {
                    let mut undone = Timer::new(instance, name, reacted.at, *set_by);
                    undone.decided = true;
                    timers::set(tx, &undone).await?;
                }
            }
            for change in reacted.timers {
                match change {
                    TimerChange::Set { name, at } => {
                        running.insert(name, (event.commit_id, at));
                    }
                    TimerChange::Cancel { name } => drop(running.remove(&name)),
                }
            }
            if !reacted.finished && !running.is_empty() {
                instances.insert(instance.to_owned(), running);
            }
        }
        after = page.next;
        if after >= page.head {
            break;
        }
    }
    for (instance, running) in &instances {
        for (name, (set_by, at)) in running {
            timers::set(tx, &Timer::new(instance, name, *at, *set_by)).await?;
        }
    }
    Ok(())
}
