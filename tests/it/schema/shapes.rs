//! The shape that `derive(Schema)` tells is what serde stores: checked against serde itself where that is possible.
#![allow(dead_code)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;

use eventsourcing::Schema;
use eventsourcing::schema::{WireClass, shape_of};
use serde::{Deserialize, Serialize};

/// Asserts a type's shape, as text.
#[track_caller]
fn stored<T: Schema + ?Sized>(shape: &str) {
    assert_eq!(shape_of::<T>().to_string(), shape);
    // What is written can be read.
    assert_eq!(shape_of::<T>(), shape.parse().expect("a shape"));
}

#[test]
fn scalars_and_wrappers() {
    stored::<usize>("u64");
    stored::<Box<Option<Cow<'static, str>>>>("str?");
    stored::<Vec<[u8; 4]>>("[[u8; 4]]");
    stored::<HashMap<String, (bool, char)>>("map<str, (bool, char)>");
    stored::<(i64, i64)>("[i64; 2]");
    stored::<()>("unit");
    stored::<serde_json::Value>("any");
    stored::<Result<u8, String>>("enum { Ok: u8, Err: str }");
    stored::<std::time::Duration>("duration<strict { secs: u64, nanos: u32 }>");
    stored::<std::ops::RangeInclusive<u8>>("range-inclusive<strict { start: u8, end: u8 }>");
    stored::<Option<std::num::NonZeroU32>>("nonzero<u32>?");
    stored::<std::collections::BTreeSet<String>>("set<[str]>");
    stored::<eventsourcing::Tag>("tag<str>");
}

#[derive(Default, Serialize, Deserialize, Schema)]
struct Minor(i64);

#[derive(Serialize, Deserialize, Schema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    first_name: String,
    #[serde(rename = "n", alias = "number")]
    count: u32,
    nick: Option<String>,
    #[serde(default)]
    amount: Minor,
    #[serde(skip)]
    cached: u8,
    r#type: Box<str>,
}

#[test]
fn fields() {
    stored::<Fields>(
        "strict { firstName: str, n: u32 (alias number), nick?: str?, amount?: i64, type: str }",
    );
}

#[derive(Serialize, Deserialize, Schema)]
#[serde(rename_all = "snake_case", rename_all_fields = "UPPERCASE")]
enum External {
    UnitOne,
    NewType(Minor),
    TwoParts(u8, String),
    WithFields {
        a_b: u8,
    },
    #[serde(rename_all = "camelCase")]
    Own {
        a_b: u8,
    },
    #[serde(skip)]
    Gone,
    #[serde(other)]
    Else,
}

#[derive(Serialize, Deserialize, Schema)]
#[serde(tag = "kind")]
enum Internal {
    A { x: u8 },
    B,
}

#[derive(Serialize, Deserialize, Schema)]
#[serde(tag = "t", content = "c", rename_all = "SCREAMING-KEBAB-CASE")]
enum Adjacent {
    FirstOne(u8),
    Second,
}

#[derive(Serialize, Deserialize, Schema)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
}

#[test]
fn enums() {
    stored::<External>(
        "enum { unit_one, new_type: i64, two_parts: (u8, str), with_fields: { A_B: u8 }, own: { aB: u8 }, else (other) }",
    );
    stored::<Internal>("enum tag \"kind\" { A: { x: u8 }, B }");
    stored::<Adjacent>("enum tag \"t\" content \"c\" { FIRST-ONE: u8, SECOND }");
    stored::<Untagged>("enum untagged { Number: i64, Text: str }");
}

#[derive(Serialize, Deserialize, Schema)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    minor: Pair,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize, Schema)]
struct Pair {
    a: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<u8>,
}

#[derive(Serialize, Deserialize, Schema)]
#[serde(transparent)]
struct Maybe(Option<u8>);

#[derive(Serialize, Deserialize, Schema)]
struct NewMaybe(Option<u8>);

#[derive(Serialize, Deserialize, Schema)]
struct Optional {
    transparent: Maybe,
    newtype: NewMaybe,
}

#[derive(Clone, Serialize, Deserialize, Schema)]
#[serde(try_from = "String", into = "String")]
struct Day(u32);

impl TryFrom<String> for Day {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}
impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0.to_string()
    }
}

