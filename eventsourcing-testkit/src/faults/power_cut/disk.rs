//! The disk below the program: what is on it for certain, and what may be.

use std::collections::BTreeMap;

use super::choice::{Choice, Part};
use super::file::DiskFile;
use super::op::{Node, Op, Place};
use super::tree::{Content, Tree};

/// A disk at some moment of a recording.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    is_folder: Vec<bool>,
    files: Vec<DiskFile>,
    /// Names that are there for certain, by directory.
    folders: Vec<BTreeMap<String, Node>>,
    /// Changes of names that are not, by step.
    names: Vec<usize>,
    /// Steps done.
    at: usize,
}

impl Disk {
    /// The disk before the program, where everything is durable. `end` knows all files and directories there will be.
    pub(super) fn new(start: &Tree, end: &Tree) -> Self {
        let nodes = end.nodes.len();
        let is_folder = |content: &Content| matches!(content, Content::Folder(_));
        let mut disk = Self {
            is_folder: end.nodes.iter().map(is_folder).collect(),
            files: vec![DiskFile::default(); nodes],
            folders: vec![BTreeMap::new(); nodes],
            names: Vec::new(),
            at: 0,
        };
        for (node, content) in start.nodes.iter().enumerate() {
            match content {
                Content::File(bytes) => disk.files[node] = DiskFile::new(bytes),
                Content::Folder(names) => disk.folders[node].clone_from(names),
            }
        }
        disk
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes on to a later moment.
    pub(super) fn advance(&mut self, ops: &[Op], at: usize) {
        for (step, op) in (self.at..at).zip(&ops[self.at..at]) {
            match op {
                Op::Write { file, .. } | Op::Resize { file, .. } => self.files[*file].push(step),
                Op::Enter { .. } | Op::Leave { .. } | Op::Move { .. } => self.names.push(step),
                Op::Sync { node, covers } => {
                    self.files[*node].sync(*covers, ops);
                    self.sync_names(*node, *covers, ops);
                }
                // The names may still come with the next sync: they are in the file system's journal, not in pages.
                Op::SyncFailed { node, covers } => self.files[*node].fail(*covers),
                Op::Said(_) => {}
            }
        }
        self.at = at;
    }

    fn sync_names(&mut self, folder: Node, covers: usize, ops: &[Op]) {
        let mut needed: Vec<&Place> = Vec::new();
        let mut durable = Vec::new();
        for step in self.names.iter().rev() {
            let places = ops[*step].places();
            let synced = *step < covers && places.iter().any(|place| place.0 == folder);
            // What was done to the same names before comes first.
            if synced || places.iter().any(|place| needed.contains(place)) {
                needed.extend(places);
                durable.push(*step);
            }
        }
        self.names.retain(|step| !durable.contains(step));
        for step in durable.iter().rev() {
            rename(&mut self.folders, &ops[*step]);
        }
    }

    /// What the disk may have.
    pub(super) fn image(&self, ops: &[Op], choice: &Choice) -> Tree {
        let mut folders = self.folders.clone();
        let mut missing: Vec<&Place> = Vec::new();
        for step in &self.names {
            let op = &ops[*step];
            let places = op.places();
            let follows = places.iter().any(|place| missing.contains(place));
            if !follows && choice.keeps(*step, places[0].0, Part::Name) {
                rename(&mut folders, op);
            } else {
                missing.extend(places);
            }
        }
        let mut image = Tree { nodes: Vec::new() };
        self.build(0, &folders, &mut image, ops, choice);
        image
    }

    /// Takes over what can be reached by names.
    fn build(
        &self,
        node: Node,
        folders: &[BTreeMap<String, Node>],
        image: &mut Tree,
        ops: &[Op],
        choice: &Choice,
    ) -> Node {
        let built = image.add(Content::Folder(BTreeMap::new()));
        let mut names = BTreeMap::new();
        for (name, child) in &folders[node] {
            let child = if self.is_folder[*child] {
                self.build(*child, folders, image, ops, choice)
            } else {
                image.add(Content::File(self.files[*child].image(*child, ops, choice)))
            };
            names.insert(name.clone(), child);
        }
        image.nodes[built] = Content::Folder(names);
        built
    }
}

fn rename(folders: &mut [BTreeMap<String, Node>], op: &Op) {
    match op {
        Op::Enter { place, node } => {
            folders[place.0].insert(place.1.clone(), *node);
        }
        Op::Leave { place } => {
            folders[place.0].remove(&place.1);
        }
        Op::Move { from, to, node } => {
            folders[from.0].remove(&from.1);
            folders[to.0].insert(to.1.clone(), *node);
        }
        _ => {}
    }
}
