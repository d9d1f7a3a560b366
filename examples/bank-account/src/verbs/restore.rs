//! `restore`: a store from a backup.

use std::fmt;

use eventsourcing_sled::SledStore;
use serde::Serialize;

use super::backup::Copied;
use crate::args::{self, StoreUrl};
use crate::error::Error;
use crate::output::Printer;
use crate::store::blocking;

pub(super) async fn run(
    out: &mut Printer,
    url: &StoreUrl,
    args: &args::Restore,
) -> Result<(), Error> {
    let StoreUrl::Sled(path) = url else {
        return Err(Error::InMemory("restore"));
    };
    let (backup, target) = (args.backup.clone(), path.clone());
    let restored = blocking(move || SledStore::restore(backup, target)).await?;
    let report = restored.map_err(|source| Error::Backup {
        what: "nothing was restored",
        source,
    })?;
    let done = Copied::new(&report, path.clone());
    out.print(&Restored { restored: done })
}

#[derive(Debug, Serialize)]
struct Restored {
    restored: Copied,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "restored {}", self.restored)
    }
}
