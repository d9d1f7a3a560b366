//! Shapes of the standard library's types, and of those that payloads often hold.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use super::Schema;
use super::describe::{Choices, Describe, Fields};
use super::shape::{Constraint, Scalar, Shape};

macro_rules! scalar {
    ($($ty:ty => $scalar:ident,)*) => {
        $(impl Schema for $ty {
            fn describe(_: &mut Describe) -> Shape {
                Shape::Scalar(Scalar::$scalar)
            }
        })*
    };
}

// serde stores `usize` as 64 bits.
scalar! {
    bool => Bool, char => Char, str => Str, String => Str, () => Unit,
    i8 => I8, i16 => I16, i32 => I32, i64 => I64, i128 => I128, isize => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64, u128 => U128, usize => U64,
    f32 => F32, f64 => F64,
    std::path::Path => Str, std::path::PathBuf => Str,
    serde_json::Value => Any,
    bytes::Bytes => Bytes,
    crate::time::Timestamp => I64,
    crate::version::Version => U64, crate::version::Position => U64,
}

macro_rules! constrained {
    ($($constraint:ident: $([$($generics:tt)*] $ty:ty => $inner:ty),*;)*) => {
        $($(impl<$($generics)*> Schema for $ty {
            fn describe(cx: &mut Describe) -> Shape {
                Shape::Constrained(Constraint::$constraint, Box::new(cx.of::<$inner>()))
            }
        })*)*
    };
}

constrained! {
    NonZero:
        [] std::num::NonZeroI8 => i8, [] std::num::NonZeroI16 => i16, [] std::num::NonZeroI32 => i32,
        [] std::num::NonZeroI64 => i64, [] std::num::NonZeroI128 => i128, [] std::num::NonZeroIsize => isize,
        [] std::num::NonZeroU8 => u8, [] std::num::NonZeroU16 => u16, [] std::num::NonZeroU32 => u32,
        [] std::num::NonZeroU64 => u64, [] std::num::NonZeroU128 => u128, [] std::num::NonZeroUsize => usize;
    Set: [T: Schema] BTreeSet<T> => [T], [T: Schema, S] HashSet<T, S> => [T];
    Heap: [T: Schema] BinaryHeap<T> => [T];
    StreamId: [] crate::stream_id::StreamId => str;
    Tag: [] crate::tag::Tag => str;
}

macro_rules! opaque {
    ($($ty:ty => $name:literal,)*) => {
        $(impl Schema for $ty {
            fn describe(_: &mut Describe) -> Shape {
                Shape::opaque($name)
            }
        })*
    };
}

// A text in readable formats, bytes in the others.
opaque! {
    uuid::Uuid => "uuid",
    crate::ids::CommitId => "uuid",
    crate::ids::EventId => "uuid",
    crate::ids::CorrelationId => "uuid",
    crate::ids::CausationId => "uuid",
    std::net::IpAddr => "ip",
    std::net::Ipv4Addr => "ipv4",
    std::net::Ipv6Addr => "ipv6",
    std::net::SocketAddr => "socket-address",
    jiff::Timestamp => "rfc3339",
    jiff::civil::Date => "iso-date",
    jiff::civil::Time => "iso-time",
    jiff::civil::DateTime => "iso-datetime",
}

/// What serde looks through.
macro_rules! same {
    ($([$($generics:tt)*] $ty:ty => $inner:ty,)*) => {
        $(impl<$($generics)*> Schema for $ty {
            const OPTIONAL: bool = <$inner as Schema>::OPTIONAL;

            fn describe(cx: &mut Describe) -> Shape {
                cx.of::<$inner>()
            }
        })*
    };
}

