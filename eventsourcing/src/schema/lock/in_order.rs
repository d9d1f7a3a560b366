//! A value in its order, without the names in it: what a format stores that has none.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A value without names. Keys of maps count as names: they cannot be told from those of fields here.
#[derive(PartialEq)]
enum InOrder {
    Leaf(Value),
    Parts(Vec<Self>),
}

/// Whether two JSON texts are one value but for names.
pub(super) fn same_in_order(a: &str, b: &str) -> bool {
    let value = serde_json::from_str::<InOrder>;
    matches!((value(a), value(b)), (Ok(a), Ok(b)) if a == b)
}

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Parts)
    }
}

struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = InOrder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<InOrder, E> {
        Ok(InOrder::Leaf(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<InOrder, E> {
        Ok(InOrder::Leaf(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<InOrder, E> {
        Ok(InOrder::Leaf(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<InOrder, E> {
        Ok(InOrder::Leaf(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<InOrder, E> {
        Ok(InOrder::Leaf(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<InOrder, E> {
        Ok(InOrder::Leaf(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<InOrder, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(InOrder::Parts(parts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InOrder, A::Error> {
        let mut parts = Vec::new();
        while let Some((IgnoredAny, part)) = map.next_entry()? {
            parts.push(part);
        }
        Ok(InOrder::Parts(parts))
    }
}
