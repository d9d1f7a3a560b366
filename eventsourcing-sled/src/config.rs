//! [`Builder`]: how a store is opened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{Clock, SystemClock};

use crate::SledStore;
use crate::error::OpenError;

/// When an append is acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// When it is on the disk: it survives a power cut. Appends that wait at the same time share one sync.
    #[default]
    Always,
    /// Like [`Durability::Always`], but up to `max_delay` is waited for more appends to share the sync with: fewer syncs
    /// for later answers.
    Group {
        /// How long the first append of a group waits for others; a minute at most.
        max_delay: Duration,
    },
    /// When the operating system has it: it survives the end of the process, not of the machine. For imports that can
    /// be repeated.
    None,
}

/// Opens a [`SledStore`] with other than the usual settings.
///
/// ```
/// # fn main() -> Result<(), eventsourcing_sled::OpenError> {
/// # let dir = tempfile::tempdir().expect("a temporary directory");
/// # let path = dir.path().join("bank.db");
/// use eventsourcing_sled::{Durability, SledStore};
/// let store = SledStore::builder().durability(Durability::None).cache_capacity(16 << 20).open(path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    pub(crate) cache_capacity: u64,
    pub(crate) durability: Durability,
    pub(crate) segment_bytes: u64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) create: bool,
}

impl Builder {
    /// Smallest and largest size at which a segment is sealed.
    const SEGMENT_BYTES: (u64, u64) = (1 << 10, 1 << 30);
    /// Smallest and largest cache: sled divides it among shards, and panics where nothing is left for one.
    const CACHE_CAPACITY: (u64, u64) = (1 << 20, 1 << 40);

    pub(crate) fn new() -> Self {
        Self {
            cache_capacity: 64 << 20,
            durability: Durability::default(),
            segment_bytes: 64 << 20,
            clock: Arc::new(SystemClock),
            create: true,
        }
    }

    /// Bytes of the index that are kept in memory, between 1 MiB and 1 TiB; as many of the read models once they are used.
    /// 64 MiB unless set.
    pub fn cache_capacity(mut self, bytes: u64) -> Self {
        let (least, most) = Self::CACHE_CAPACITY;
        self.cache_capacity = bytes.clamp(least, most);
        self
    }

    /// When an append is acknowledged. [`Durability::Always`] unless set.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Size at which a log file is sealed and the next one begun, between 1 KiB and 1 GiB. 64 MiB unless set.
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        let (least, most) = Self::SEGMENT_BYTES;
        self.segment_bytes = bytes.clamp(least, most);
        self
    }

    /// Where the times at which commits are recorded come from. The system's clock unless set.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Whether a missing or empty directory becomes a new store, as it does unless this is set to `false`: then opening it
    /// is [`OpenError::NoStore`], and nothing is created. For programs that only read, and wherever a mistyped path must not
    /// pass for an empty store.
    ///
    /// ```
    /// # let dir = tempfile::tempdir().expect("a temporary directory");
    /// # let path = dir.path().join("bnak.db");
    /// use eventsourcing_sled::{OpenError, SledStore};
    /// let opened = SledStore::builder().create_if_missing(false).open(path);
    /// assert!(matches!(opened, Err(OpenError::NoStore { .. })));
    /// ```
    pub fn create_if_missing(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Opens the store in this directory; a missing or empty directory becomes a new store.
    ///
    /// Blocks while it reads the end of the log, and longer if the index has to be rebuilt.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<SledStore, OpenError> {
        SledStore::open_with(self, path.as_ref())
    }
}
