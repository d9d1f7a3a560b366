//! Finding what a format cannot write so that it would come back.

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

/// Walks a value and writes nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// There must be no NaN and no infinity: JSON has none.
    pub(super) finite: bool,
    /// No field must be left out: where fields have no names, nobody would notice.
    pub(super) whole: bool,
}

impl Walk {
    /// Walks `value`.
    ///
    /// # Errors
    /// [`Found`] says what is there and should not be.
    #[inline]
    pub(super) fn check<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn float(self, number: f64) -> Result<(), Found> {
        if !self.finite || number.is_finite() {
            return Ok(());
        }
        Err(Found(format!("JSON has no way to write {number}")))
    }

    fn left_out(self, field: &'static str) -> Result<(), Found> {
        if !self.whole {
            return Ok(());
        }
        Err(Found(format!(
            "field `{field}` is left out (`skip_serializing_if`), and postcard has no names that would tell; remove that \
             attribute, or store this event in a format with named fields"
        )))
    }
}

/// Serializer methods for values that are fine, whatever they are.
macro_rules! fine {
    ($($method:ident($($ty:ty),*);)*) => {
        $(fn $method(self, $(_: $ty),*) -> Result<(), Found> { Ok(()) })*
    };
}

/// Serializer methods that begin something with parts.
macro_rules! parts {
    ($($method:ident($($ty:ty),*) -> $kind:ident;)*) => {
        $(
            type $kind = Self;
            fn $method(self, $(_: $ty),*) -> Result<Self, Found> { Ok(self) }
        )*
    };
}

/// What has parts: each part is walked.
macro_rules! walks {
    ($($part:ident::$method:ident($($key:ty)?) $($skip:ident)?;)*) => {
        $(impl $part for Walk {
            type Ok = ();
            type Error = Found;
            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $key,)? value: &T) -> Result<(), Found> {
                value.serialize(*self)
            }
            $(fn $skip(&mut self, field: &'static str) -> Result<(), Found> { self.left_out(field) })?
            fn end(self) -> Result<(), Found> { Ok(()) }
        })*
    };
}

impl Serializer for Walk {
    type Ok = ();
    type Error = Found;

    fine! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    parts! {
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }

    fn serialize_f32(self, number: f32) -> Result<(), Found> {
        self.float(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Found> {
        self.float(number)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        value.serialize(self)
    }
}

walks! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str) skip_field;
    SerializeStructVariant::serialize_field(&'static str) skip_field;
}

impl SerializeMap for Walk {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Found> {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}
