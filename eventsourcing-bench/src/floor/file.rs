//! A bare file with one `fdatasync` for each group of frames.
//!
//! It does: one positioned write and one sync for each group. It does not: decide conflicts, know streams or commit ids,
//! index anything, answer anyone, or hand work between threads.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Whether the file's blocks are there before they are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Every write makes the file longer, and the sync records that.
    Growing,
    /// Written full of zeros before: a sync has nothing but the data to write.
    Preallocated(usize),
}

/// The file, and where its next group goes.
#[derive(Debug)]
pub(crate) struct BareFile {
    pub(crate) file: File,
    pub(crate) end: u64,
    room: u64,
}

impl BareFile {
    /// Creates the file.
    pub(crate) fn create(path: &Path, room: Room) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        let mut bare = Self {
            file,
            end: 0,
            room: u64::MAX,
        };
        if let Room::Preallocated(bytes) = room {
            let zeros = vec![0; 1 << 20];
            while bare.end < bytes as u64 {
                bare.file.write_all_at(&zeros, bare.end)?;
                bare.end += zeros.len() as u64;
            }
            (bare.room, bare.end) = (bare.end, 0);
        }
        bare.file.sync_all()?;
        Ok(bare)
    }

    /// Writes a group and makes it durable. Begins at the front again rather than leave its room.
    pub(crate) fn append(&mut self, group: &[u8]) -> io::Result<u64> {
        if self.end + group.len() as u64 > self.room {
            self.end = 0;
        }
        let at = self.end;
        self.file.write_all_at(group, at)?;
        self.file.sync_data()?;
        self.end += group.len() as u64;
        Ok(at)
    }
}
