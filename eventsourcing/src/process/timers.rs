//! Timers that run, as rows beside the progress. They follow from the recorded decisions and can be made again from those.
//!
//! | key | value |
//! | --- | --- |
//! | `\0timer due` time, 0 if the reaction is recorded and 1 if not, one of the next two keys | [`Timer`], JSON |
//! | `\0timer of` instance name | the other row's key |
//! | `\0timer undone` instance decision name | the same, once the reaction is recorded and its commands are still to be executed |
//! | `\0timer held` one of those two keys | [`Timer`], in place of its row by time: its instance has parked events, and it waits behind them |
//! | `\0timer failing` one of those two keys | [`FailingTimer`], JSON: how it failed |

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::reaction::TimerChange;
use crate::ids::CommitId;
use crate::projection::{FailingTimer, HandlerError, ProjectionTx, Waits, cut, rows};
use crate::time::Timestamp;

const DUE: &[u8] = b"\0timer due";
const OF: &[u8] = b"\0timer of";
const UNDONE: &[u8] = b"\0timer undone";
const HELD: &[u8] = b"\0timer held";
const FAILING: &[u8] = b"\0timer failing";

/// A timer that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timer {
    pub(super) instance: String,
    pub(super) name: String,
    /// When it was set to be due.
    pub(super) at: Timestamp,
    /// The decision that set it.
    pub(super) set_by: CommitId,
    /// Whether the reaction is recorded. Then nothing stops it any more: what was decided is to be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) decided: bool,
    /// How often the instance has failed to react to it.
    #[serde(default)]
    pub(super) failures: u32,
    /// When it is tried next, if that is not `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) again_at: Option<Timestamp>,
}

impl Timer {
    pub(super) fn new(instance: &str, name: &str, at: Timestamp, set_by: CommitId) -> Self {
        Self {
            instance: instance.into(),
            name: name.into(),
            at,
            set_by,
            decided: false,
            failures: 0,
            again_at: None,
        }
    }

    pub(super) fn due(&self) -> Timestamp {
        self.again_at.unwrap_or(self.at)
    }

    /// The key of its row, by time. Of those of one moment, what has been decided about goes first: it had its turn.
    fn due_key(&self) -> Vec<u8> {
        let turn = [u8::from(!self.decided)];
        [DUE, &in_order(self.due()), &turn, &self.of_key()].concat()
    }

    /// The key of its row, by instance.
    fn of_key(&self) -> Vec<u8> {
        if !self.decided {
            return of(&self.instance, &self.name);
        }
        let (lane, by) = (
            rows::lane(&self.instance),
            *self.set_by.as_uuid().as_bytes(),
        );
        [UNDONE, &lane, &by, self.name.as_bytes()].concat()
    }
}

fn of(instance: &str, name: &str) -> Vec<u8> {
    [OF, &rows::lane(instance), name.as_bytes()].concat()
}

/// The key of the row that says how a timer failed.
fn failing_key(of: &[u8]) -> Vec<u8> {
    [FAILING, of].concat()
}

