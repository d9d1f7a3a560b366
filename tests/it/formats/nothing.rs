//! Nothing: `()`, structs without fields and the null of a `Value` are null in all formats that name fields, and come back
//! wherever they stand.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use eventsourcing::{Cbor, Format, FormatError, Json, MsgPack};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::encoded;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Empty;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum External {
    Unit(()),
    Empty(Empty),
    Value(Value),
    Fields { unit: (), empty: Empty },
    Places((), Empty),
    Bare,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Unit(()),
    Fields { unit: (), empty: Empty },
    External(External),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum UntaggedEmpty {
    Empty(Empty),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum UntaggedBare {
    Number(u8),
    Bare,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Internal {
    Empty(Empty),
    Fields {
        unit: (),
        empty: Empty,
        value: Value,
    },
    Bare,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "content")]
enum Adjacent {
    Unit(()),
    Empty(Empty),
    Value(Value),
    Bare,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat<T> {
    id: u8,
    #[serde(flatten)]
    rest: T,
}

/// Two variants that are both written as null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Unit(()),
    Optional(Option<u8>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct One<T> {
    value: T,
}

trait Payload: Debug + PartialEq + Serialize + for<'de> Deserialize<'de> {}

impl<T: Debug + PartialEq + Serialize + for<'de> Deserialize<'de>> Payload for T {}

fn read<F: Format, T: Payload>(format: &F, value: &T) -> T {
    let bytes = encoded(format, value);
    let read = format.decode(F::ID, &bytes);
    read.unwrap_or_else(|error| panic!("{} {value:?}: {error}", F::ID))
}

/// What every format reads of `value`: the same.
#[track_caller]
fn reads<T: Payload>(value: &T) -> T {
    let [json, cbor, msgpack] = [
        read(&Json, value),
        read(&Cbor, value),
        read(&MsgPack, value),
    ];
    assert_eq!(cbor, json, "CBOR and JSON");
    assert_eq!(msgpack, json, "MessagePack and JSON");
    json
}

/// By itself, in a field, in lists and tuples, in a map and flattened.
#[track_caller]
fn comes_back<T: Payload + Clone>(value: T) {
    fn same<T: Payload>(value: &T) {
        assert_eq!(&reads(value), value);
    }
    same(&value);
    same(&One {
        value: value.clone(),
    });
    same(&vec![value.clone(), value.clone()]);
    same(&(value.clone(), 1, value.clone()));
    same(&BTreeMap::from([("key".to_owned(), value.clone())]));
    same(&Flat {
        id: 1,
        rest: One {
            value: value.clone(),
        },
    });
    same(&Flat {
        id: 1,
        rest: BTreeMap::from([("key".to_owned(), value)]),
    });
}

#[test]
fn nothing_comes_back_wherever_it_stands() {
    let (unit, empty) = ((), Empty);
    comes_back(unit);
    comes_back(empty);
    comes_back(PhantomData::<u8>);
    comes_back(None::<()>);
    comes_back(None::<Empty>);
    comes_back(((), Empty, None::<Value>));
    let nulls =
        json!({ "null": null, "list": [null, [], {}, [null]], "map": { "a": { "b": null } } });
    for value in [Value::Null, json!([null]), nulls.clone()] {
        comes_back(value.clone());
        comes_back(External::Value(value.clone()));
        comes_back(Adjacent::Value(value.clone()));
        comes_back(Internal::Fields { unit, empty, value });
    }
    comes_back(Some(nulls));
    for external in [
        External::Unit(unit),
        External::Empty(empty),
        External::Fields { unit, empty },
        External::Places(unit, empty),
        External::Bare,
    ] {
        comes_back(external.clone());
        comes_back(Some(external.clone()));
        comes_back(Untagged::External(external));
    }
    comes_back(Untagged::Unit(unit));
    comes_back(Untagged::Fields { unit, empty });
    comes_back(UntaggedEmpty::Empty(empty));
    comes_back(UntaggedBare::Bare);
    comes_back(Internal::Empty(empty));
    comes_back(Internal::Bare);
    comes_back(Flat {
        id: 1,
        rest: Internal::Empty(empty),
    });
    comes_back(Flat {
        id: 1,
        rest: External::Unit(unit),
    });
    for adjacent in [Adjacent::Unit(unit), Adjacent::Empty(empty), Adjacent::Bare] {
        comes_back(adjacent);
    }
}

#[test]
fn nothing_is_null() {
    assert_eq!(
        encoded(&Json, &((), Empty, Value::Null)),
        b"[null,null,null]"
    );
    assert_eq!(
        encoded(&Cbor, &((), Empty, Value::Null)),
        b"\x83\xf6\xf6\xf6"
    );
    assert_eq!(
        encoded(&MsgPack, &((), Empty, Value::Null)),
        b"\x93\xc0\xc0\xc0"
    );
}

/// An option's null is read as the outermost `None`, and of several types the first that takes null is taken: in JSON, and
/// so in the others.
#[test]
fn what_the_pages_say_of_nothing() {
    assert_eq!(reads(&Some(())), None);
    assert_eq!(reads(&Some(Empty)), None);
    assert_eq!(reads(&Some(Value::Null)), None);
    assert_eq!(reads(&Some(Untagged::Unit(()))), None);
    assert_eq!(reads(&Some(None::<u8>)), None);
    assert_eq!(reads(&Some(Some(1))), Some(Some(1)));
    let either: One<Option<Option<Either>>> = One {
        value: Some(Some(Either::Optional(None))),
    };
    assert_eq!(reads(&either), One { value: None });
    assert_eq!(reads(&Either::Optional(None)), Either::Unit(()));
    assert_eq!(reads(&Either::Unit(())), Either::Unit(()));
    assert_eq!(reads(&Either::Optional(Some(1))), Either::Optional(Some(1)));
}

#[test]
fn empty_lists_of_before_are_nothing() {
    fn is<F: Format, T: Payload>(format: &F, bytes: &[u8], expected: &T) {
        let read: T = format.decode(F::ID, bytes).expect("an old payload");
        assert_eq!(&read, expected);
    }
    is(&Cbor, b"\x80", &());
    is(&Cbor, b"\x80", &Empty);
    is(&Cbor, b"\x80", &Some(()));
    is(&Cbor, b"\x80", &Some(Empty));
    is(&Cbor, b"\xf6", &None::<()>);
    is(&Cbor, b"\x82\x80\x80", &((), Empty));
    is(&Cbor, b"\xa1\x65value\x80", &One { value: () });
    is(&Cbor, b"\xa1\x64Unit\x80", &External::Unit(()));
    // An empty list where there is no type to tell.
    is(&Cbor, b"\x80", &json!([]));
    is(&MsgPack, b"\x90", &Empty);
    is(&MsgPack, b"\x92\xc0\x90", &((), Empty));
    is(&MsgPack, b"\x90", &Some(Empty));
}

#[test]
fn nothing_else_is_nothing() {
    fn refused<F: Format>(format: &F, bytes: &[u8]) {
        let unit: Result<(), FormatError> = format.decode(F::ID, bytes);
        let empty: Result<Empty, FormatError> = format.decode(F::ID, bytes);
        assert!(unit.is_err(), "{}", bytes.escape_ascii());
        assert!(empty.is_err(), "{}", bytes.escape_ascii());
    }
    // Numbers, bytes, texts, lists, maps, floats, truth, and what is cut off or never there.
    for bytes in [
        &b"\x00"[..],
        b"\x20",
        b"\x40",
        b"\x60",
        b"\x81\xf6",
        b"\x81\x80",
        b"\x9f\xff",
        b"\xa0",
        b"\xa1\xf6\xf6",
        b"\xc0\xf6",
        b"\xf4",
        b"\xfa\x00\x00\x00\x00",
        b"\xff",
        b"\x98",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xf6\xf6",
        b"\x80\x80",
        b"",
    ] {
        refused(&Cbor, bytes);
    }
    let text: Result<(), _> = Cbor.decode(Cbor::ID, b"\x61a");
    assert_eq!(
        text.expect_err("a text").to_string(),
        "invalid type: string \"a\", expected unit"
    );
    // Lists, and null where there must be something.
    refused(&Cbor, &b"\x81".repeat(100_000));
    let number: Result<u8, _> = Cbor.decode(Cbor::ID, b"\xf6");
    assert!(number.is_err());
    let list: Result<Vec<u8>, _> = Cbor.decode(Cbor::ID, b"\xf6");
    assert!(list.is_err());
    let fields: Result<One<()>, _> = Cbor.decode(Cbor::ID, b"\xf6");
    assert!(fields.is_err());
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<i8>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_comes_back(value in values()) {
        comes_back(value.clone());
        comes_back(External::Value(value.clone()));
        comes_back(Internal::Fields { unit: (), empty: Empty, value: value.clone() });
        comes_back(Adjacent::Value(value));
    }
}
