//! Reading from a codec that has no bounds of its own: how deep values may be nested, how long lists may claim to be.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// How deep a value may be nested in options, lists, maps and enums; a type that contains itself does so through one of
/// them. JSON reads 128 levels of lists and objects, each of which may stand in an option: that much is never too deep.
pub(super) const MAX_DEPTH: usize = 256;

/// A part of the codec's reading, or of the value that reads, with what is left of the bounds.
pub(super) struct Bounded<'b, T> {
    inner: T,
    /// Levels that may still be entered.
    depth: usize,
    /// Bytes of the payload: no list has more elements.
    bytes: usize,
    exceeded: &'b Cell<Option<Exceeded>>,
}

/// The bound that a payload exceeds.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum Exceeded {
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    Depth,
    #[error("a list in it claims to have more elements than there are bytes")]
    Length,
}

impl<'b, T> Bounded<'b, T> {
    /// Reads `payload` with `inner`; a bound that is exceeded is told in `exceeded`, as the codec's errors have no texts.
    pub(super) fn new(inner: T, payload: &[u8], exceeded: &'b Cell<Option<Exceeded>>) -> Self {
        Self {
            inner,
            depth: MAX_DEPTH,
            bytes: payload.len(),
            exceeded,
        }
    }

    /// The same bounds around a part.
    fn part<U>(&self, inner: U) -> Bounded<'b, U> {
        let &Self {
            depth,
            bytes,
            exceeded,
            ..
        } = self;
        Bounded {
            inner,
            depth,
            bytes,
            exceeded,
        }
    }

    /// What the bounds were around, and the same bounds around something else.
    fn around<U>(self, inner: U) -> (T, Bounded<'b, U>) {
        let bounded = self.part(inner);
        (self.inner, bounded)
    }

    /// One level further in.
    fn enter<E: Error>(mut self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => self.depth = depth,
            None => return Err(self.refuse(Exceeded::Depth)),
        }
        Ok(self)
    }

    #[cold]
    fn refuse<E: Error>(&self, exceeded: Exceeded) -> E {
        self.exceeded.set(Some(exceeded));
        E::custom(exceeded)
    }
}

/// Reads what has no parts as the codec does.
macro_rules! passed {
    ($($method:ident)*) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Bounded<'_, D> {
    type Error = D::Error;

    passed! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.enter()?.around(visitor);
        codec.deserialize_option(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.around(visitor);
        codec.deserialize_newtype_struct(name, visitor)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.enter()?.around(visitor);
        codec.deserialize_seq(List(visitor))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.around(visitor);
        codec.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.around(visitor);
        codec.deserialize_tuple_struct(name, len, visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.enter()?.around(visitor);
        codec.deserialize_map(List(visitor))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.around(visitor);
        codec.deserialize_struct(name, fields, visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let (codec, visitor) = self.enter()?.around(visitor);
        codec.deserialize_enum(name, variants, visitor)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// A visitor is shown the parts within the bounds.
impl<'de, V: Visitor<'de>> Visitor<'de> for Bounded<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, codec: D) -> Result<V::Value, D::Error> {
        let (visitor, codec) = self.around(codec);
        visitor.visit_some(codec)
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, codec: D) -> Result<V::Value, D::Error> {
        let (visitor, codec) = self.around(codec);
        visitor.visit_newtype_struct(codec)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        let (visitor, parts) = self.around(parts);
        visitor.visit_seq(parts)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        let (visitor, parts) = self.around(parts);
        visitor.visit_map(parts)
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        let (visitor, parts) = self.around(parts);
        visitor.visit_enum(parts)
    }
}

/// A visitor of a list or a map, whose length is a number in the payload. Elements that take no bytes could be
/// read without end.
struct List<'b, V>(Bounded<'b, V>);

impl<'b, V> List<'b, V> {
    /// The codec gives the number of elements, or nothing if it cannot be true.
    fn checked<E: Error>(self, len: Option<usize>) -> Result<Bounded<'b, V>, E> {
        match len {
            Some(len) if len <= self.0.bytes => Ok(self.0),
            _ => Err(self.0.refuse(Exceeded::Length)),
        }
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for List<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.checked(parts.size_hint())?.visit_seq(parts)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.checked(parts.size_hint())?.visit_map(parts)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Bounded<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, codec: D) -> Result<S::Value, D::Error> {
        let (seed, codec) = self.around(codec);
        seed.deserialize(codec)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Bounded<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let seed = self.part(seed);
        self.inner.next_element_seed(seed)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Bounded<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let seed = self.part(seed);
        self.inner.next_key_seed(seed)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.part(seed);
        self.inner.next_value_seed(seed)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'b, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Bounded<'b, A> {
    type Error = A::Error;
    type Variant = Bounded<'b, A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let bounds = self.part(());
        let (value, content) = self.inner.variant_seed(seed)?;
        Ok((value, bounds.part(content)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Bounded<'_, A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        let (content, seed) = self.around(seed);
        content.newtype_variant_seed(seed)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let (content, visitor) = self.around(visitor);
        content.tuple_variant(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let (content, visitor) = self.around(visitor);
        content.struct_variant(fields, visitor)
    }
}
