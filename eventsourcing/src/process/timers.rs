//! Timers that run, as rows beside the progress. They follow from the recorded decisions and can be made again from those.
//!
//! | key | value |
//! | --- | --- |
//! | `\0timer due` time instance name | [`Timer`], JSON |
//! | `\0timer of` instance name | when it is due, as part of the other row's key |

use serde::{Deserialize, Serialize};

use super::reaction::TimerChange;
use crate::ids::CommitId;
use crate::projection::{HandlerError, ProjectionTx, rows};
use crate::time::Timestamp;

const DUE: &[u8] = b"\0timer due";
const OF: &[u8] = b"\0timer of";

/// A timer that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timer {
    pub(super) instance: String,
    pub(super) name: String,
    /// When it was set to be due.
    pub(super) at: Timestamp,
    /// The decision that set it.
    pub(super) set_by: CommitId,
    /// How often the instance has failed to react to it.
    #[serde(default)]
    pub(super) failures: u32,
    /// When it is tried next, if that is not `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) again_at: Option<Timestamp>,
}

impl Timer {
    pub(super) fn due(&self) -> Timestamp {
        self.again_at.unwrap_or(self.at)
    }

    fn due_key(&self, due: [u8; 8]) -> Vec<u8> {
        [DUE, &due, &rows::lane(&self.instance), self.name.as_bytes()].concat()
    }

    fn of_key(&self) -> Vec<u8> {
        of(&self.instance, &self.name)
    }
}

fn of(instance: &str, name: &str) -> Vec<u8> {
    [OF, &rows::lane(instance), name.as_bytes()].concat()
}

/// Bytes in the order of time.
fn in_order(time: Timestamp) -> [u8; 8] {
    (time.as_micros().cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// Sets a timer, in place of one of the same name.
pub(super) async fn set(tx: &mut impl ProjectionTx, timer: &Timer) -> Result<(), HandlerError> {
    remove(tx, &timer.instance, &timer.name).await?;
    let due = in_order(timer.due());
    let json = serde_json::to_vec(timer).expect("texts and numbers are JSON");
    tx.put(&timer.due_key(due), Some(&json)).await?;
    Ok(tx.put(&timer.of_key(), Some(&due)).await?)
}

/// Removes a timer, if it runs.
pub(super) async fn remove(
    tx: &mut impl ProjectionTx,
    instance: &str,
    name: &str,
) -> Result<(), HandlerError> {
    let key = of(instance, name);
    let Some(due) = tx.get(&key).await? else {
        return Ok(());
    };
    let due_key = [DUE, &due, &rows::lane(instance), name.as_bytes()].concat();
    tx.put(&due_key, None).await?;
    Ok(tx.put(&key, None).await?)
}

/// Does what a decision says about timers.
pub(super) async fn apply(
    tx: &mut impl ProjectionTx,
    instance: &str,
    set_by: CommitId,
    changes: &[TimerChange],
    finished: bool,
) -> Result<(), HandlerError> {
    for change in changes {
        match change {
            TimerChange::Cancel { name } => remove(tx, instance, name).await?,
            TimerChange::Set { name, at } => {
                let timer = Timer {
                    instance: instance.into(),
                    name: name.clone(),
                    at: *at,
                    set_by,
                    failures: 0,
                    again_at: None,
                };
                set(tx, &timer).await?;
            }
        }
    }
    if !finished {
        return Ok(());
    }
    let prefix = [OF, &rows::lane(instance)].concat();
    loop {
        let running = rows::scan(tx, &prefix, None, 100).await?;
        if running.is_empty() {
            return Ok(());
        }
        for (key, _) in running {
            let name = String::from_utf8_lossy(&key[prefix.len()..]).into_owned();
            remove(tx, instance, &name).await?;
        }
    }
}

/// The timer that is due first.
pub(super) async fn first(tx: &mut impl ProjectionTx) -> Result<Option<Timer>, HandlerError> {
    let rows = rows::scan(tx, DUE, None, 1).await?;
    let Some((key, value)) = rows.first() else {
        return Ok(None);
    };
    serde_json::from_slice(value).map(Some).map_err(|error| {
        let key = key.escape_ascii();
        HandlerError::Failed(format!("the timer in row `{key}` cannot be read: {error}"))
    })
}