/// Bytes in the order of time.
fn in_order(time: Timestamp) -> [u8; 8] {
    (time.as_micros().cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// Sets a timer, in place of one of the same name.
pub(super) async fn set(tx: &mut impl ProjectionTx, timer: &Timer) -> Result<(), HandlerError> {
    let (of, due) = (timer.of_key(), timer.due_key());
    remove_row(tx, &of).await?;
    let json = serde_json::to_vec(timer).expect("texts and numbers are JSON");
    tx.put(&due, Some(&json)).await?;
    Ok(tx.put(&of, Some(&due)).await?)
}

/// Sets a timer that has failed, to be tried again.
pub(super) async fn set_failed(
    tx: &mut impl ProjectionTx,
    timer: &Timer,
    error: String,
    now: Timestamp,
) -> Result<(), HandlerError> {
    set(tx, timer).await?;
    let failing = FailingTimer {
        instance: timer.instance.clone(),
        timer: timer.name.clone(),
        due: timer.at,
        error: cut(error),
        attempts: timer.failures,
        last_at: now,
        retry_at: timer.due(),
    };
    put_failing(tx, &failing_key(&timer.of_key()), &failing).await
}

/// Where the failing timers of an instance are, or those of all.
fn failing_prefixes(instance: Option<&str>) -> Vec<Vec<u8>> {
    match instance {
        None => vec![FAILING.to_vec()],
        Some(instance) => prefixes(FAILING, instance).into(),
    }
}

/// Where the rows of an instance's timers are that are kept under such a key.
fn prefixes(under: &[u8], instance: &str) -> [Vec<u8>; 2] {
    [OF, UNDONE].map(|of| [under, of, &rows::lane(instance)].concat())
}

/// The timers that have failed, of an instance or of all, the first so many.
pub(super) async fn failing(
    tx: &mut impl ProjectionTx,
    instance: Option<&str>,
    limit: usize,
) -> Result<Vec<FailingTimer>, HandlerError> {
    let mut failing = Vec::new();
    for prefix in failing_prefixes(instance) {
        let left = limit - failing.len();
        if left > 0 {
            for (key, row) in rows::scan(tx, &prefix, None, left).await? {
                failing.push(parse(&key, &row)?);
            }
        }
    }
    Ok(failing)
}

/// Makes the failing timers of an instance due, or those of all; says whether there are any.
pub(super) async fn hasten(
    tx: &mut impl ProjectionTx,
    instance: Option<&str>,
    now: Timestamp,
) -> Result<bool, HandlerError> {
    const PAGE: usize = 100;
    let mut any = false;
    for prefix in failing_prefixes(instance) {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = rows::scan(tx, &prefix, after.as_deref(), PAGE).await?;
            for (key, row) in &rows {
                any = true;
                let timer = running(tx, &key[FAILING.len()..]).await?;
                if let Some(timer) = timer.filter(|timer| timer.due() > now) {
                    let mut failing: FailingTimer = parse(key, row)?;
                    let again_at = Some(now);
                    set(tx, &Timer { again_at, ..timer }).await?;
                    failing.retry_at = now;
                    put_failing(tx, key, &failing).await?;
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() == PAGE => after = Some(key.to_vec()),
                _ => break,
            }
        }
    }
    Ok(any)
}

async fn put_failing(
    tx: &mut impl ProjectionTx,
    key: &[u8],
    failing: &FailingTimer,
) -> Result<(), HandlerError> {
    let json = serde_json::to_vec(failing).expect("texts and numbers are JSON");
    Ok(tx.put(key, Some(&json)).await?)
}

/// Removes a timer, if it runs.
pub(super) async fn remove(
    tx: &mut impl ProjectionTx,
    instance: &str,
    name: &str,
) -> Result<(), HandlerError> {
    remove_row(tx, &of(instance, name)).await
}

/// Removes this timer, and not one of the same name that was set since.
pub(super) async fn remove_this(
    tx: &mut impl ProjectionTx,
    timer: &Timer,
) -> Result<(), HandlerError> {
    let of = timer.of_key();
    if running(tx, &of)
        .await?
        .is_some_and(|running| running.set_by == timer.set_by)
    {
        remove_row(tx, &of).await?;
    }
    Ok(())
}

/// Makes sure that a timer runs, as far as it has come.
pub(super) async fn keep(tx: &mut impl ProjectionTx, timer: &Timer) -> Result<(), HandlerError> {
    match running(tx, &timer.of_key()).await? {
        Some(running) if running.set_by == timer.set_by => Ok(()),
        _ => set(tx, timer).await,
    }
}

async fn running(tx: &mut impl ProjectionTx, of: &[u8]) -> Result<Option<Timer>, HandlerError> {
    let Some(due) = tx.get(of).await? else {
        return Ok(None);
    };
    let row = tx.get(&due).await?;
    row.map(|row| parse(&due, &row)).transpose()
}

async fn remove_row(tx: &mut impl ProjectionTx, of: &[u8]) -> Result<(), HandlerError> {
    if let Some(due) = tx.get(of).await? {
        tx.put(&due, None).await?;
        tx.put(of, None).await?;
        tx.put(&failing_key(of), None).await?;
    }
    Ok(())
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
                set(tx, &Timer::new(instance, name, *at, set_by)).await?;
            }
        }
    }
    if finished {
        remove_all(tx, instance).await?;
    }
    Ok(())
}

/// Removes all timers of an instance but those that are decided.
pub(super) async fn remove_all(
    tx: &mut impl ProjectionTx,
    instance: &str,
) -> Result<(), HandlerError> {
    let prefix = [OF, &rows::lane(instance)].concat();
    loop {
        let running = rows::scan(tx, &prefix, None, 100).await?;
        if running.is_empty() {
            return Ok(());
        }
        for (key, _) in running {
            remove_row(tx, &key).await?;
        }
    }
}

/// The timer that is due first, of an instance that does not wait. Those of instances that do are put out of the way, until
/// [`release`]: nobody passes over them again.
pub(super) async fn first(
    tx: &mut impl ProjectionTx,
    waits: Waits<'_>,
) -> Result<Option<Timer>, HandlerError> {
    const PAGE: usize = 100;
    /// Most timers that are put out of the way at a time.
    const HOLD: usize = 1_000;
    let (mut after, mut limit): (Option<Vec<u8>>, _) = (None, 1);
    let mut held = 0;
    loop {
        let rows = rows::scan(tx, DUE, after.as_deref(), limit).await?;
        for (key, value) in &rows {
            let timer: Timer = parse(key, value)?;
            if !waits(&timer.instance) {
                return Ok(Some(timer));
            }
            if held < HOLD {
                let of = timer.of_key();
                relocate(tx, &of, key, &[HELD, &of].concat(), value).await?;
                held += 1;
            }
        }
        match rows.last() {
            Some((key, _)) if rows.len() == limit => after = Some(key.to_vec()),
            _ => return Ok(None),
        }
        limit = PAGE;
    }
}

/// An instance waits no longer, nor do its timers, all of them at once.
pub(super) async fn release(
    tx: &mut impl ProjectionTx,
    instance: &str,
) -> Result<(), HandlerError> {
    for prefix in prefixes(HELD, instance) {
        loop {
            let held = rows::scan(tx, &prefix, None, 100).await?;
            if held.is_empty() {
                break;
            }
            for (key, value) in &held {
                let timer: Timer = parse(key, value)?;
                relocate(tx, &timer.of_key(), key, &timer.due_key(), value).await?;
            }
        }
    }
    Ok(())
}

/// Moves the row of a timer to another key, where the row by instance finds it.
async fn relocate(
    tx: &mut impl ProjectionTx,
    of: &[u8],
    from: &[u8],
    to: &[u8],
    row: &[u8],
) -> Result<(), HandlerError> {
    tx.put(from, None).await?;
    tx.put(to, Some(row)).await?;
    Ok(tx.put(of, Some(to)).await?)
}

fn parse<T: DeserializeOwned>(key: &[u8], row: &[u8]) -> Result<T, HandlerError> {
    serde_json::from_slice(row).map_err(|error| {
        let key = key.escape_ascii();
        HandlerError::Failed(format!("the timer in row `{key}` cannot be read: {error}"))
    })
}
