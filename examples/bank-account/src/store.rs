//! Opening the store that the command line names.

use eventsourcing::MemoryStore;
use eventsourcing_sled::SledStore;

use crate::args::StoreUrl;
use crate::bank::Bank;
use crate::error::Error;

/// The store behind a [`Bank`], for what is not the accounts' business.
pub(crate) enum Store {
    Memory,
    Sled(SledStore),
}

/// Opens a store; `create` if the verb makes sense in one that is not there yet.
pub(crate) async fn open(url: &StoreUrl, create: bool) -> Result<(Bank, Store), Error> {
    let path = match url {
        StoreUrl::Memory => return Ok((Bank::new(MemoryStore::new()), Store::Memory)),
        StoreUrl::Sled(path) => path.clone(),
    };
    // A mistyped path must not leave an empty store behind.
    let settings = SledStore::builder().create_if_missing(create);
    let store = blocking(move || settings.open(path)).await??;
    Ok((Bank::new(store.clone()), Store::Sled(store)))
}

impl Store {
    /// Closes it; everything acknowledged is on the disk already.
    pub(crate) async fn close(self) -> Result<(), Error> {
        match self {
            Self::Memory => Ok(()),
            Self::Sled(store) => blocking(move || store.close()).await,
        }
    }
}

/// Runs something that waits for the disk where it keeps nobody else waiting.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|panic| Error::Internal(panic.to_string()))
}
