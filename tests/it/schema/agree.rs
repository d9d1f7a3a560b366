//! Shapes and serde agree: what fits a type's shape is read by the type, and what the type writes fits its shape, in
//! each format with field names. Values are made from shapes at random; the seed stands in the message.
// Most fields are only written and read.
#![allow(dead_code)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::marker::PhantomData;
use std::num::{NonZeroI8, NonZeroU64};
use std::ops::{Range, RangeInclusive};
use std::time::{Duration, SystemTime};

use eventsourcing::schema::{Constraint, Enum, Repr, Scalar, Shape, Struct, Variant, shape_of};
use eventsourcing::{Cbor, Format, Json, MsgPack, Schema, StreamId, Tag, Timestamp};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::edit::{Payload, golden};

const VALUES: u64 = 100;

/// Values inside each other, before everything is kept short.
const DEPTH: usize = 6;

/// A value at random that fits a shape.
struct Maker<'a> {
    random: Rng,
    open: Vec<&'a Shape>,
    depth: usize,
}

impl<'a> Maker<'a> {
    fn new(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            open: Vec::new(),
            depth: 0,
        }
    }

    /// Whether to make what need not be made.
    fn more(&mut self) -> bool {
        self.depth < DEPTH && self.random.bool()
    }

    fn value(&mut self, shape: &'a Shape) -> Value {
        self.depth += 1;
        let value = match shape {
            Shape::Scalar(scalar) => self.scalar(*scalar),
            Shape::Constrained(constraint, inner) => self.constrained(*constraint, inner),
            Shape::Option(inner) if self.more() => self.value(inner),
            Shape::Option(_) => Value::Null,
            Shape::Seq(inner) => self.list(inner, 3),
            Shape::Array(inner, len) => (0..*len).map(|_| self.value(inner)).collect(),
            Shape::Tuple(parts) => parts.iter().map(|part| self.value(part)).collect(),
            Shape::Map(key, value) => Value::Object(self.map(key, value)),
            Shape::Struct(fields) => Value::Object(self.fields(fields)),
            Shape::Enum(choices) => self.choice(choices),
            Shape::Recursive(_, inner) => {
                self.open.push(shape);
                let value = self.value(inner);
                self.open.pop();
                value
            }
            Shape::Again(label) => {
                let outer = self
                    .open
                    .split_off(usize::try_from(*label).expect("small") - 1);
                let value = self.value(outer[0]);
                self.open.extend(outer);
                value
            }
            other => panic!("no value of {other}"),
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self, inner: &'a Shape, most: usize) -> Value {
        let mut list = Vec::new();
        while list.len() < most && self.more() {
            list.push(self.value(inner));
        }
        Value::Array(list)
    }

    fn scalar(&mut self, scalar: Scalar) -> Value {
        let random = &mut self.random;
        match scalar {
            Scalar::Bool => random.bool().into(),
            Scalar::I8 => random.i8(..).into(),
            Scalar::I16 => random.i16(..).into(),
            Scalar::I32 => random.i32(..).into(),
            Scalar::I64 | Scalar::I128 => random.i64(..).into(),
            Scalar::U8 => random.u8(..).into(),
            Scalar::U16 => random.u16(..).into(),
            Scalar::U32 => random.u32(..).into(),
            Scalar::U64 | Scalar::U128 => random.u64(..).into(),
            Scalar::F32 | Scalar::F64 => (f64::from(random.i16(..)) + 0.5).into(),
            Scalar::Char => random.alphabetic().to_string().into(),
            Scalar::Str => (0..random.usize(..4))
                .map(|_| random.alphabetic())
                .collect::<String>()
                .into(),
            Scalar::Any => json!({ "any": [random.u8(..), null] }),
            Scalar::Unit | Scalar::UnitStruct => Value::Null,
            other => panic!("no value of {}", other.name()),
        }
    }

    fn constrained(&mut self, constraint: Constraint, inner: &'a Shape) -> Value {
        match (constraint, self.value(inner)) {
            (Constraint::NonZero, value) if value == json!(0) => json!(1),
            (Constraint::Set, Value::Array(values)) => {
                let values: BTreeMap<String, Value> = values
                    .into_iter()
                    .map(|value| (value.to_string(), value))
                    .collect();
                values.into_values().collect()
            }
            (Constraint::Duration, _) => {
                json!({ "secs": self.random.u32(..), "nanos": self.random.u32(..1_000_000_000) })
            }
            (Constraint::SystemTime, _) => {
                json!({ "secs_since_epoch": self.random.u32(..), "nanos_since_epoch": self.random.u32(..1_000_000_000) })
            }
            (Constraint::StreamId, _) => json!("account-1"),
            (Constraint::Tag, _) => json!("blue"),
            (_, value) => value,
        }
    }

    fn map(&mut self, key: &'a Shape, value: &'a Shape) -> Map<String, Value> {
        let mut map = Map::new();
        while self.more() {
            let key = match self.value(key) {
                // No field is called so.
                Value::String(text) => format!("{text}0"),
                other => other.to_string(),
            };
            map.insert(key, self.value(value));
        }
        map
    }

    fn fields(&mut self, fields: &'a Struct) -> Map<String, Value> {
        let mut map = Map::new();
        for field in &fields.fields {
            if field.optional && !self.more() {
                continue;
            }
            let names: Vec<&String> = std::iter::once(&field.name).chain(&field.aliases).collect();
            let name = names[self.random.usize(..names.len())].clone();
            map.insert(name, self.value(&field.shape));
        }
        for rest in &fields.rest {
            if let Value::Object(rest) = self.value(rest) {
                map.extend(rest);
            }
        }
        map
    }

    fn choice(&mut self, choices: &'a Enum) -> Value {
        let plain: Vec<&Variant> = choices
            .variants
            .iter()
            .filter(|variant| variant.content.is_none())
            .collect();
        let all: Vec<&Variant> = choices.variants.iter().collect();
        let some = if self.depth < DEPTH || plain.is_empty() {
            all
        } else {
            plain
        };
        let variant = some[self.random.usize(..some.len())];
        let content = variant.content.as_ref().map(|content| self.value(content));
        let names: Vec<&String> = std::iter::once(&variant.name)
            .chain(&variant.aliases)
            .collect();
        let name = if variant.other {
            "nobody knows"
        } else {
            names[self.random.usize(..names.len())]
        };
        let repr = if variant.untagged {
            &Repr::Untagged
        } else {
            &choices.repr
        };
        match (repr, content) {
            (Repr::Untagged, content) => content.unwrap_or_default(),
            (Repr::External, None) => json!(name),
            (Repr::External, Some(content)) => json!({ name: content }),
            (Repr::Internal(tag), Some(Value::Object(mut content))) => {
                content.insert(tag.clone(), json!(name));
                Value::Object(content)
            }
            (Repr::Internal(tag), _) | (Repr::Adjacent(tag, _), None) => json!({ tag: name }),
            (Repr::Adjacent(tag, key), Some(content)) => json!({ tag: name, key: content }),
            (other, _) => panic!("no value of {other:?}"),
        }
    }
}

