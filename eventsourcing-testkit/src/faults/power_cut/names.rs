//! Paths, and the calls that change names.

use std::path::{Component, Path, PathBuf};

use super::args;
use super::calls::Calls;
use super::op::{Node, Op, Place, ROOT};
use super::tree::Content;

impl Calls {
    /// A path argument, made absolute.
    pub(super) fn path(&self, text: &str) -> Result<PathBuf, String> {
        Ok(normal(&self.cwd.join(args::path(text)?)))
    }

    /// The name that a path means; `None` if it is not in the watched directory.
    pub(super) fn place(&self, path: &Path) -> Result<Option<Place>, String> {
        let Ok(below) = path.strip_prefix(&self.root) else {
            return Ok(None);
        };
        let (Some(parent), Some(name)) = (below.parent(), below.file_name()) else {
            return Err("the watched directory itself is changed".into());
        };
        let folder = self.tree.find(ROOT, parent);
        let folder = folder.ok_or("a name in a directory that should not be there")?;
        let name = name.to_str().ok_or("a name that is not UTF-8")?.to_owned();
        Ok(Some((folder, name)))
    }

    /// The file or directory at a path.
    pub(super) fn find(&self, path: &Path) -> Option<Node> {
        let below = path.strip_prefix(&self.root).ok()?;
        self.tree.find(ROOT, below)
    }

    fn known(&self, path: &Path) -> Result<Node, String> {
        self.find(path)
            .ok_or_else(|| "a file that should not be there".into())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), String> {
        match (self.place(from)?, self.place(to)?) {
            (None, None) => Ok(()),
            (Some(from_place), Some(to)) => {
                let (from, node) = (from_place, self.known(from)?);
                self.push(Op::Move { from, to, node });
                Ok(())
            }
            _ => Err("a file is moved into or out of the watched directory".into()),
        }
    }

    pub(super) fn link(&mut self, from: &Path, to: &Path) -> Result<(), String> {
        match (self.place(from)?, self.place(to)?) {
            (None, None) => Ok(()),
            (Some(_), Some(place)) => {
                let node = self.known(from)?;
                self.push(Op::Enter { place, node });
                Ok(())
            }
            _ => Err("a file is linked into or out of the watched directory".into()),
        }
    }

    pub(super) fn leave(&mut self, path: &Path) -> Result<(), String> {
        if let Some(place) = self.place(path)? {
            self.push(Op::Leave { place });
        }
        Ok(())
    }

    pub(super) fn make_folder(&mut self, path: &Path) -> Result<(), String> {
        if let Some(place) = self.place(path)? {
            let node = self
                .tree
                .add(Content::Folder(std::collections::BTreeMap::new()));
            self.push(Op::Enter { place, node });
        }
        Ok(())
    }
}

/// A path argument that begins at an open directory, made absolute.
pub(super) fn path_at(folder: &str, text: &str) -> Result<PathBuf, String> {
    let path = args::path(text)?;
    match args::descriptor(folder)? {
        _ if path.is_absolute() => Ok(normal(&path)),
        (_, Some(folder)) => Ok(normal(&folder.join(path))),
        (_, None) => Err("a directory without a path".into()),
    }
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}
