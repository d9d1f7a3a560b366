//! Keys of a fixed length.

use uuid::Uuid;

use super::{Key, take};
use crate::ids::{CausationId, CommitId, CorrelationId, EventId};
use crate::time::Timestamp;
use crate::version::{Position, Version};

/// Big-endian bytes are in the order of unsigned numbers; with the highest bit flipped also in that of signed ones.
macro_rules! integers {
    ($($ty:ty, $flip:expr;)*) => { $(
        impl Key for $ty {
            fn kind() -> String {
                stringify!($ty).into()
            }

            fn encode(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&(*self ^ $flip).to_be_bytes());
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                let taken = take(bytes, size_of::<Self>())?;
                Some(Self::from_be_bytes(taken.try_into().ok()?) ^ $flip)
            }
        }
    )* };
}

integers! {
    u8, 0; u16, 0; u32, 0; u64, 0; u128, 0;
    i8, i8::MIN; i16, i16::MIN; i32, i32::MIN; i64, i64::MIN; i128, i128::MIN;
}

/// Keys that are stored as another key.
macro_rules! stored_as {
    ($($ty:ty as $other:ty, $to:expr, $from:expr;)*) => { $(
        impl Key for $ty {
            fn kind() -> String {
                <$other as Key>::kind()
            }

            fn encode(&self, bytes: &mut Vec<u8>) {
                let to: fn(&$ty) -> $other = $to;
                to(self).encode(bytes);
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                let from: fn($other) -> Option<$ty> = $from;
                from(<$other as Key>::decode(bytes)?)
            }
        }
    )* };
}

stored_as! {
    usize as u64, |key| *key as u64, |key| Self::try_from(key).ok();
    isize as i64, |key| *key as i64, |key| Self::try_from(key).ok();
    Timestamp as i64, |key| key.as_micros(), |key| Some(Self::from_micros(key));
    Position as u64, |key| key.get(), |key| Some(Self::new(key));
    Version as u64, |key| key.get(), |key| Some(Self::new(key));
    CommitId as Uuid, |key| *key.as_uuid(), |key| Some(Self::from_uuid(key));
    EventId as Uuid, |key| *key.as_uuid(), |key| Some(Self::from_uuid(key));
    CorrelationId as Uuid, |key| *key.as_uuid(), |key| Some(Self::from_uuid(key));
    CausationId as Uuid, |key| *key.as_uuid(), |key| Some(Self::from_uuid(key));
}

impl Key for Uuid {
    fn kind() -> String {
        "uuid".into()
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.as_bytes());
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        Self::from_slice(take(bytes, 16)?).ok()
    }
}

impl Key for bool {
    fn kind() -> String {
        "bool".into()
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        match take(bytes, 1)? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

/// The key of a table with one row.
impl Key for () {
    fn kind() -> String {
        "()".into()
    }

    fn encode(&self, _: &mut Vec<u8>) {}

    fn decode(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

/// `None` comes first.
impl<K: Key> Key for Option<K> {
    fn kind() -> String {
        format!("option<{}>", K::kind())
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        self.is_some().encode(bytes);
        if let Some(key) = self {
            key.encode(bytes);
        }
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        if bool::decode(bytes)? {
            K::decode(bytes).map(Some)
        } else {
            Some(None)
        }
    }
}