/// Whether a written value has the keys, the kinds of values and the lengths that the shape tells.
fn fits(value: &Value, shape: &Shape, open: &mut Vec<Shape>) -> bool {
    match (shape, value) {
        (Shape::Constrained(_, inner), value) => fits(value, inner, open),
        (Shape::Option(inner), value) => value.is_null() || fits(value, inner, open),
        (Shape::Recursive(_, inner), value) => {
            open.push(shape.clone());
            let fits = fits(value, inner, open);
            open.pop();
            fits
        }
        (Shape::Again(label), value) => {
            let outer = open.split_off(usize::try_from(*label).expect("small") - 1);
            let fits = fits(value, &outer[0], open);
            open.extend(outer);
            fits
        }
        (Shape::Scalar(scalar), value) => is_scalar(value, *scalar),
        (Shape::Seq(inner), Value::Array(values)) => {
            values.iter().all(|value| fits(value, inner, open))
        }
        (Shape::Array(inner, len), Value::Array(values)) => {
            values.len() == *len && values.iter().all(|value| fits(value, inner, open))
        }
        (Shape::Tuple(parts), Value::Array(values)) => {
            values.len() == parts.len()
                && values
                    .iter()
                    .zip(parts)
                    .all(|(value, part)| fits(value, part, open))
        }
        (Shape::Map(_, inner), Value::Object(map)) => {
            map.values().all(|value| fits(value, inner, open))
        }
        (Shape::Struct(of), Value::Object(map)) => has_fields(map, of, open),
        (Shape::Enum(of), value) => of
            .variants
            .iter()
            .any(|variant| is_variant(value, of, variant, open)),
        _ => false,
    }
}

