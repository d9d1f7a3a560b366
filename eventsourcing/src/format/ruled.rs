//! Reading with a codec that does not read as it should, under a rule that holds for all parts of a value.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// What is done otherwise than the codec does it. Without any method it is done as the codec does it.
pub(super) trait Rule: Copy {
    /// The rule for what is inside of an option, a list, a map or an enum.
    #[inline]
    fn enter<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    /// Learns how many elements a list or a map claims to have, if it does.
    #[inline]
    fn claimed<E: Error>(self, _len: Option<usize>) -> Result<(), E> {
        Ok(())
    }

    /// Reads what may be anything.
    #[inline]
    fn any<'de, D: Deserializer<'de>, V: Visitor<'de>>(
        self,
        codec: D,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        codec.deserialize_any(visitor)
    }

    /// Reads `()`, or a struct without fields.
    #[inline]
    fn nothing<'de, D: Deserializer<'de>, V: Visitor<'de>>(
        self,
        codec: D,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        codec.deserialize_unit(visitor)
    }
}

/// A part of the codec's reading, or of the value that reads, with the rule for it.
pub(super) struct Ruled<R, T> {
    inner: T,
    rule: R,
}

impl<R: Rule, T> Ruled<R, T> {
    /// `inner` and all that is in it.
    #[inline]
    pub(super) fn new(rule: R, inner: T) -> Self {
        Self { inner, rule }
    }

    /// The same rule for a part.
    #[inline]
    fn part<U>(&self, inner: U) -> Ruled<R, U> {
        let rule = self.rule;
        Ruled { inner, rule }
    }

    /// What the rule was for, and the same rule for something else.
    #[inline]
    fn around<U>(self, inner: U) -> (T, Ruled<R, U>) {
        let ruled = self.part(inner);
        (self.inner, ruled)
    }

    /// One level further in.
    #[inline]
    fn enter<E: Error>(self) -> Result<Self, E> {
        let rule = self.rule.enter()?;
        Ok(Self { rule, ..self })
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

impl<'de, R: Rule, D: Deserializer<'de>> Deserializer<'de> for Ruled<R, D> {
    type Error = D::Error;

    passed! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
        deserialize_ignored_any
    }

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.rule.any(self.inner, visitor)
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.rule.nothing(self.inner, visitor)
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.rule.nothing(self.inner, visitor)
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

/// A visitor is shown the parts under the rule.
impl<'de, R: Rule, V: Visitor<'de>> Visitor<'de> for Ruled<R, V> {
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

/// A visitor of a list or a map whose length is not known to its type.
struct List<R, V>(Ruled<R, V>);

impl<'de, R: Rule, V: Visitor<'de>> Visitor<'de> for List<R, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.0.rule.claimed(parts.size_hint())?;
        self.0.visit_seq(parts)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.0.rule.claimed(parts.size_hint())?;
        self.0.visit_map(parts)
    }
}

impl<'de, R: Rule, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Ruled<R, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, codec: D) -> Result<S::Value, D::Error> {
        let (seed, codec) = self.around(codec);
        seed.deserialize(codec)
    }
}

impl<'de, R: Rule, A: SeqAccess<'de>> SeqAccess<'de> for Ruled<R, A> {
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

impl<'de, R: Rule, A: MapAccess<'de>> MapAccess<'de> for Ruled<R, A> {
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

impl<'de, R: Rule, A: EnumAccess<'de>> EnumAccess<'de> for Ruled<R, A> {
    type Error = A::Error;
    type Variant = Ruled<R, A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (parts, ruled) = self.around(());
        let (value, content) = parts.variant_seed(seed)?;
        Ok((value, ruled.part(content)))
    }
}

impl<'de, R: Rule, A: VariantAccess<'de>> VariantAccess<'de> for Ruled<R, A> {
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
