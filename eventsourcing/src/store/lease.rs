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
    /// Grows with every change of holder: the fencing epoch for [`Checkpoint`](crate::Checkpoint)s.
    pub epoch: u64,
    /// When it ends, by the store's clock.
    pub expires_at: Timestamp,
}

/// Grants leases, judged by the store's own clock.
#[async_trait]
pub trait LeaseStore: Send + Sync + 'static {
    /// Takes the lease if it is free or expired, or renews it if `holder` has it; `None` if another holder has it.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn acquire_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Lease>, ReadError>;

    /// Gives a lease back; nothing happens if it has passed on already.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError>;
}