fn is_scalar(value: &Value, scalar: Scalar) -> bool {
    match scalar {
        Scalar::Any => true,
        Scalar::Bool => value.is_boolean(),
        Scalar::Str | Scalar::Char => value.is_string(),
        Scalar::Unit | Scalar::UnitStruct => value.is_null(),
        _ => value.is_number(),
    }
}

fn has_fields(map: &Map<String, Value>, of: &Struct, open: &mut Vec<Shape>) -> bool {
    let mut left = map.clone();
    for field in &of.fields {
        match left.remove(&field.name) {
            Some(value) if fits(&value, &field.shape, open) => {}
            None if field.left_out => {}
            _ => return false,
        }
    }
    match of.rest.as_slice() {
        [] => left.is_empty(),
        [rest] => {
            let none = left.is_empty() && matches!(rest, Shape::Option(_));
            none || fits(&Value::Object(left), rest, open)
        }
        _ => true,
    }
}

fn is_variant(value: &Value, of: &Enum, variant: &Variant, open: &mut Vec<Shape>) -> bool {
    let content = variant.content.as_ref();
    let mut content_is = |value: Option<&Value>| match (content, value) {
        (Some(shape), Some(value)) => fits(value, shape, open),
        (None, None | Some(Value::Null)) => true,
        _ => false,
    };
    match (&of.repr, value) {
        (_, value) if variant.untagged => content_is(Some(value)),
        (Repr::Untagged, value) => content_is(Some(value)),
        (Repr::External, Value::String(name)) => *name == variant.name && content_is(None),
        (Repr::External, Value::Object(map)) => {
            map.len() == 1 && content_is(map.get(&variant.name))
        }
        (Repr::Internal(tag), Value::Object(map)) => {
            let mut left = map.clone();
            let named = left.remove(tag) == Some(json!(variant.name));
            let rest = content.map(|_| Value::Object(left.clone()));
            named
                && if content.is_some() {
                    content_is(rest.as_ref())
                } else {
                    left.is_empty()
                }
        }
        (Repr::Adjacent(tag, key), Value::Object(map)) => {
            map.get(tag) == Some(&json!(variant.name)) && content_is(map.get(key))
        }
        _ => false,
    }
}

/// The value as a format keeps it.
fn stored<T: Serialize, F: Format>(format: &F, value: &T) -> Value {
    let mut bytes = Vec::new();
    format.encode(value, &mut bytes).expect("it is written");
    format.decode(F::ID, &bytes).expect("it says what it is")
}

#[track_caller]
fn agrees<T: Payload>() {
    let shape = shape_of::<T>();
    for seed in 0..VALUES {
        let value = Maker::new(seed).value(&shape);
        let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| {
            panic!("seed {seed}: {value} fits {shape}, and is refused: {error}")
        });
        for written in [
            stored(&Json, &read),
            stored(&Cbor, &read),
            stored(&MsgPack, &read),
        ] {
            assert!(
                fits(&written, &shape, &mut Vec::new()),
                "seed {seed}: {written} is written, and does not fit {shape}"
            );
        }
    }
}

/// The payload that the lock makes of a shape fits it too, and so does what is noted of it.
#[track_caller]
fn golden_agrees<T: Payload>() {
    let shape = shape_of::<T>();
    for payload in golden::<T>() {
        let value = payload.parse().expect("JSON");
        assert!(
            fits(&value, &shape, &mut Vec::new()),
            "{value} is golden, and does not fit {shape}"
        );
    }
}

