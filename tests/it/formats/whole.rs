//! A payload is one value and nothing else: what is cut short or followed by something is refused as the format alone does,
//! and whatever had been read of it by then is dropped, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use eventsourcing::{
    CommitId, DecodeErrorKind, Decoded, Event, Format, Metadata, Position, RecordedEvent,
    Timestamp, Version,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::each_format;

static ALIVE: AtomicI64 = AtomicI64::new(0);

/// Counts itself.
#[derive(Debug, Serialize)]
struct Counted(u8);

impl Counted {
    fn new(number: u8) -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Self(number)
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(Self::new)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Held in registers.
#[derive(Debug, Serialize, Deserialize)]
struct Small {
    counted: Counted,
}

/// Held in memory.
#[derive(Debug, Serialize, Deserialize)]
struct Large {
    counted: Counted,
    text: String,
    numbers: [u64; 8],
}

impl From<Small> for Large {
    fn from(small: Small) -> Self {
        Self {
            counted: small.counted,
            text: String::new(),
            numbers: [0; 8],
        }
    }
}

#[derive(Debug, Event)]
enum Sized {
    #[es(name = "small")]
    Small(Small),
    #[es(name = "large", version = 2, from(v1 = Small))]
    Large(Large),
}

fn alive() -> i64 {
    ALIVE.load(Ordering::SeqCst)
}

fn stored<F: Format>(_: &F, (name, version): (&str, u16), payload: Vec<u8>) -> RecordedEvent {
    RecordedEvent {
        position: Position::new(7),
        stream: "account-1".parse().expect("an id"),
        version: Version::new(3),
        commit_id: CommitId::generate(),
        commit_index: 0,
        commit_len: 1,
        event_type: name.into(),
        schema_version: version,
        readable_by: version,
        format: F::ID,
        recorded_at: Timestamp::now(),
        metadata: Arc::new(Metadata::new()),
        tags: Vec::new(),
        payload: payload.into(),
    }
}

fn check<F, R, T>(format: &F, reader: &R, event: (&str, u16), value: &T)
where
    F: Format,
    R: Format,
    T: Serialize + for<'de> Deserialize<'de>,
{
    let mut payload = Vec::new();
    format.encode(value, &mut payload).expect("bytes");
    let before = alive();
    let whole = stored(format, event, payload.clone()).decode::<Sized>(reader);
    assert!(matches!(whole, Ok(Decoded::One(_))), "{whole:?}");
    drop(whole);
    assert_eq!(alive(), before);
    let longer = ["x", " x", "1", "{}", "\0"].map(|more| [&payload, more.as_bytes()].concat());
    let shorter = (0..payload.len()).map(|length| payload[..length].to_vec());
    for bytes in longer.into_iter().chain(shorter) {
        let alone = reader.decode::<T>(F::ID, &bytes).map(drop);
        let alone = alone.expect_err("not one value").to_string();
        let refused = stored(format, event, bytes.clone()).decode::<Sized>(reader);
        let refused = refused.expect_err("not one value");
        let DecodeErrorKind::Payload(reason) = refused.kind() else {
            panic!("{refused:?}")
        };
        assert_eq!(reason.to_string(), alone);
        assert_eq!(alive(), before, "{event:?} of {bytes:?} in {}", F::ID);
    }
}

#[test]
fn what_is_not_one_value_is_refused_and_dropped_once() {
    let small = Small {
        counted: Counted::new(1),
    };
    let large = Large {
        counted: Counted::new(2),
        text: "text".into(),
        numbers: [9; 8],
    };
    each_format!(format => each_format!(reader => {
        check(&format, &reader, ("small", 1), &small);
        check(&format, &reader, ("large", 1), &small);
        check(&format, &reader, ("large", 2), &large);
    }));
}
