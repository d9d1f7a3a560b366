//! The store's part in the bodies of the fuzz targets: rows that are changed one at a time.

use super::snapshot;

pub(crate) fn decode_snapshot_again(row: &[u8]) {
    if let Some(head) = snapshot::Head::decode(row) {
        let _ = head.chunks();
        assert_eq!(snapshot::Head::decode(&head.encode()), Some(head));
    }
}