macro_rules! agree {
    ($($test:ident $name:ident: $(#[$meta:meta])* { $($body:tt)* })*) => {
        $(#[derive(Serialize, Deserialize, Schema)]
        $(#[$meta])*
        $($body)*

        #[test]
        fn $test() {
            agrees::<$name>();
            golden_agrees::<$name>();
        })*
    };
}

#[derive(Serialize, Deserialize, Schema)]
struct Inner {
    x: u8,
    y: Option<i32>,
}

#[derive(Serialize, Deserialize, Schema)]
struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
    children: Vec<Node<T>>,
}

agree! {
    plain_fields Fields: #[serde(rename_all = "camelCase")] {
        struct Fields {
            first_name: String,
            #[serde(rename = "n", alias = "number", alias = "count")]
            many: u32,
            #[serde(default)]
            small: i8,
            none: Option<Box<char>>,
            borrowed: Cow<'static, str>,
            r#type: Box<(bool, f64)>,
        }
    }
    strict_fields StrictFields: #[serde(deny_unknown_fields, default)] {
        #[derive(Default)]
        struct StrictFields {
            a: u64,
            b: Vec<[i16; 2]>,
            c: BTreeMap<String, bool>,
        }
    }
    one_sided_fields OneSided: #[serde(tag = "type", rename = "one-sided")] {
        struct OneSided {
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            list: Vec<u8>,
            #[serde(skip_serializing_if = "Option::is_none")]
            some: Option<u8>,
            #[serde(skip_serializing)]
            old: Option<u8>,
            #[serde(skip_deserializing)]
            computed: u8,
            #[serde(skip)]
            never: u8,
        }
    }
    flattened_struct FlatStruct: { struct FlatStruct { id: u8, #[serde(flatten)] inner: Inner } }
    flattened_option FlatOption: { struct FlatOption { id: u8, #[serde(flatten)] inner: Option<Inner> } }
    flattened_map FlatMap: { struct FlatMap { id: u8, #[serde(flatten)] rest: HashMap<String, i64> } }
    flattened_enum FlatEnum: { struct FlatEnum { id: u8, #[serde(flatten)] kind: Internal } }
    external_enum External: #[serde(rename_all = "snake_case", rename_all_fields = "UPPERCASE", deny_unknown_fields)] {
        enum External {
            UnitOne,
            #[serde(alias = "old-one")]
            Newtype(Inner),
            Two(u8, String),
            WithFields { a_b: u8, #[serde(default)] c: u8 },
            Empty {},
            Unit(()),
        }
    }
    internal_enum Internal: #[serde(tag = "kind")] {
        enum Internal {
            Unit,
            Struct { w: u8 },
            Newtype(Inner),
            #[serde(other)]
            Other,
        }
    }
    adjacent_enum Adjacent: #[serde(tag = "t", content = "c")] {
        enum Adjacent { Unit, Newtype(u8), Tuple(u8, bool), Struct { z: Vec<Inner> } }
    }
    untagged_enum Untagged: #[serde(untagged)] {
        enum Untagged { Number(u64), Text(String), Both { a: u8, b: Option<u8> }, Only { b: bool } }
    }
    untagged_variants Mixed: { enum Mixed { A, B(u8), #[serde(untagged)] Number(i64), #[serde(untagged)] Many(Vec<u8>) } }
    looked_through Through: #[serde(transparent)] { struct Through { inner: Newtype } }
    a_newtype Newtype: { struct Newtype(Vec<Inner>); }
    a_tuple Tuple: { struct Tuple(u8, Option<u8>, (char, char)); }
    a_unit Unit: { struct Unit; }
    units Units: { struct Units { one: (), other: Unit, none: PhantomData<u8> } }
    recursive Nodes: { struct Nodes { root: Node<Inner>, other: Node<u8> } }
    constrained Constrained: {
        struct Constrained {
            set: BTreeSet<String>,
            numbers: (NonZeroI8, NonZeroU64),
            range: Range<u8>,
            inclusive: RangeInclusive<u8>,
            duration: Duration,
            time: SystemTime,
            at: Timestamp,
            stream: StreamId,
            tag: Tag,
        }
    }
    of_the_library Library: {
        struct Library { result: Result<u8, String>, any: Value, at: std::path::PathBuf }
    }
}

#[test]
fn what_does_not_fit_is_noticed() {
    let shape = |text: &str| text.parse::<Shape>().expect("a shape");
    for (value, of) in [
        (json!({ "a": 1 }), "{ a: u8, b?: u8 }"),
        (json!({ "a": 1, "b": 2 }), "{ a: u8 }"),
        (json!({ "a": "1" }), "{ a: u8 }"),
        (json!([1, 2]), "[u8; 3]"),
        (json!("C"), "enum { A, B }"),
        (json!({ "A": 1 }), "enum { A }"),
        (json!({ "t": "A", "x": 1 }), "enum tag \"t\" { A }"),
        (json!({ "x": "1" }), "named-only { ..: map<str, u8> }"),
    ] {
        assert!(!fits(&value, &shape(of), &mut Vec::new()), "{value} {of}");
    }
}
