//! Open files of the program, as far as they lie in the watched directory.

use std::collections::HashMap;

use super::op::Node;

/// An open file; descriptors that were duplicated share it.
#[derive(Debug, Clone)]
pub(super) struct OpenFile {
    pub(super) node: Node,
    /// Where the next `read` or `write` takes place.
    pub(super) at: u64,
    /// Writes go to the file's end.
    pub(super) append: bool,
}

/// The process's table of descriptors.
#[derive(Debug, Clone, Default)]
pub(super) struct Descriptors {
    table: HashMap<i32, usize>,
    files: Vec<OpenFile>,
}

impl Descriptors {
    pub(super) fn open(&mut self, descriptor: i32, file: OpenFile) {
        self.table.insert(descriptor, self.files.len());
        self.files.push(file);
    }

    pub(super) fn duplicate(&mut self, from: i32, to: i32) {
        match self.table.get(&from) {
            Some(&file) => self.table.insert(to, file),
            // Whatever `to` was, it is another file now.
            None => self.table.remove(&to),
        };
    }

    pub(super) fn close(&mut self, descriptor: i32) {
        self.table.remove(&descriptor);
    }

    pub(super) fn get(&mut self, descriptor: i32) -> Option<&mut OpenFile> {
        let file = self.table.get(&descriptor)?;
        self.files.get_mut(*file)
    }
}
