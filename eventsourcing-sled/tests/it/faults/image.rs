//! A store to damage: kept in memory, put on a disk as often as wanted.

use std::collections::BTreeMap;
use std::fs;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Bytes in front of the first frame of a segment.
pub(crate) const SEGMENT_HEADER: usize = 64;

/// The files of a closed store.
#[derive(Debug, Clone)]
pub(crate) struct Image(BTreeMap<PathBuf, Vec<u8>>);

impl Image {
    pub(crate) fn of(dir: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(dir).expect("below it").to_owned();
                    files.insert(name, fs::read(&path).expect("a file"));
                }
            }
        }
        Self(files)
    }

    /// Puts it into a directory, in place of what is there.
    pub(crate) fn restore(&self, dir: &Path) {
        fs::remove_dir_all(dir).expect("removing");
        for (name, bytes) in &self.0 {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("writing");
        }
    }

    /// The files below a folder, or the file of that name.
    pub(crate) fn names(&self, below: &str) -> Vec<PathBuf> {
        let names = self.0.keys().filter(|name| name.starts_with(below));
        names.cloned().collect()
    }

    pub(crate) fn bytes(&self, name: &Path) -> &[u8] {
        &self.0[name]
    }

    pub(crate) fn set(&mut self, name: &Path, bytes: Vec<u8>) {
        self.0.insert(name.to_owned(), bytes);
    }

    pub(crate) fn remove(&mut self, below: &str) {
        self.0.retain(|name, _| !name.starts_with(below));
    }

    /// Removes everything that is not below a folder.
    pub(crate) fn keep(&mut self, below: &str) {
        self.0.retain(|name, _| name.starts_with(below));
    }

    /// The same, with the index of another image, or without one.
    pub(crate) fn with_index(&self, index: Option<&Self>) -> Self {
        let mut image = self.clone();
        image.remove("index");
        image
            .0
            .extend(index.iter().flat_map(|index| index.0.clone()));
        image
    }

    /// The same, with a bit flipped.
    pub(crate) fn flipped(&self, name: &Path, at: usize, bit: u32) -> Self {
        let mut image = self.clone();
        image.0.get_mut(name).expect("a file")[at] ^= 1 << bit;
        image
    }

    /// The log's files, in order, with their frames.
    pub(crate) fn segments(&self) -> Vec<(PathBuf, Vec<Frame>)> {
        let names = self.names("log").into_iter();
        names
            .map(|name| {
                let frames = frames(&self.0[&name]);
                (name, frames)
            })
            .collect()
    }
}

/// A directory where a store is quickly restored: in memory, where there is such a file system.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let there = memory.is_dir().then(|| tempfile::tempdir_in(memory).ok());
    there
        .flatten()
        .unwrap_or_else(|| tempfile::tempdir().expect("a directory"))
}

/// Where a commit lies in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) bytes: Range<usize>,
    pub(crate) positions: RangeInclusive<u64>,
    /// Where its group begins in the file.
    pub(crate) group: usize,
}

/// The frames of a segment, as FORMAT.md has them.
pub(crate) fn frames(segment: &[u8]) -> Vec<Frame> {
    let u32_at = |at: usize| u32::from_le_bytes(segment[at..at + 4].try_into().expect("4 bytes"));
    let u64_at = |at: usize| u64::from_le_bytes(segment[at..at + 8].try_into().expect("8 bytes"));
    let mut frames = Vec::new();
    let mut at = SEGMENT_HEADER;
    while segment[at..].starts_with(b"ESCF") {
        let end = at + u32_at(at + 8) as usize;
        let first = u64_at(at + 24);
        frames.push(Frame {
            bytes: at..end,
            positions: first..=first + u64::from(u32_at(at + 12)) - 1,
            group: at - u32_at(at + 56) as usize,
        });
        at = end;
    }
    frames
}
