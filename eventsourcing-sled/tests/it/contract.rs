//! The contract of all stores, in every durability, and with a log of many small files.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::time::{Duration, Instant};

use eventsourcing_sled::{Durability, SledStore};
use eventsourcing_testkit::contract::Fixture;
use tempfile::TempDir;

use crate::support::LIMIT;

/// How a fixture opens its store.
trait Mode: Send + Sync + 'static {
    const DURABILITY: Durability;
    const SEGMENT_BYTES: u64;
}

struct Sled<M> {
    // Before the directory, so that it is closed first.
    store: SledStore,
    directory: TempDir,
    mode: PhantomData<M>,
}

impl<M: Mode> Sled<M> {
    fn open(directory: TempDir) -> Self {
        let builder = SledStore::builder()
            .durability(M::DURABILITY)
            .segment_bytes(M::SEGMENT_BYTES);
        let store = builder.open(directory.path()).expect("the store opens");
        let mode = PhantomData;
        Self {
            store,
            directory,
            mode,
        }
    }
}

fn directory() -> TempDir {
    TempDir::new().expect("a temporary directory")
}

impl<M: Mode> Fixture for Sled<M> {
    type Store = SledStore;

    async fn fresh() -> Self {
        Self::open(directory())
    }

    fn store(&self) -> &SledStore {
        &self.store
    }

    async fn open_twice(&self) -> Option<SledStore> {
        SledStore::open(self.directory.path()).ok()
    }

    async fn reopen(self) -> Self {
        self.store.close();
        drop(self.store);
        Self::open(self.directory)
    }

    async fn crash(self) -> Self {
        // The store is still open: what it has not handed to the system yet is not in the copy.
        Self::open(as_it_is(self.directory.path()))
    }
}

/// A directory as it was at one moment, though a store has it open: a copy that the directory still equals after it
/// was made is a state that it had.
fn as_it_is(path: &Path) -> TempDir {
    let started = Instant::now();
    loop {
        let image = directory();
        let copied = copy(path, image.path()).and_then(|()| same(path, image.path()));
        match copied {
            Ok(true) => return image,
            Ok(false) => {}
            // A file that was there a moment ago.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => panic!("copying the store: {error}"),
        }
        assert!(started.elapsed() < LIMIT, "the store never rests");
        std::thread::yield_now();
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for name in names(from)? {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// Whether two directories hold the same files.
fn same(one: &Path, other: &Path) -> io::Result<bool> {
    let found = names(one)?;
    if found != names(other)? {
        return Ok(false);
    }
    for name in found {
        let (one, other) = (one.join(&name), other.join(&name));
        let equal = if one.is_dir() {
            same(&one, &other)?
        } else {
            fs::read(one)? == fs::read(other)?
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

fn names(path: &Path) -> io::Result<Vec<OsString>> {
    let names: io::Result<Vec<_>> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.file_name()))
        .collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}

macro_rules! mount {
    ($($module:ident: $durability:expr, $segment_bytes:expr;)+) => {
        $(mod $module {
            use super::*;

            struct This;

            impl Mode for This {
                const DURABILITY: Durability = $durability;
                const SEGMENT_BYTES: u64 = $segment_bytes;
            }

            eventsourcing_testkit::contract_tests!(Sled<This>);
        })+
    };
}

mount! {
    always: Durability::Always, 64 << 20;
    group: Durability::Group { max_delay: Duration::from_millis(1) }, 64 << 20;
    none: Durability::None, 64 << 20;
    // The contract is also kept where one file ends and the next begins.
    small_files: Durability::Always, 4 << 10;
}

/// With appends that are dropped half-way, doubled and abandoned: here they are under way in the writer's thread.
mod adversarial {
    use eventsourcing_testkit::adversarial::AdversarialFixture;

    use super::{Durability, Mode, Sled};

    struct This;

    impl Mode for This {
        const DURABILITY: Durability = Durability::None;
        const SEGMENT_BYTES: u64 = 4 << 10;
    }

    eventsourcing_testkit::contract_tests!(AdversarialFixture<Sled<This>>);
}
