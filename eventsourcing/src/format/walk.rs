//! Finding what postcard cannot write so that it would come back.

use std::fmt;

use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// What was found, or the value's own error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Found(String);

impl ser::Error for Found {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Walks a value and writes nothing. No field must be left out, and no element of a list must take no bytes: where fields
/// have no names, nobody would notice the one, and nothing would end the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// How many options, lists, maps and enums there may be around a value.
    pub(super) depth: usize,
}

/// Whether a value takes any bytes where nothing has a name.
type Takes = bool;

impl Walk {
    /// Walks `value`.
    ///
    /// # Errors
    /// [`Found`] says what is there and should not be.
    #[inline]
    pub(super) fn check<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self).map(|_| ())
    }

    /// One level further in.
    fn enter(self) -> Result<Self, Found> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth }),
            None => Err(Found("it is nested too deep to be read again".into())),
        }
    }

    /// Something with parts, which takes bytes by itself or not.
    fn parts(self, takes: Takes) -> Parts {
        Parts { walk: self, takes }
    }
}

fn left_out(field: &'static str) -> Result<(), Found> {
    Err(Found(format!(
        "field `{field}` is left out (`skip_serializing_if`), and postcard has no names that would tell; remove that \
         attribute, or store this event in a format with named fields"
    )))
}

/// A value with parts, some of which have been walked.
pub(super) struct Parts {
    walk: Walk,
    /// Whether anything so far takes bytes.
    takes: Takes,
}

impl Parts {
    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        self.takes |= value.serialize(self.walk)?;
        Ok(())
    }
}

/// Serializer methods for values that are fine, whatever they are.
macro_rules! fine {
    ($($method:ident($($ty:ty),*) $takes:literal;)*) => {
        $(fn $method(self, $(_: $ty),*) -> Result<Takes, Found> { Ok($takes) })*
    };
}

/// Serializer methods that begin something with parts.
macro_rules! parts {
    ($($method:ident($($ty:ty),*) -> $kind:ident;)*) => {
        $(
            type $kind = Parts;
            fn $method(self, $(_: $ty),*) -> Result<Parts, Found> { Ok(self.parts(false)) }
        )*
    };
}

/// The same with a number in front, of elements or that of the variant.
macro_rules! numbered {
    ($($method:ident($($ty:ty),*) -> $kind:ident;)*) => {
        $(
            type $kind = Parts;
            fn $method(self, $(_: $ty),*) -> Result<Parts, Found> { Ok(self.enter()?.parts(true)) }
        )*
    };
}

/// What has parts: each part is walked.
macro_rules! walks {
    ($($part:ident::$method:ident($($key:ty)?) $($skip:ident)?;)*) => {
        $(impl $part for Parts {
            type Ok = Takes;
            type Error = Found;
            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $key,)? value: &T) -> Result<(), Found> {
                self.part(value)
            }
            $(fn $skip(&mut self, field: &'static str) -> Result<(), Found> { left_out(field) })?
            fn end(self) -> Result<Takes, Found> { Ok(self.takes) }
        })*
    };
}

impl Serializer for Walk {
    type Ok = Takes;
    type Error = Found;

    fine! {
        serialize_bool(bool) true;
        serialize_i8(i8) true;
        serialize_i16(i16) true;
        serialize_i32(i32) true;
        serialize_i64(i64) true;
        serialize_i128(i128) true;
        serialize_u8(u8) true;
        serialize_u16(u16) true;
        serialize_u32(u32) true;
        serialize_u64(u64) true;
        serialize_u128(u128) true;
        serialize_f32(f32) true;
        serialize_f64(f64) true;
        serialize_char(char) true;
        serialize_str(&str) true;
        serialize_bytes(&[u8]) true;
        serialize_unit() false;
        serialize_unit_struct(&'static str) false;
    }

    parts! {
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_struct(&'static str, usize) -> SerializeStruct;
    }

    numbered! {
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_none(self) -> Result<Takes, Found> {
        self.enter().map(|_| true)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Takes, Found> {
        value.serialize(self.enter()?).map(|_| true)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
    ) -> Result<Takes, Found> {
        self.enter().map(|_| true)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Takes, Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<Takes, Found> {
        value.serialize(self.enter()?).map(|_| true)
    }
}

walks! {
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str) skip_field;
    SerializeStructVariant::serialize_field(&'static str) skip_field;
}

impl SerializeSeq for Parts {
    type Ok = Takes;
    type Error = Found;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        // Their number is all that says where a list ends.
        if value.serialize(self.walk)? {
            return Ok(());
        }
        Err(Found(
            "a list has elements that take no bytes (as in `Vec<()>`), which postcard could read without end; \
             store their number instead, or this event in another format"
                .into(),
        ))
    }

    fn end(self) -> Result<Takes, Found> {
        Ok(self.takes)
    }
}

impl SerializeMap for Parts {
    type Ok = Takes;
    type Error = Found;

    // Keys differ, so there is at most one that takes no bytes.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Found> {
        self.part(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        self.part(value)
    }

    fn end(self) -> Result<Takes, Found> {
        Ok(self.takes)
    }
}
