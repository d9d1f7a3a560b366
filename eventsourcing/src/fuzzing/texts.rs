//! What is read from a text.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::aggregate_id::AggregateId;
use crate::ids::{CausationId, CommitId, CorrelationId, EventId};
use crate::stream_id::StreamId;
use crate::tag::Tag;
use crate::time::Timestamp;

pub(super) fn body(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    stream_id(text);
    if let Some(tag) = read::<Tag>(text) {
        assert_eq!(tag.as_str(), text);
        in_json(&tag);
    }
    if let Some(time) = read::<Timestamp>(text) {
        in_json(&time);
    }
    read::<CommitId>(text);
    read::<EventId>(text);
    read::<CorrelationId>(text);
    read::<CausationId>(text);
    id::<String>(text);
    id::<Uuid>(text);
    id::<u8>(text);
    id::<u16>(text);
    id::<u32>(text);
    id::<u64>(text);
    id::<u128>(text);
    id::<usize>(text);
    id::<i8>(text);
    id::<i16>(text);
    id::<i32>(text);
    id::<i64>(text);
    id::<i128>(text);
    id::<isize>(text);
    let key = CommitId::from_key(text);
    assert_eq!(key, CommitId::from_key(text));
    assert_ne!(key.event_id(0), key.event_id(1));
}

fn stream_id(text: &str) {
    if let Some(id) = read::<StreamId>(text) {
        assert!(text.len() <= StreamId::MAX_BYTES && id.as_str() == text);
        assert_eq!(format!("{}-{}", id.category(), id.id()), text);
        assert_eq!(StreamId::new(id.category(), id.id()), Ok(id.clone()));
        in_json(&id);
    }
    // Whatever the id looks like, the category is the one that was asked for.
    if let Ok(id) = StreamId::of("account", &text) {
        assert_eq!((id.category(), id.id()), ("account", text));
        assert_eq!(read::<StreamId>(id.as_str()), Some(id));
    }
}

/// What can be read is written so that it reads the same.
fn read<T: FromStr<Err: Display> + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    match text.parse::<T>() {
        Ok(value) => {
            let written = value.to_string();
            let again = written.parse::<T>().ok();
            assert_eq!(again.as_ref(), Some(&value), "by way of {written:?}");
            Some(value)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

fn id<T: AggregateId + FromStr<Err: Display>>(text: &str) {
    read::<T>(text);
}

fn in_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_vec(value).expect("JSON");
    assert_eq!(
        serde_json::from_slice::<T>(&json).ok().as_ref(),
        Some(value)
    );
}
