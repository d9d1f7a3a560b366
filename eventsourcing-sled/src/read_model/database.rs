//! The sled database of read models: a tree for each generation.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use eventsourcing::Generation;

use super::tree::Tree;
use crate::database::{self, EngineError, fenced};

/// What the names of trees begin with.
const PREFIX: &[u8] = b"rows";

/// An open database.
pub(super) struct Database {
    trees: RwLock<HashMap<Generation, Arc<Place>>>,
    // Closed after its trees.
    db: sled::Db,
}

/// Where a generation is, if it is there.
#[derive(Debug, Default)]
struct Place {
    /// Whoever uses it keeps it from being dropped: sled does not end a search in a tree that is gone.
    tree: RwLock<Option<Tree>>,
    /// Held while what was there is removed, which takes long if it is large. Who reads has nothing to wait for.
    removing: Mutex<()>,
}

impl Database {
    pub(super) fn open(dir: &Path, cache_capacity: u64) -> Result<Self, EngineError> {
        let db = database::open(dir, cache_capacity)?;
        let mut trees = HashMap::new();
        for name in fenced(|| Ok(db.tree_names()))? {
            if let Some(generation) = parse_name(&name) {
                let tree = Tree::new(fenced(|| db.open_tree(&name))?)?;
                let place = Place {
                    tree: RwLock::new(Some(tree)),
                    removing: Mutex::default(),
                };
                trees.insert(generation, Arc::new(place));
            }
        }
        Ok(Self {
            trees: RwLock::new(trees),
            db,
        })
    }

    fn place(&self, generation: &Generation) -> Option<Arc<Place>> {
        let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        trees.get(generation).cloned()
    }

    /// Reads in a generation; one that is not there has no rows.
    pub(super) fn read<T: Default>(
        &self,
        generation: &Generation,
        read: impl FnOnce(&Tree) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let Some(place) = self.place(generation) else {
            return Ok(T::default());
        };
        let tree = place.tree.read().unwrap_or_else(PoisonError::into_inner);
        tree.as_ref().map_or_else(|| Ok(T::default()), read)
    }

    /// Writes in a generation, and makes it if need be.
    pub(super) fn write(
        &self,
        generation: &Generation,
        write: impl Fn(&Tree) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let place = self.place(generation).unwrap_or_else(|| {
            let mut trees = self.trees.write().unwrap_or_else(PoisonError::into_inner);
            trees.entry(generation.clone()).or_default().clone()
        });
        {
            let tree = place.tree.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(tree) = &*tree {
                return write(tree);
            }
        }
        let removed = place.removing.lock();
        let _removed = removed.unwrap_or_else(PoisonError::into_inner);
        let mut place = place.tree.write().unwrap_or_else(PoisonError::into_inner);
        let tree = match place.take() {
            Some(tree) => tree,
            None => Tree::new(fenced(|| self.db.open_tree(name(generation)))?)?,
        };
        write(place.insert(tree))
    }

    /// Removes a generation once nobody reads it. Who comes meanwhile finds nothing.
    pub(super) fn drop_generation(&self, generation: &Generation) -> Result<(), EngineError> {
        let Some(place) = self.place(generation) else {
            return Ok(());
        };
        let removing = place.removing.lock();
        let _removing = removing.unwrap_or_else(PoisonError::into_inner);
        *place.tree.write().unwrap_or_else(PoisonError::into_inner) = None;
        fenced(|| self.db.drop_tree(name(generation)).map(drop))
    }

    pub(super) fn generations(&self) -> Vec<Generation> {
        let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = trees
            .iter()
            .filter(|(_, place)| {
                let tree = place.tree.read().unwrap_or_else(PoisonError::into_inner);
                tree.is_some()
            })
            .map(|(generation, _)| generation.clone())
            .collect();
        found.sort();
        found
    }

    /// Bytes on disk.
    pub(super) fn size(&self) -> Result<u64, EngineError> {
        fenced(|| self.db.size_on_disk())
    }
}

/// The name of a generation's tree.
fn name(generation: &Generation) -> Vec<u8> {
    let number = generation.number.to_be_bytes();
    [PREFIX, &number, generation.projection.as_bytes()].concat()
}

fn parse_name(name: &[u8]) -> Option<Generation> {
    let (number, projection) = name.strip_prefix(PREFIX)?.split_first_chunk()?;
    let projection = str::from_utf8(projection).ok()?;
    Some(Generation::new(projection, u32::from_be_bytes(*number)))
}
