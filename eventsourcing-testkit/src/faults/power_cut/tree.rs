//! The watched directory as the program sees it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use super::op::{Node, Op, ROOT};

/// What a file or directory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    File(Vec<u8>),
    Folder(BTreeMap<String, Node>),
}

impl Content {
    /// The same kind, with nothing in it.
    pub(super) fn empty(&self) -> Self {
        match self {
            Self::File(_) => Self::File(Vec::new()),
            Self::Folder(_) => Self::Folder(BTreeMap::new()),
        }
    }
}

/// Files and directories, also those that no longer have a name.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Content>,
}

impl Tree {
    /// What is in a directory of the real disk.
    pub(super) fn scan(dir: &Path) -> Self {
        let mut tree = Self { nodes: Vec::new() };
        tree.scan_folder(dir);
        tree
    }

    fn scan_folder(&mut self, dir: &Path) -> Node {
        let node = self.add(Content::Folder(BTreeMap::new()));
        let entries = fs::read_dir(dir)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", dir.display()));
        for entry in entries {
            let path = entry.expect("a directory's entry").path();
            let child = if path.is_dir() {
                self.scan_folder(&path)
            } else {
                let content = fs::read(&path)
                    .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
                self.add(Content::File(content))
            };
            let name = path.file_name().expect("a name").to_string_lossy();
            self.folder_mut(node).insert(name.into_owned(), child);
        }
        node
    }

    pub(super) fn add(&mut self, content: Content) -> Node {
        self.nodes.push(content);
        self.nodes.len() - 1
    }

    /// Walks from a directory; `None` if there is nothing.
    pub(super) fn find(&self, from: Node, path: &Path) -> Option<Node> {
        path.components()
            .try_fold(from, |node, component| match component {
                Component::Normal(name) => self.folder(node)?.get(name.to_str()?).copied(),
                Component::CurDir => Some(node),
                _ => None,
            })
    }

    pub(super) fn folder(&self, node: Node) -> Option<&BTreeMap<String, Node>> {
        match &self.nodes[node] {
            Content::Folder(names) => Some(names),
            Content::File(_) => None,
        }
    }

    fn folder_mut(&mut self, node: Node) -> &mut BTreeMap<String, Node> {
        match &mut self.nodes[node] {
            Content::Folder(names) => names,
            Content::File(_) => panic!("a file was used as a directory"),
        }
    }

    pub(super) fn file(&self, node: Node) -> Option<&[u8]> {
        match &self.nodes[node] {
            Content::File(bytes) => Some(bytes),
            Content::Folder(_) => None,
        }
    }

    fn file_mut(&mut self, node: Node) -> &mut Vec<u8> {
        match &mut self.nodes[node] {
            Content::File(bytes) => bytes,
            Content::Folder(_) => panic!("a directory was used as a file"),
        }
    }

    /// The same with places for all files and directories of a later tree.
    pub(super) fn grown_to(&self, later: &Self) -> Self {
        let mut tree = self.clone();
        for content in &later.nodes[tree.nodes.len()..] {
            tree.add(content.empty());
        }
        tree
    }

    /// Does what a step does.
    pub(super) fn apply(&mut self, op: &Op) {
        match op {
            Op::Write { file, .. } | Op::Resize { file, .. } => op.change(self.file_mut(*file)),
            Op::Enter { place, node } => {
                self.folder_mut(place.0).insert(place.1.clone(), *node);
            }
            Op::Leave { place } => {
                self.folder_mut(place.0).remove(&place.1);
            }
            Op::Move { from, to, node } => {
                self.folder_mut(from.0).remove(&from.1);
                self.folder_mut(to.0).insert(to.1.clone(), *node);
            }
            Op::Sync { .. } | Op::SyncFailed { .. } | Op::Said(_) => {}
        }
    }

    /// Writes everything that has a name into an empty directory of the real disk.
    pub(super) fn write(&self, dir: &Path) {
        self.write_folder(ROOT, dir);
    }

    fn write_folder(&self, node: Node, dir: &Path) {
        for (name, child) in self.folder(node).expect("a directory") {
            let path = dir.join(name);
            let written = match &self.nodes[*child] {
                Content::File(bytes) => fs::write(&path, bytes),
                Content::Folder(_) => fs::create_dir(&path),
            };
            written.unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
            if self.folder(*child).is_some() {
                self.write_folder(*child, &path);
            }
        }
    }

    /// Files that have the same path in two trees, but another content.
    pub(super) fn differing_files(&self, other: &Self) -> Vec<(Node, Node)> {
        let (mut differing, mut folders) = (Vec::new(), vec![(ROOT, ROOT)]);
        while let Some((node, twin)) = folders.pop() {
            match (&self.nodes[node], &other.nodes[twin]) {
                (Content::File(a), Content::File(b)) if a != b => differing.push((node, twin)),
                (Content::Folder(a), Content::Folder(b)) => {
                    let both = a
                        .iter()
                        .filter_map(|(name, node)| Some((*node, *b.get(name)?)));
                    folders.extend(both);
                }
                _ => {}
            }
        }
        differing
    }

    /// The first path at which two trees differ.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        self.differ(ROOT, other, ROOT, "")
    }

    fn differ(&self, node: Node, other: &Self, twin: Node, path: &str) -> Option<String> {
        match (&self.nodes[node], &other.nodes[twin]) {
            (Content::File(a), Content::File(b)) => (a != b).then(|| path.to_owned()),
            (Content::Folder(a), Content::Folder(b)) => {
                let only_one = a.keys().find(|name| !b.contains_key(*name));
                let only_one = only_one.or_else(|| b.keys().find(|name| !a.contains_key(*name)));
                if let Some(name) = only_one {
                    return Some(format!("{path}/{name}"));
                }
                a.iter().find_map(|(name, node)| {
                    self.differ(*node, other, b[name], &format!("{path}/{name}"))
                })
            }
            _ => Some(path.to_owned()),
        }
    }
}

/// Writes bytes into a file's content, which grows if it must.
pub(super) fn overwrite(content: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let at = to_usize(at);
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

pub(super) fn to_usize(number: u64) -> usize {
    usize::try_from(number).expect("a file that fits into memory")
}
