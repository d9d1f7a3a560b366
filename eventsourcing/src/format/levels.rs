//! Writing with a codec only what it reads again: no deeper than it does, and only numbers that it has.

use std::fmt::Display;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// How many lists, maps, structs, tuples and variants with a value there may be inside each other, where fields have names;
/// each of them may stand in an option.
///
/// JSON and `MessagePack` are read so far. CBOR is read in 256 steps: one for each of these and one for its option, or two
/// where the type does not matter, and one for nothing.
pub(super) const MAX_LEVELS: usize = 127;

/// What is deeper.
const TOO_DEEP: &str = "it is nested too deep to be read again: more than 127 lists, maps, structs, tuples and variants inside each other";

/// A part of the codec's writing, with the levels that may still be entered. With `FINITE` there must be no NaN and no
/// infinity: JSON has none, and `serde_json` writes `null`, which a float then refuses to read.
pub(super) struct Levels<S, const FINITE: bool> {
    inner: S,
    left: usize,
    /// Whether this is what an option holds.
    in_option: bool,
}

/// A value to be written inside of others.
struct Inside<'a, T: ?Sized, const FINITE: bool> {
    value: &'a T,
    left: usize,
    in_option: bool,
}

impl<T: Serialize + ?Sized, const FINITE: bool> Serialize for Inside<'_, T, FINITE> {
    #[inline]
    fn serialize<S: Serializer>(&self, codec: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Levels::<_, FINITE> {
            inner: codec,
            left: self.left,
            in_option: self.in_option,
        })
    }
}

impl<S, const FINITE: bool> Levels<S, FINITE> {
    /// Around all of a payload.
    #[inline]
    pub(super) fn new(codec: S) -> Self {
        Self {
            inner: codec,
            left: MAX_LEVELS,
            in_option: false,
        }
    }

    /// One level further in.
    #[inline]
    fn enter<E: Error>(mut self) -> Result<Self, E> {
        if self.left == 0 {
            return Err(too_deep());
        }
        self.left -= 1;
        self.in_option = false;
        Ok(self)
    }

    #[inline]
    fn inside<'a, T: ?Sized>(&self, value: &'a T) -> Inside<'a, T, FINITE> {
        Inside {
            value,
            left: self.left,
            in_option: self.in_option,
        }
    }
}

#[cold]
fn too_deep<E: Error>() -> E {
    E::custom(TOO_DEEP)
}

#[cold]
fn infinite<E: Error>(number: f64) -> E {
    E::custom(format_args!("JSON has no way to write {number}"))
}

/// Writes what has no parts as the codec does.
macro_rules! passed {
    ($($method:ident($($name:ident: $ty:ty),*);)*) => {
        $(#[inline]
        fn $method(self, $($name: $ty),*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($name),*)
        })*
    };
}

/// Begins what has parts, so many levels further in.
macro_rules! parts {
    ($($method:ident($($name:ident: $ty:ty),*) -> $kind:ident $(.$more:ident)?;)*) => {
        $(
            type $kind = Levels<S::$kind, FINITE>;
            #[inline]
            fn $method(self, $($name: $ty),*) -> Result<Self::$kind, S::Error> {
                let Self { inner, left, in_option } = self.enter()?$(.$more()?)?;
                let inner = inner.$method($($name),*)?;
                Ok(Levels { inner, left, in_option })
            }
        )*
    };
}

impl<S: Serializer, const FINITE: bool> Serializer for Levels<S, FINITE> {
    type Ok = S::Ok;
    type Error = S::Error;

    passed! {
        serialize_bool(v: bool);
        serialize_i8(v: i8);
        serialize_i16(v: i16);
        serialize_i32(v: i32);
        serialize_i64(v: i64);
        serialize_i128(v: i128);
        serialize_u8(v: u8);
        serialize_u16(v: u16);
        serialize_u32(v: u32);
        serialize_u64(v: u64);
        serialize_u128(v: u128);
        serialize_char(v: char);
        serialize_str(v: &str);
        serialize_bytes(v: &[u8]);
        serialize_none();
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    parts! {
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeTupleVariant.enter;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeStructVariant.enter;
    }

    #[inline]
    fn serialize_f32(self, number: f32) -> Result<S::Ok, S::Error> {
        if FINITE && !number.is_finite() {
            return Err(infinite(number.into()));
        }
        self.inner.serialize_f32(number)
    }

    #[inline]
    fn serialize_f64(self, number: f64) -> Result<S::Ok, S::Error> {
        if FINITE && !number.is_finite() {
            return Err(infinite(number));
        }
        self.inner.serialize_f64(number)
    }

    // Null, as in JSON. CBOR and `MessagePack` would write empty lists, which nobody knows from others without the type.
    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let mut level = if self.in_option { self.enter()? } else { self };
        level.in_option = true;
        let inside = level.inside(value);
        level.inner.serialize_some(&inside)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let inside = self.inside(value);
        self.inner.serialize_newtype_struct(name, &inside)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let level = self.enter()?;
        let inside = level.inside(value);
        level
            .inner
            .serialize_newtype_variant(name, index, variant, &inside)
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// What has parts: each is inside.
macro_rules! inside {
    ($($part:ident: $($method:ident($($name:ident: $key:ty)?))* $([$skip:ident])?;)*) => {
        $(impl<S: $part, const FINITE: bool> $part for Levels<S, FINITE> {
            type Ok = S::Ok;
            type Error = S::Error;
            $(#[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, $($name: $key,)? value: &T) -> Result<(), S::Error> {
                let inside = self.inside(value);
                self.inner.$method($($name,)? &inside)
            })*
            $(#[inline]
            fn $skip(&mut self, field: &'static str) -> Result<(), S::Error> { self.inner.$skip(field) })?
            #[inline]
            fn end(self) -> Result<S::Ok, S::Error> { self.inner.end() }
        })*
    };
}

inside! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key() serialize_value();
    SerializeStruct: serialize_field(name: &'static str) [skip_field];
    SerializeStructVariant: serialize_field(name: &'static str) [skip_field];
}
