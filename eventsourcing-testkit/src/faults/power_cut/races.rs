//! Calls of several threads that overlap in time, and the order that the trace does not tell.
//!
//! A call takes place somewhere between its beginning and its return. Of two that overlap, either may have come first. sled
//! does that: it hands each cut of its file to a pool of threads, and when it is opened it writes meanwhile to where the file
//! is cut. The file as it is in the end tells.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::op::{Node, Op};
use super::tree::{Content, Tree};

/// Changes of files' contents, with the time that each took.
#[derive(Debug, Clone, Default)]
pub(super) struct Races {
    /// Calls that have not returned, by thread.
    running: HashMap<String, Running>,
    /// How many steps had been done when a step's call began.
    began: HashMap<usize, usize>,
}

/// A call that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Running {
    file: Node,
    began: usize,
}

impl Races {
    /// A thread begins to change a file, after so many steps.
    pub(super) fn begins(&mut self, thread: &str, file: Node, began: usize) {
        let running = Running { file, began };
        self.running.insert(thread.to_owned(), running);
    }

    pub(super) fn returns(&mut self, thread: &str) -> Option<Running> {
        self.running.remove(thread)
    }

    /// A call that has returned was this step.
    pub(super) fn was(&mut self, call: Running, step: usize) {
        self.began.insert(step, call.began);
    }

    /// Whether another call changes the same file or has done so since this one began.
    pub(super) fn overlaps(&self, call: Running, ops: &[Op]) -> bool {
        let others = ops[call.began..].iter().filter_map(changed);
        let running = self.running.values().map(|other| other.file);
        others.chain(running).any(|file| file == call.file)
    }

    /// Puts calls that overlapped into the order that leads to what is really there, file by file, as far as there is one.
    /// `tree` is what the steps as they stand lead to from `start`.
    pub(super) fn settle(&self, ops: &mut Vec<Op>, start: &Tree, tree: &Tree, real: &Tree) {
        // Where each step goes: in front of which one, and in which order if there are several.
        let mut places: Vec<_> = (0..ops.len()).map(|step| (step, 0)).collect();
        for (file, twin) in tree.differing_files(real) {
            let (Content::File(before), Some(after)) = (&start.nodes[file], real.file(twin)) else {
                continue;
            };
            let Some(order) = self.order(file, ops, before, after) else {
                continue;
            };
            let mut before = usize::MAX;
            for (rank, step) in order.into_iter().enumerate().rev() {
                before = before.min(step);
                places[step] = (before, rank);
            }
        }
        for op in ops.iter_mut() {
            if let Op::Sync { covers, .. } | Op::SyncFailed { covers, .. } = op {
                // What came before a call that had returned is covered with it.
                *covers = places.iter().filter(|place| place.0 < *covers).count();
            }
        }
        let mut steps: Vec<_> = places.into_iter().zip(ops.drain(..)).collect();
        steps.sort_by_key(|(place, _)| *place);
        ops.extend(steps.into_iter().map(|(_, op)| op));
    }

    /// The order of a file's changes that explains it; `None` if none was found. It is approached move by move.
    fn order(&self, file: Node, ops: &[Op], before: &[u8], after: &[u8]) -> Option<Vec<usize>> {
        let steps = 0..ops.len();
        let mut order: Vec<_> = steps
            .filter(|step| changed(&ops[*step]) == Some(file))
            .collect();
        let distance = |order: &[usize]| {
            let mut content = before.to_vec();
            for step in order {
                ops[*step].change(&mut content);
            }
            distance(&content, after)
        };
        let mut best = distance(&order);
        while best > 0 {
            let better = self.moves(ops, &order).find_map(|order| {
                let distance = distance(&order);
                (distance < best).then_some((distance, order))
            });
            (best, order) = better?;
        }
        Some(order)
    }

    /// The orders that one move leads to, the last calls first: of two that overlap and do not go together, the later one comes
    /// before the earlier one, alone or with all in between.
    fn moves(&self, ops: &[Op], order: &[usize]) -> impl Iterator<Item = Vec<usize>> {
        let may_precede =
            |step: usize, other: usize| self.began.get(&step).is_some_and(|began| *began <= other);
        let mut pairs = Vec::new();
        for (at, later) in order.iter().enumerate() {
            for (to, earlier) in order[..at].iter().enumerate() {
                if may_precede(*later, *earlier) && !commute(&ops[*later], &ops[*earlier]) {
                    pairs.push((to, at));
                }
            }
        }
        pairs.sort_by_key(|(to, at)| Reverse((*at, *to)));
        pairs.into_iter().flat_map(move |(to, at)| {
            let (first, last) = (order[to], order[at]);
            let alone = order[to..at].iter().all(|other| may_precede(last, *other));
            let together = order[to + 1..=at]
                .iter()
                .all(|step| may_precede(*step, first));
            let alone = alone.then(|| {
                let mut order = order.to_vec();
                order[to..=at].rotate_right(1);
                order
            });
            let together = together.then(|| {
                let mut order = order.to_vec();
                order[to..=at].rotate_left(1);
                order
            });
            alone.into_iter().chain(together)
        })
    }
}

/// The file whose content a step changes.
fn changed(op: &Op) -> Option<Node> {
    match op {
        Op::Write { file, .. } | Op::Resize { file, .. } => Some(*file),
        _ => None,
    }
}

/// Whether two changes of one file lead to the same in either order.
fn commute(a: &Op, b: &Op) -> bool {
    let end = |at: u64, bytes: &[u8]| at + bytes.len() as u64;
    match (a, b) {
        (Op::Resize { size: a, .. }, Op::Resize { size: b, .. }) => a == b,
        (Op::Write { at, bytes, .. }, Op::Resize { size, .. })
        | (Op::Resize { size, .. }, Op::Write { at, bytes, .. }) => end(*at, bytes) <= *size,
        (
            Op::Write { at, bytes, .. },
            Op::Write {
                at: other,
                bytes: others,
                ..
            },
        ) => end(*at, bytes) <= *other || end(*other, others) <= *at,
        _ => true,
    }
}

/// How much two contents differ.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let sectors = a.chunks(512).zip(b.chunks(512));
    sectors.filter(|(a, b)| a != b).count() + a.len().abs_diff(b.len())
}
