//! Metadata, as JSON. How it lies in a store is the store's business.

use crate::metadata::Metadata;

pub(super) fn body(input: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<Metadata>(input) else {
        return;
    };
    let json = serde_json::to_vec(&metadata).expect("JSON");
    let again: Metadata = serde_json::from_slice(&json).expect("metadata");
    assert_eq!(again, metadata);
    assert_eq!(metadata.is_empty(), json == b"{}");
}
