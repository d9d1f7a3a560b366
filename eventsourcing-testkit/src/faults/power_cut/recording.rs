//! What a program has done, and the disks that may remain of it.

use std::fs;
use std::path::Path;

use super::choice::Choice;
use super::cut::{Cut, pick};
use super::disk::Disk;
use super::op::{Node, Op};
use super::tree::{Tree, to_usize};

/// Everything that a program has done to the disk.
#[derive(Debug, Clone)]
pub struct Recording {
    start: Tree,
    end: Tree,
    ops: Vec<Op>,
}

impl Recording {
    pub(super) fn new(start: Tree, end: Tree, ops: Vec<Op>) -> Self {
        Self { start, end, ops }
    }

    /// Number of steps. A [`Cut`] may be behind any of them.
    pub fn steps(&self) -> usize {
        self.ops.len()
    }

    /// Number of syncs that succeeded, and that failed.
    pub fn syncs(&self) -> (usize, usize) {
        let count = |wanted: fn(&&Op) -> bool| self.ops.iter().filter(wanted).count();
        (
            count(|op| matches!(op, Op::Sync { .. })),
            count(|op| matches!(op, Op::SyncFailed { .. })),
        )
    }

    /// How often a block of `block` bytes was begun anew, of files of this name, though it had been written before.
    pub fn reused(&self, name: &str, block: u64) -> usize {
        let mut reach = vec![0; self.end.nodes.len()];
        let mut reused = 0;
        for op in &self.ops {
            if let Op::Write { file, at, bytes } = op {
                let end = at + bytes.len() as u64;
                reused +=
                    usize::from(at % block == 0 && end <= reach[*file] && self.is(*file, name));
                reach[*file] = end.max(reach[*file]);
            }
        }
        reused
    }

    /// Whether a file ever had this name.
    fn is(&self, file: Node, name: &str) -> bool {
        self.ops.iter().any(|op| match op {
            Op::Enter { place, node }
            | Op::Move {
                to: place, node, ..
            } => *node == file && place.1 == name,
            _ => false,
        })
    }

    /// The same without writes of what was there already: as if the program trusted what it can read. A control: after a
    /// failed sync such writes are all that gets the pages to the disk.
    pub fn without_repeated_writes(&self) -> Self {
        let mut tree = self.start.grown_to(&self.end);
        let mut without = self.clone();
        for op in &mut without.ops {
            if let Op::Write { file, at, bytes } = op {
                let there = tree.file(*file).and_then(|file| file.get(to_usize(*at)..));
                if there.is_some_and(|there| there.starts_with(bytes)) {
                    // A step that does nothing, so that the others keep their numbers.
                    *op = Op::Said(Vec::new());
                }
            }
            tree.apply(op);
        }
        without
    }

    /// Picks moments for cuts, in order: anywhere, behind what the program said, around syncs, renames and the like.
    pub fn cuts(&self, count: usize, seed: u64) -> Vec<Cut> {
        pick(&self.ops, count, seed)
    }

    /// The lines that the program had begun to write to its standard output before the cut, as far as they are whole.
    pub fn said(&self, cut: Cut) -> Vec<String> {
        let mut said = Vec::new();
        for op in &self.ops[..cut.at] {
            if let Op::Said(bytes) = op {
                said.extend_from_slice(bytes);
            }
        }
        let said = String::from_utf8_lossy(&said);
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(str::to_owned).collect()
    }

    /// Each moment at which a kill leaves another directory than one before, in order: at the beginning, and behind every step
    /// that changes something.
    pub fn kills(&self) -> Vec<usize> {
        let changes = |at: &usize| match at.checked_sub(1).map(|step| &self.ops[step]) {
            Some(Op::Sync { .. } | Op::SyncFailed { .. } | Op::Said(_)) => false,
            Some(_) | None => true,
        };
        (0..=self.ops.len()).filter(changes).collect()
    }

    /// Writes into `dir`, which is made, what the watched directory holds if the program is killed behind so many steps, but the
    /// machine goes on: all that was asked of the disk by then, synced or not.
    ///
    /// # Panics
    /// If there are fewer steps, or `dir` cannot be written.
    pub fn killed(&self, at: usize, dir: &Path) {
        let mut tree = self.start.grown_to(&self.end);
        for op in &self.ops[..at] {
            tree.apply(op);
        }
        write(&tree, dir);
    }

    /// Begins to make images.
    pub fn replay(&self) -> Replay<'_> {
        Replay {
            recording: self,
            disk: Disk::new(&self.start, &self.end),
        }
    }
}

/// Makes images of one recording, from its beginning to its end.
#[derive(Debug)]
pub struct Replay<'a> {
    recording: &'a Recording,
    disk: Disk,
}

impl Replay<'_> {
    /// Writes into `dir`, which is made, what the watched directory may hold after the cut.
    ///
    /// # Panics
    /// If the cut lies before the one of the last image, or `dir` cannot be written.
    pub fn image(&mut self, cut: Cut, dir: &Path) {
        assert!(cut.at >= self.disk.at(), "cuts are taken in order");
        let ops = &self.recording.ops;
        self.disk.advance(ops, cut.at);
        let image = self.disk.image(ops, &Choice::new(cut));
        write(&image, dir);
    }
}

fn write(image: &Tree, dir: &Path) {
    fs::create_dir_all(dir)
        .unwrap_or_else(|error| panic!("cannot create {}: {error}", dir.display()));
    image.write(dir);
}
