//! `rebuild-index`: the index made anew, whatever it was.

use std::fmt;

use serde::Serialize;

use crate::error::Error;
use crate::output::{amount_of, bytes};
use crate::session::Session;
use crate::store::{Store, blocking};

pub(super) async fn run(session: &mut Session, store: &Store) -> Result<(), Error> {
    let Store::Sled(sled) = store else {
        return Err(Error::InMemory("index"));
    };
    let sled = sled.clone();
    let stats = blocking(move || {
        sled.rebuild_index()?;
        sled.stats()
    });
    let stats = stats.await??;
    session.out.print(&Done {
        rebuilt: "index",
        events: stats.events,
        index_bytes: stats.index_bytes,
    })
}

#[derive(Debug, Serialize)]
struct Done {
    rebuilt: &'static str,
    events: u64,
    index_bytes: u64,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (events, bytes) = (amount_of(self.events, "event"), bytes(self.index_bytes));
        write!(f, "rebuilt the index of {events} ({bytes})")
    }
}
