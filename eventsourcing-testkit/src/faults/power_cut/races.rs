//! Two threads cut a file at once, and the trace does not say whose cut came last.
//!
//! sled does that: it hands each cut of its file to a pool of threads. The directory as it is in the end tells.

use std::collections::HashMap;

use super::op::{Node, Op};
use super::tree::Tree;

/// Cuts that overlapped in time. They are followed in the order in which they returned.
#[derive(Debug, Default)]
pub(super) struct Races {
    /// Cuts that have not returned, by thread: the file, and the step of another that returned meanwhile.
    running: HashMap<String, (Node, Option<usize>)>,
    /// Steps that may have been done in the other order.
    pairs: Vec<(usize, usize)>,
}

impl Races {
    pub(super) fn begins(&mut self, thread: &str, file: Node) {
        self.running.insert(thread.to_owned(), (file, None));
    }

    /// Returns whether it overlapped with another; then it has to be taken for a step, the one numbered `step`.
    pub(super) fn ended(&mut self, thread: &str, file: Node, step: usize) -> bool {
        let earlier = self.running.remove(thread).and_then(|(_, earlier)| earlier);
        self.pairs.extend(earlier.map(|earlier| (earlier, step)));
        let mut overlaps = earlier.is_some();
        for (_, other) in self.running.values_mut().filter(|(of, _)| *of == file) {
            *other = Some(step);
            overlaps = true;
        }
        overlaps
    }

    /// Puts two cuts into the other order, if that leads to what is really there.
    pub(super) fn settle(&self, ops: &mut [Op], empty: &Tree, real: &Tree) -> Option<Tree> {
        self.pairs.iter().rev().find_map(|(earlier, later)| {
            ops.swap(*earlier, *later);
            let mut tree = empty.clone();
            for op in ops.iter() {
                tree.apply(op);
            }
            let settled = tree.difference(real).is_none();
            if !settled {
                ops.swap(*earlier, *later);
            }
            settled.then_some(tree)
        })
    }
}
