//! Leases: one row each, kept after they have ended so that epochs never repeat.

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
    let mut input = Input::new(&row);
    let mut read = || {
        let epoch = input.varint()?;
        let expires_at = Timestamp::from_micros(i64::from_le_bytes(input.array()?));
        let holder = std::str::from_utf8(row.get(input.position()..)?)
            .ok()?
            .to_owned();
        Some(Lease {
            name: name.to_owned(),
            holder,
            epoch,
            expires_at,
        })
    };
    read().map(Some).ok_or(EngineError::Row("a lease"))
}

fn save(engine: &Engine, lease: &Lease) -> Result<(), LookupError> {
    let mut row = Vec::with_capacity(32 + lease.holder.len());
    put_varint(&mut row, lease.epoch);
    row.extend_from_slice(&lease.expires_at.as_micros().to_le_bytes());
    row.extend_from_slice(lease.holder.as_bytes());
    Ok(engine.insert(&keys::lease(&lease.name), &row)?)
}

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
        let lease = Lease::grant(stored.as_ref(), name, holder, shared.clock.now(), ttl);
        if let Some(lease) = &lease {
            shared.index.check_room().map_err(LookupError::from)?;
            save(shared.engine(), lease)?;
            if stored.is_none_or(|stored| stored.epoch != lease.epoch) {
                // An epoch that was handed out must not be handed out again after a crash.
                shared.engine().sync().map_err(LookupError::from)?;
            }
        }
        Ok(lease)
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