#[test]
fn what_serde_looks_through() {
    stored::<Flat>("named-only { id: u8, a: u8, b?: u8? (left-out), ..: map<str, str> }");
    // serde finds the absent option behind `transparent` only.
    stored::<Optional>("{ transparent?: u8?, newtype: u8? }");
    assert!(serde_json::from_str::<Optional>(r#"{"newtype":null}"#).is_ok());
    assert!(serde_json::from_str::<Optional>(r#"{"transparent":null}"#).is_err());
    stored::<Day>("checked<str>");
}

#[derive(Serialize, Deserialize, Schema)]
#[serde(tag = "type", rename = "opened")]
struct OneSided {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    list: Vec<u8>,
    #[serde(skip_serializing)]
    old: Option<u8>,
    #[serde(skip_deserializing)]
    computed: u8,
    #[serde(flatten)]
    pair: Option<Pair>,
}

#[derive(Serialize, Deserialize, Schema)]
#[serde(deny_unknown_fields)]
enum Strict {
    A {
        x: u8,
    },
    #[serde(alias = "b", alias = "two words")]
    B,
}

#[test]
fn what_differs_between_writing_and_reading() {
    stored::<OneSided>(
        "named-only { type?: enum { opened }, list?: [u8] (left-out), old?: u8? (left-out), computed?: u8, ..: named-only { a: u8, b?: u8? (left-out) }? }",
    );
    stored::<Strict>("enum { A: strict { x: u8 }, B (alias b) (alias \"two words\") }");
}

#[derive(Schema)]
struct Foreign {
    #[es(schema = str)]
    iban: std::ffi::OsString,
    #[es(opaque = "pem/1")]
    key: *const u8,
}

#[derive(Schema)]
#[es(opaque = "geometry/2")]
struct Blob;

#[derive(Schema)]
#[es(schema = [f64; 2])]
struct Point {
    x: f64,
    y: f64,
}

#[test]
fn foreign_types() {
    stored::<Foreign>("{ iban: str, key: opaque \"pem/1\" }");
    stored::<Blob>("opaque \"geometry/2\"");
    stored::<Point>("[f64; 2]");
}

#[derive(Serialize, Deserialize, Schema)]
struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
    none: PhantomData<fn(T)>,
}

#[derive(Schema)]
struct Even {
    odd: Option<Box<Odd>>,
}

#[derive(Schema)]
struct Odd(Vec<Even>);

trait Kind {
    type Row;
}
impl Kind for u8 {
    type Row = String;
}
#[derive(Schema)]
#[es(bound = "K::Row: Schema")]
struct Table<K: Kind> {
    rows: Vec<K::Row>,
}
#[derive(Schema)]
struct Cell<K: Kind>
where
    K: Schema,
{
    row: K::Row,
}

#[derive(Schema)]
struct Batch<'a, T: Clone, const N: usize> {
    all: &'a [T; N],
}

#[test]
fn generics_and_recursion() {
    stored::<Node<u8>>("#1 = { value: u8, next?: #1?, none: unit-struct }");
    stored::<Even>("#1 = { odd?: [#1]? }");
    stored::<Odd>("#1 = [{ odd?: #1? }]");
    stored::<(u8, Node<Node<u8>>)>(
        "(u8, #1 = { value: #2 = { value: u8, next?: #2?, none: unit-struct }, next?: #1?, none: unit-struct })",
    );
    stored::<Table<u8>>("{ rows: [str] }");
    stored::<Cell<u8>>("{ row: str }");
    stored::<Batch<'_, u8, 3>>("{ all: [u8; 3] }");
}

#[test]
fn fingerprints_depend_on_what_is_stored_and_on_nothing_else() {
    #[derive(Schema)]
    struct A {
        x: u8,
        y: Minor,
    }
    #[derive(Schema)]
    struct Renamed {
        #[serde(rename = "y")]
        second: Box<i64>,
        /// The first.
        x: u8,
    }
    #[derive(Schema)]
    struct OtherNames {
        a: u8,
        b: i64,
    }
    let of = |shape: eventsourcing::schema::Shape| {
        (
            shape.fingerprint(WireClass::Named),
            shape.fingerprint(WireClass::Positional),
        )
    };
    let (a, reordered, other) = (
        of(shape_of::<A>()),
        of(shape_of::<Renamed>()),
        of(shape_of::<OtherNames>()),
    );
    assert_eq!(a.0, reordered.0, "order does not count by name");
    assert_ne!(a.1, reordered.1, "order counts by place");
    assert_ne!(a.0, other.0, "names count by name");
    assert_eq!(a.1, other.1, "names do not count by place");
    // Fixed for good: fingerprints are written to files.
    assert_eq!(a.0.to_string(), "56c491f272b5cfae");
    assert_eq!(a.1.to_string(), "00068057c1793cb3");
}
