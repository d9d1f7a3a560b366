//! Leases: one row each, kept after they have ended so that epochs never repeat.
//!
//! The rows lie in the index, and an index can be lost, or be rolled back by a power cut. So the epoch of a new term is
//! not just the next number but at least the time, in microseconds: that of the clock or of the last commit, whichever is
//! later. A term that was forgotten began earlier than the one that follows it, so it had a lower epoch.

use std::time::Duration;

use async_trait::async_trait;
use eventsourcing::{Lease, LeaseStore, ReadError, Timestamp};

use super::SledStore;
use super::rows::check_name;
use crate::error::LookupError;
use crate::index::{Engine, EngineError, keys};
use crate::log::{Input, put_varint};

fn load(engine: &Engine, name: &str) -> Result<Option<Lease>, EngineError> {
    let Some(row) = engine.get(&keys::lease(name))? else {
        return Ok(None);
    };
    decode(name, &row)
        .map(Some)
        .ok_or(EngineError::Row("a lease"))
}

fn save(engine: &Engine, lease: &Lease) -> Result<(), LookupError> {
    Ok(engine.insert(&keys::lease(&lease.name), &encode(lease))?)
}

pub(super) fn encode(lease: &Lease) -> Vec<u8> {
    let mut row = Vec::with_capacity(32 + lease.holder.len());
    put_varint(&mut row, lease.epoch);
    row.extend_from_slice(&lease.expires_at.as_micros().to_le_bytes());
    row.extend_from_slice(lease.holder.as_bytes());
    row
}

pub(super) fn decode(name: &str, row: &[u8]) -> Option<Lease> {
    let mut input = Input::new(row);
    let epoch = input.varint()?;
    let expires_at = Timestamp::from_micros(i64::from_le_bytes(input.array()?));
    let holder = std::str::from_utf8(row.get(input.position()..)?).ok()?;
    Some(Lease {
        name: name.to_owned(),
        holder: holder.to_owned(),
        epoch,
        expires_at,
    })
}

/// The least epoch of a term that begins now.
fn epoch_floor(now: Timestamp, recorded_at: Timestamp) -> u64 {
    u64::try_from(now.max(recorded_at).as_micros()).unwrap_or(0)
}

/// Leases live in the index. Should it be lost, they are free again; the next holder's epoch is higher all the same. That
/// rests on the clock: should it have stepped back to before a forgotten term began, and nothing have been committed since that
/// began, an epoch may be granted again.
///
/// Whether a lease has ended is judged by the [clock](crate::Builder::clock) as it stands. While it has stepped back, running leases
/// last that much longer for others; their holders can renew them or give them back. A step forward ends them early, and then the
/// epoch keeps the earlier holder out.
#[async_trait]
impl LeaseStore for SledStore {
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, ReadError> {
        check_name(name)?;
        check_name(holder)?;
        let shared = self.shared();
        let _only = shared.lock_rows();
        let stored = shared.lookup(|| Ok(load(shared.engine(), name)?))?;
        let now = shared.clock.now();
        let mut granted = Lease::grant(stored.as_ref(), name, holder, now, ttl);
        if let Some(lease) = &mut granted {
            let begins = stored.is_none_or(|stored| stored.epoch != lease.epoch);
            if begins {
                let floor = epoch_floor(now, shared.recorded_at());
                lease.epoch = lease.epoch.max(floor);
            }
            shared.index.check_room().map_err(LookupError::from)?;
            save(shared.engine(), lease)?;
            if begins {
                // An epoch that was handed out must not be handed out again after a crash.
                shared.engine().sync().map_err(LookupError::from)?;
            }
        }
        Ok(granted)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        check_name(&lease.name)?;
        let shared = self.shared();
        let _only = shared.lock_rows();
        let stored = shared.lookup(|| Ok(load(shared.engine(), &lease.name)?))?;
        if let Some(mut stored) = stored {
            stored.release(lease, shared.clock.now());
            save(shared.engine(), &stored)?;
        }
        Ok(())
    }
}
