//! [`LeaseStore`]: who may work on something at the moment.

use std::time::Duration;

use async_trait::async_trait;

use crate::error::ReadError;
use crate::time::Timestamp;

/// The right to work under a name for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// Grows with every term, not always by one: the fencing epoch for [`Checkpoint`](crate::Checkpoint)s.
    pub epoch: u64,
    /// When it ends, by the store's clock.
    pub expires_at: Timestamp,
}

impl Lease {
    /// Decides on a request: a renewal keeps the epoch, a change of holder raises it, a running lease of another holder
    /// refuses it. Stores keep expired leases, so that epochs never repeat.
    pub fn grant(
        stored: Option<&Self>,
        name: &str,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Option<Self> {
        let epoch = match stored {
            None => 1,
            Some(lease) if lease.holder == holder && lease.expires_at > now => lease.epoch,
            Some(lease) if lease.expires_at > now => return None,
            Some(lease) => lease.epoch + 1,
        };
        Some(Self {
            name: name.into(),
            holder: holder.into(),
            epoch,
            expires_at: now + ttl,
        })
    }

    /// Ends this stored lease if it is still the one that `given` was granted as.
    pub fn release(&mut self, given: &Self, now: Timestamp) {
        if self.holder == given.holder && self.epoch == given.epoch && self.expires_at > now {
            self.expires_at = now;
        }
    }
}

/// Grants leases, judged by the store's own clock.
#[async_trait]
pub trait LeaseStore: Send + Sync + 'static {
    /// Takes the lease if it is free or expired, or renews it if `holder` has it; `None` if another holder has it.
    ///
    /// No epoch is granted twice under a name, as long as the store keeps its leases. A store that can lose them without losing
    /// events says what its epochs rest on then.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, ReadError>;

    /// Gives a lease back; nothing happens if it has passed on already.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError>;
}
