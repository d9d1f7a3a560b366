//! When the power goes.

use super::choice::mix;
use super::op::Op;

/// A power cut. With the same recording it always leaves the same image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// How many steps of the recording had been done.
    pub at: usize,
    /// What decides which of the unsynced ones are on the disk.
    pub seed: u64,
}

/// Picks moments: anywhere, right behind something the program said, in front of a sync, where most is pending, and around
/// what happens seldom, such as a rename.
pub(super) fn pick(ops: &[Op], count: usize, seed: u64) -> Vec<Cut> {
    let behind = |wanted: fn(&Op) -> bool| -> Vec<usize> {
        (1..=ops.len()).filter(|at| wanted(&ops[at - 1])).collect()
    };
    let anywhere: Vec<_> = (0..=ops.len()).collect();
    let said = behind(|op| matches!(op, Op::Said(_)));
    // In front of a sync most is pending.
    let syncs: Vec<_> = behind(|op| matches!(op, Op::Sync { .. }));
    let syncs: Vec<_> = syncs.into_iter().map(|at| at - 1).collect();
    let seldom = behind(|op| !op.places().is_empty() || matches!(op, Op::Resize { .. }));
    let writes = behind(|op| matches!(op, Op::Write { .. }));
    let kinds = [&anywhere, &said, &seldom, &syncs, &writes, &syncs];
    let mut cuts: Vec<_> = (0..count)
        .map(|number| {
            let seed = mix(seed ^ mix(number as u64));
            let places = kinds[number % kinds.len()];
            let places = if places.is_empty() { &anywhere } else { places };
            let at = places[below(mix(seed), places.len())];
            // Some steps later, where it is not about this very moment.
            let later = if number % kinds.len() == 2 {
                below(mix(seed + 1), 8)
            } else {
                0
            };
            let at = (at + later).min(ops.len());
            Cut { at, seed }
        })
        .collect();
    cuts.sort_unstable();
    cuts
}

fn below(random: u64, limit: usize) -> usize {
    usize::try_from(random % limit as u64).unwrap_or(0)
}
