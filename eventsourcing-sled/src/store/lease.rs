//! Leases, kept after they have ended so that epochs never repeat.
//!
//! A restored backup has none. So the epoch of a new term is not just the next number but at least the time, in
//! microseconds: that of the clock or of the last commit, whichever is later. A term that was forgotten began earlier than
//! the one that follows it, so it had a lower epoch.

use std::time::Duration;

use async_trait::async_trait;
use eventsourcing::{Lease, LeaseStore, ReadError, Timestamp};

use super::SledStore;
use super::checkpoint::check_name;
use crate::checkpoints::{CheckpointsError, Entry};

/// The least epoch of a term that begins now.
fn epoch_floor(now: Timestamp, recorded_at: Timestamp) -> u64 {
    u64::try_from(now.max(recorded_at).as_micros()).unwrap_or(0)
}

/// Leases are durable when they are granted, renewed or given back. Only a restored backup has none: they are free again, and
/// the next holder's epoch is higher all the same. That rests on the clock: should it have stepped back to before a forgotten
/// term began, and nothing have been committed since that began, an epoch may be granted again.
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
        let mut granted = None;
        let stored = shared.checkpoints.change(|table| {
            let stored = table.lease(name);
            let now = shared.clock.now();
            granted = Lease::grant(stored, name, holder, now, ttl);
            if let Some(lease) = &mut granted
                && stored.is_none_or(|stored| stored.epoch != lease.epoch)
            {
                let floor = epoch_floor(now, shared.recorded_at());
                lease.epoch = lease.epoch.max(floor);
            }
            Ok::<_, CheckpointsError>(granted.clone().map(Entry::Lease))
        });
        stored.map_err(|error| shared.note_full(error))?;
        Ok(granted)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        check_name(&lease.name)?;
        let shared = self.shared();
        let released = shared.checkpoints.change(|table| {
            let stored = table.lease(&lease.name);
            let released = stored.cloned().map(|mut released| {
                released.release(lease, shared.clock.now());
                released
            });
            let changed = released.filter(|released| Some(released) != stored);
            Ok::<_, CheckpointsError>(changed.map(Entry::Lease))
        });
        released.map_err(|error| shared.note_full(error))
    }
}
