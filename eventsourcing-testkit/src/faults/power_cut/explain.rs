//! Checks that what was recorded leads to what lies on the disk.

use super::calls::Calls;
use super::tree::Tree;

/// Most calls cut short of which each selection is tried.
const MOST_CUT_SHORT: usize = 6;

/// Looks for what the program has done, as far as the trace leaves that open: which of the calls that never returned were done,
/// and the [order](super::races) of calls that overlapped. The calls as they were followed come first.
///
/// # Errors
/// If nothing leads from `start` to `real`: how they differ.
pub(super) fn explain(calls: Calls, start: &Tree, real: &Tree) -> Result<Calls, String> {
    if calls.tree.difference(real).is_none() {
        return Ok(calls);
    }
    let open = calls.cut_short.len().min(MOST_CUT_SHORT);
    for selection in 0..1_usize << open {
        let mut tried = calls.clone();
        let mut selected = (0..open).filter(|number| selection & 1 << number != 0);
        let done = selected.try_for_each(|number| tried.takes_place(&calls.cut_short[number]));
        if done.is_err() {
            continue;
        }
        let start = start.grown_to(&tried.tree);
        tried
            .races
            .settle(&mut tried.ops, &start, &tried.tree, real);
        tried.tree = start;
        for op in &tried.ops {
            tried.tree.apply(op);
        }
        if tried.tree.difference(real).is_none() {
            return Ok(tried);
        }
    }
    Err(unexplained(&calls, real))
}

fn unexplained(calls: &Calls, real: &Tree) -> String {
    let path = calls.tree.difference(real).unwrap_or_default();
    let mut files = calls.tree.differing_files(real).into_iter();
    let sizes = files.next().and_then(|(file, twin)| {
        let (recorded, real) = (calls.tree.file(file)?, real.file(twin)?);
        let same = recorded.iter().zip(real).take_while(|(a, b)| a == b);
        let (recorded, real, same) = (recorded.len(), real.len(), same.count());
        Some(format!(
            " ({recorded} bytes as recorded, {real} on the disk, the first {same} the same)"
        ))
    });
    let (sizes, open) = (sizes.unwrap_or_default(), calls.cut_short.len());
    format!(
        "the recording does not explain what is in `{path}`{sizes}; something was not seen, or took place in an order that was \
         not tried; {open} calls have not returned"
    )
}
