//! Which of the steps that were not synced have reached the disk. Everything follows from the cut's seed.

use super::cut::Cut;
use super::op::Node;

/// What of a step is asked for; each can be there without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What a file has in this sector after the step.
    Sector(u64),
    /// The file's size after the step.
    Size,
    /// The name that was changed.
    Name,
}

/// How a disk comes to have some steps and not others.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Nothing,
    Everything,
    /// In the order of the steps, up to this one.
    Oldest(usize),
    /// From this step on, and nothing older.
    Newest(usize),
    /// Sizes and names without data: zeros.
    NoData,
    /// Data and sizes without names.
    NoNames,
    /// Everything of some files, nothing of others.
    Files(u64),
    /// Whole writes.
    Writes(u64),
    /// Torn writes.
    Sectors(u64),
}

#[derive(Debug)]
pub(super) struct Choice {
    seed: u64,
    manner: Manner,
}

impl Choice {
    pub(super) fn new(cut: Cut) -> Self {
        let Cut { at, seed } = cut;
        let roll = |what| mix(seed ^ mix(what));
        // A power of two, so that one step is as likely as thousands.
        let steps = 1 << (roll(1) % u64::from(at.max(2).ilog2() + 1));
        let some = [1, 4, 7][usize::try_from(roll(2) % 3).unwrap_or(0)];
        let manner = match roll(3) % 16 {
            0 => Manner::Nothing,
            1 => Manner::Everything,
            2 | 3 => Manner::Oldest(at.saturating_sub(steps)),
            4 | 5 => Manner::Newest(at.saturating_sub(steps)),
            6 => Manner::NoData,
            7 => Manner::NoNames,
            8 | 9 => Manner::Files(some),
            10..=12 => Manner::Writes(some),
            _ => Manner::Sectors(some),
        };
        Self { seed, manner }
    }

    /// Whether the disk has this part of a step.
    pub(super) fn keeps(&self, step: usize, node: Node, part: Part) -> bool {
        let roll = |a: usize, b: u64| mix(self.seed ^ mix(a as u64 ^ mix(b))) % 8;
        match (self.manner, part) {
            (Manner::Nothing, _)
            | (Manner::NoData, Part::Sector(_))
            | (Manner::NoNames, Part::Name) => false,
            (Manner::Everything | Manner::NoData | Manner::NoNames, _) => true,
            (Manner::Oldest(before), _) => step < before,
            (Manner::Newest(from), _) => step >= from,
            (Manner::Files(some), Part::Sector(_) | Part::Size) => roll(node, 11) < some,
            (Manner::Sectors(some), Part::Sector(sector)) => roll(step, 12 + sector) < some,
            (Manner::Files(some) | Manner::Writes(some) | Manner::Sectors(some), _) => {
                roll(step, 10) < some
            }
        }
    }
}

/// Scatters the bits of a number (the finaliser of `SplitMix64`); written out here, so that an image stays the same.
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
