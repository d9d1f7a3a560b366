//! The store's part in the bodies of the fuzz targets: rows that are changed one at a time.

use super::{checkpoint, lease, snapshot};

pub(crate) fn decode_snapshot_again(row: &[u8]) {
    if let Some(head) = snapshot::Head::decode(row) {
        let _ = head.chunks();
        assert_eq!(snapshot::Head::decode(&head.encode()), Some(head));
    }
}

pub(crate) fn decode_checkpoint_again(row: &[u8]) {
    if let Some(found) = checkpoint::decode(row) {
        assert_eq!(checkpoint::decode(&checkpoint::encode(found)), Some(found));
    }
}

pub(crate) fn decode_lease_again(row: &[u8]) {
    if let Some(found) = lease::decode("name", row) {
        assert_eq!(lease::decode("name", &lease::encode(&found)), Some(found));
    }
}
