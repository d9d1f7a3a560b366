//! Nothing in CBOR: `null`, whether it is `()`, a struct without fields or the null of a `serde_json::Value`.

use std::fmt;

use serde::de::{Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use super::ruled::{Rule, Ruled};

/// Reads null as nothing, as JSON does. The codec takes it for an option's `None` only, and reads nothing from an empty
/// list, which is what was written before.
#[derive(Clone, Copy)]
pub(super) struct NullIsNothing;

impl Rule for NullIsNothing {
    #[inline]
    fn any<'de, D: Deserializer<'de>, V: Visitor<'de>>(
        self,
        codec: D,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        codec.deserialize_any(Any(visitor))
    }

    #[inline]
    fn nothing<'de, D: Deserializer<'de>, V: Visitor<'de>>(
        self,
        codec: D,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        codec.deserialize_any(Nothing(visitor))
    }
}

/// A visitor of anything.
struct Any<V>(V);

/// Shows a value without parts as it is.
macro_rules! shown {
    ($($method:ident($ty:ty);)*) => {
        $(#[inline]
        fn $method<E: Error>(self, value: $ty) -> Result<V::Value, E> {
            self.0.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Any<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    shown! {
        visit_bool(bool);
        visit_i8(i8);
        visit_i16(i16);
        visit_i32(i32);
        visit_i64(i64);
        visit_i128(i128);
        visit_u8(u8);
        visit_u16(u16);
        visit_u32(u32);
        visit_u64(u64);
        visit_u128(u128);
        visit_f32(f32);
        visit_f64(f64);
        visit_char(char);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, codec: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Ruled::new(NullIsNothing, codec))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, codec: D) -> Result<V::Value, D::Error> {
        self.0
            .visit_newtype_struct(Ruled::new(NullIsNothing, codec))
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Ruled::new(NullIsNothing, parts))
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Ruled::new(NullIsNothing, parts))
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Ruled::new(NullIsNothing, parts))
    }
}

/// A visitor of nothing. What is something is refused as serde does.
struct Nothing<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Nothing<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    // An empty list, and no list that does not say so.
    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        match parts.size_hint() {
            Some(0) => self.0.visit_unit(),
            _ => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }
}
