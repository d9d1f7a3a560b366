//! Rows of the index, one at a time, the file of checkpoints, and the text that says what a directory is.

use crate::checkpoints;
use crate::format::Format;
use crate::index;
use crate::store;

/// The first byte says what kind of row the rest is.
pub(super) fn body(input: &[u8]) {
    let Some((kind, row)) = input.split_first() else {
        return;
    };
    match kind % 8 {
        0 => index::decode_meta_again(row),
        1 => index::decode_list_again(row),
        2 => index::decode_commits_again(row),
        3 => index::show_key(row),
        4 => store::decode_snapshot_again(row),
        5 => checkpoints::parse_again(row),
        6 => checkpoints::decode_again(row),
        _ => {
            if let Ok(text) = std::str::from_utf8(row) {
                // It is read only by this; whatever else it says is refused with its path.
                let _ = Format::parse(text);
            }
        }
    }
}
