//! `stats`: how much the store holds.

use std::fmt;

use eventsourcing::{
    Aggregate, CheckError, EventStore, EventStoreExt, Filter, Position, ReadError,
};
use serde::Serialize;

use crate::domain::{Account, AccountEvent};
use crate::error::Error;
use crate::session::Session;
use crate::store::{Store, blocking};

pub(super) async fn run(session: &mut Session, store: &Store) -> Result<(), Error> {
    let log = session.bank.accounts.store();
    let openings = Filter::all()
        .category(Account::NAME)
        .event_type(AccountEvent::OPENING);
    let mut accounts = 0;
    log.for_each_in_log(Position::START, &openings, |_| {
        accounts += 1;
        Ok::<_, ReadError>(())
    })
    .await?;
    let head = log.head().await?;
    let unreadable = unreadable(session).await?;
    let figures = match store {
        Store::Memory => Figures {
            store: "memory",
            accounts,
            // The memory store leaves no holes.
            events: head.get(),
            head,
            unreadable,
            disk: None,
        },
        Store::Sled(sled) => {
            let sled = sled.clone();
            let stats = blocking(move || sled.stats()).await??;
            Figures {
                store: "sled",
                accounts,
                events: stats.events,
                head,
                unreadable,
                disk: Some(Disk {
                    log_bytes: stats.log_bytes,
                    log_files: stats.segments,
                    index_bytes: stats.index_bytes,
                    unindexed_bytes: stats.unindexed_bytes,
                    set_aside_bytes: stats.set_aside_bytes,
                    index_rebuilt: stats.last_rebuild,
                }),
            }
        }
    };
    session.out.print(&figures)
}

/// What this program cannot read of what the store holds: a newer one has written it.
async fn unreadable(session: &Session) -> Result<Vec<String>, Error> {
    match session.bank.accounts.check().await {
        Ok(()) => Ok(Vec::new()),
        Err(CheckError::Unreadable(types)) => Ok(types.iter().map(ToString::to_string).collect()),
        Err(CheckError::Read(error)) => Err(error.into()),
        Err(error) => Err(Error::Internal(error.to_string())),
    }
}

/// How much is there.
#[derive(Debug, Serialize)]
struct Figures {
    store: &'static str,
    accounts: u64,
    events: u64,
    head: Position,
    /// Event types that this program cannot read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    #[serde(flatten)]
    disk: Option<Disk>,
}

/// What it takes on disk.
#[derive(Debug, Serialize)]
struct Disk {
    log_bytes: u64,
    log_files: usize,
    index_bytes: u64,
    /// Bytes of the log that are only indexed in memory.
    unindexed_bytes: u64,
    /// Bytes of indexes that could not be used; they may be deleted.
    set_aside_bytes: u64,
    /// Why the index had to be made again when the store was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    index_rebuilt: Option<String>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "store      {}", self.store)?;
        writeln!(f, "accounts   {}", self.accounts)?;
        writeln!(f, "events     {}", self.events)?;
        write!(f, "head       {}", self.head)?;
        for unreadable in &self.unreadable {
            write!(f, "\nunreadable {}", crate::error::one_line(unreadable))?;
        }
        let Some(disk) = &self.disk else {
            return Ok(());
        };
        let files = if disk.log_files == 1 { "file" } else { "files" };
        write!(
            f,
            "\nlog        {} bytes in {} {files}",
            disk.log_bytes, disk.log_files
        )?;
        write!(f, "\nindex      {} bytes", disk.index_bytes)?;
        if let Some(reason) = &disk.index_rebuilt {
            write!(f, ", rebuilt: {reason}")?;
        }
        if disk.unindexed_bytes > 0 {
            write!(f, "\nunindexed  {} bytes of the log", disk.unindexed_bytes)?;
        }
        if disk.set_aside_bytes > 0 {
            let bytes = disk.set_aside_bytes;
            write!(
                f,
                "\nset aside  {bytes} bytes in index.broken-*; may be deleted"
            )?;
        }
        Ok(())
    }
}