same! {
    [T: Schema + ?Sized] &T => T,
    [T: Schema + ?Sized] Box<T> => T,
    [T: Schema + ?Sized] Rc<T> => T,
    [T: Schema + ?Sized] Arc<T> => T,
    [T: Schema + ToOwned + ?Sized] Cow<'_, T> => T,
    [T: Schema] std::cell::Cell<T> => T,
    [T: Schema + ?Sized] std::cell::RefCell<T> => T,
    [T: Schema + ?Sized] std::sync::Mutex<T> => T,
    [T: Schema + ?Sized] std::sync::RwLock<T> => T,
    [T: Schema] std::num::Wrapping<T> => T,
    [T: Schema] std::cmp::Reverse<T> => T,
}

macro_rules! sequence {
    ($($ty:ty,)*) => {
        $(impl<T: Schema> Schema for $ty {
            fn describe(cx: &mut Describe) -> Shape {
                Shape::Seq(Box::new(cx.of::<T>()))
            }
        })*
    };
}

sequence! { Vec<T>, [T], VecDeque<T>, LinkedList<T>, }

macro_rules! map {
    ($([$($generics:tt)*] $ty:ty,)*) => {
        $(impl<K: Schema, V: Schema, $($generics)*> Schema for $ty {
            fn describe(cx: &mut Describe) -> Shape {
                Shape::Map(Box::new(cx.of::<K>()), Box::new(cx.of::<V>()))
            }
        })*
    };
}

map! { [] BTreeMap<K, V>, [S] HashMap<K, V, S>, }

impl<T: Schema> Schema for Option<T> {
    const OPTIONAL: bool = true;

    fn describe(cx: &mut Describe) -> Shape {
        Shape::Option(Box::new(cx.of::<T>()))
    }
}

impl<T: Schema, const N: usize> Schema for [T; N] {
    fn describe(cx: &mut Describe) -> Shape {
        match N {
            0 => Shape::tuple([]),
            _ => Shape::Array(Box::new(cx.of::<T>()), N),
        }
    }
}

impl<T: ?Sized> Schema for PhantomData<T> {
    fn describe(_: &mut Describe) -> Shape {
        Shape::unit_struct()
    }
}

impl<T: Schema, E: Schema> Schema for Result<T, E> {
    fn describe(cx: &mut Describe) -> Shape {
        let (ok, err) = (cx.of::<T>(), cx.of::<E>());
        let choices = Choices::external().variant("Ok", &[], Some(ok));
        choices.variant("Err", &[], Some(err)).finish()
    }
}

// These refuse fields they do not know.
impl Schema for std::time::Duration {
    fn describe(cx: &mut Describe) -> Shape {
        let fields = Fields::new(true, false).field::<u64>(cx, "secs", &[], false);
        let shape = fields.field::<u32>(cx, "nanos", &[], false).finish();
        Shape::Constrained(Constraint::Duration, Box::new(shape))
    }
}

impl Schema for std::time::SystemTime {
    fn describe(cx: &mut Describe) -> Shape {
        let fields = Fields::new(true, false).field::<u64>(cx, "secs_since_epoch", &[], false);
        let fields = fields.field::<u32>(cx, "nanos_since_epoch", &[], false);
        Shape::Constrained(Constraint::SystemTime, Box::new(fields.finish()))
    }
}

macro_rules! range {
    ($($ty:ident),*) => {
        $(impl<T: Schema> Schema for std::ops::$ty<T> {
            fn describe(cx: &mut Describe) -> Shape {
                let fields = Fields::new(true, false).field::<T>(cx, "start", &[], false);
                let shape = fields.field::<T>(cx, "end", &[], false).finish();
                Shape::Constrained(Constraint::$ty, Box::new(shape))
            }
        })*
    };
}

range!(Range, RangeInclusive);

macro_rules! tuple {
    ($(($($part:ident)*))*) => {
        $(impl<$($part: Schema),*> Schema for ($($part,)*) {
            fn describe(cx: &mut Describe) -> Shape {
                Shape::tuple([$(cx.of::<$part>()),*])
            }
        })*
    };
}

tuple! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
    (A B C D E F G H I) (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
