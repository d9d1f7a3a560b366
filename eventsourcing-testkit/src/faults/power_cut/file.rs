//! A file's content on the disk: what was synced, and what may be.

use std::collections::{BTreeMap, HashMap};

use super::choice::{Choice, Part};
use super::op::{Node, Op};
use super::tree::{overwrite, to_usize};

const SECTOR: u64 = 512;

/// A file on the disk.
#[derive(Debug, Clone, Default)]
pub(super) struct DiskFile {
    /// What is there for certain, but for what `settled` says.
    synced: Vec<u8>,
    /// Steps since, by number.
    pending: Vec<usize>,
    /// Pending steps before this one have met a failed sync.
    failed_before: usize,
    /// Sectors that were written again after a failed sync, and synced: they have what they had before this step.
    settled: HashMap<u64, usize>,
    /// The same of the size.
    size_settled: usize,
}

/// What pending steps change.
#[derive(Debug, Default)]
struct Changes {
    /// Sizes after steps that change it.
    sizes: Vec<(usize, u64)>,
    /// Steps that change a sector.
    sectors: BTreeMap<u64, Vec<usize>>,
}

impl DiskFile {
    pub(super) fn new(content: &[u8]) -> Self {
        Self {
            synced: content.to_vec(),
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, step: usize) {
        self.pending.push(step);
    }

    /// A sync of what was done before the step `covers` has succeeded.
    pub(super) fn sync(&mut self, covers: usize, ops: &[Op]) {
        let covered = self.pending.partition_point(|step| *step < covers);
        if self.failed_before > 0 {
            self.size_settled = covers;
            let mut all_settled = true;
            for (sector, steps) in self.changes(ops).sectors {
                let newest = steps.iter().rev().find(|step| **step < covers);
                match newest {
                    Some(step) if *step >= self.failed_before => {
                        self.settled.insert(sector, covers);
                    }
                    Some(step) => {
                        all_settled &= self.settled.get(&sector).is_some_and(|at| at > step);
                    }
                    None => {}
                }
            }
            if !all_settled {
                return;
            }
        }
        for step in self.pending.drain(..covered) {
            match &ops[step] {
                Op::Write { at, bytes, .. } => overwrite(&mut self.synced, *at, bytes),
                Op::Resize { size, .. } => self.synced.resize(to_usize(*size), 0),
                _ => {}
            }
        }
        if self
            .pending
            .first()
            .is_none_or(|step| *step >= self.failed_before)
        {
            self.failed_before = 0;
            self.settled.clear();
            self.size_settled = 0;
        }
    }

    /// A sync of what was done before the step `covers` has failed.
    pub(super) fn fail(&mut self, covers: usize) {
        if self.pending.first().is_some_and(|step| *step < covers) {
            self.failed_before = self.failed_before.max(covers);
        }
    }

    fn changes(&self, ops: &[Op]) -> Changes {
        let mut changes = Changes::default();
        let mut size = self.synced.len() as u64;
        for step in &self.pending {
            let (from, to, after) = match &ops[*step] {
                Op::Write { at, bytes, .. } => {
                    let end = *at + bytes.len() as u64;
                    (*at, end, size.max(end))
                }
                Op::Resize { size: after, .. } => (*after, size, *after),
                _ => continue,
            };
            if after != size {
                changes.sizes.push((*step, after));
            }
            size = after;
            if from < to {
                for sector in from / SECTOR..=(to - 1) / SECTOR {
                    changes.sectors.entry(sector).or_default().push(*step);
                }
            }
        }
        changes
    }

    /// What the disk may have.
    pub(super) fn image(&self, node: Node, ops: &[Op], choice: &Choice) -> Vec<u8> {
        let changes = self.changes(ops);
        let has_size = |(step, _): &&(usize, u64)| {
            *step < self.size_settled || choice.keeps(*step, node, Part::Size)
        };
        let size = changes.sizes.iter().rev().find(has_size);
        // The size is that of the file after this step, if after any.
        let (sized, len) = size.map_or((None, self.synced.len() as u64), |(step, len)| {
            (Some(*step), *len)
        });
        let mut image = self.synced.clone();
        image.resize(to_usize(len), 0);
        for (sector, steps) in &changes.sectors {
            let time = self.time(*sector, steps, sized, ops, |step| {
                choice.keeps(step, node, Part::Sector(*sector))
            });
            if let Some(time) = time {
                let steps = steps.iter().filter(|step| **step <= time);
                let bytes = self.sector(*sector, steps.map(|step| &ops[*step]));
                let start = to_usize(sector * SECTOR).min(image.len());
                let end = (start + bytes.len()).min(image.len());
                image[start..end].copy_from_slice(&bytes[..end - start]);
            }
        }
        image
    }

    /// The step whose result a sector has; `None` if it is as it was synced.
    fn time(
        &self,
        sector: u64,
        steps: &[usize],
        sized: Option<usize>,
        ops: &[Op],
        keeps: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        // Cutting a file gives the sector back, in step with the size: what lies behind a cut that has not happened on the
        // disk went elsewhere, and nothing before one that has is seen again.
        let is_cut = |step: &&usize| matches!(ops[**step], Op::Resize { .. });
        let cut = steps.iter().filter(is_cut);
        let happened = cut.clone().rfind(|step| sized >= Some(**step));
        let coming = cut.clone().find(|step| sized < Some(**step));
        let least = happened.copied();
        let settled = self.settled.get(&sector).copied().unwrap_or_default();
        steps
            .iter()
            .rev()
            .filter(|step| coming.is_none_or(|coming| *step < coming))
            .find(|step| **step < settled || Some(**step) <= least || keeps(**step))
            .copied()
    }

    /// A sector after these steps.
    fn sector<'a>(&self, sector: u64, steps: impl Iterator<Item = &'a Op>) -> Vec<u8> {
        let start = sector * SECTOR;
        let mut bytes = vec![0; to_usize(SECTOR)];
        let synced = self.synced.get(to_usize(start)..).unwrap_or_default();
        let len = synced.len().min(bytes.len());
        bytes[..len].copy_from_slice(&synced[..len]);
        for op in steps {
            match op {
                Op::Write {
                    at, bytes: written, ..
                } => {
                    let from = start.max(*at);
                    let to = (start + SECTOR).min(at + written.len() as u64);
                    let source = &written[to_usize(from - at)..to_usize(to - at)];
                    bytes[to_usize(from - start)..to_usize(to - start)].copy_from_slice(source);
                }
                Op::Resize { size, .. } => {
                    let from = to_usize(size.saturating_sub(start).min(SECTOR));
                    bytes[from..].fill(0);
                }
                _ => {}
            }
        }
        bytes
    }
}
