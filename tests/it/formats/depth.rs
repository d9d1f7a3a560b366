//! Values inside each other: what a format writes it reads again, however it is read, and the rest is refused when it is
//! written.

use std::collections::BTreeMap;

use eventsourcing::{Cbor, Format, Json, MsgPack};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// All that can stand around a value.
#[expect(clippy::option_option, reason = "it is what is tried")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Nothing(()),
    Empty(Empty),
    Variant(Box<Tree>),
    Fields { inner: Box<Tree> },
    Places(u8, Box<Tree>),
    List(Vec<Tree>),
    Tuple(Box<(Tree, u8)>),
    Map(BTreeMap<String, Tree>),
    Optional(Option<Box<Tree>>),
    Twice(Option<Option<Box<Tree>>>),
    LookedAt(Box<LookedAt>),
    Named(Box<Named>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Empty;

/// Read into memory, whatever it is, and then looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum LookedAt {
    Tree(Tree),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name")]
enum Named {
    Tree { tree: Tree },
}

/// A leaf, and how many kinds of values may be around it: not all formats know nothing without its type.
fn leaf(seed: u64) -> (Tree, u8) {
    match seed % 4 {
        0 | 1 => (Tree::Leaf, 10),
        2 => (Tree::Empty(Empty), 8),
        _ => (Tree::Nothing(()), 8),
    }
}

fn around(random: &mut Rng, kinds: u8, inner: Tree) -> Tree {
    match random.u8(..kinds) {
        0 => Tree::Variant(inner.into()),
        1 => Tree::Fields {
            inner: inner.into(),
        },
        2 => Tree::Places(1, inner.into()),
        3 => Tree::List(vec![Tree::Leaf, inner]),
        4 => Tree::Tuple(Box::new((inner, 1))),
        5 => Tree::Map(BTreeMap::from([("key".into(), inner)])),
        6 => Tree::Optional(Some(inner.into())),
        7 => Tree::Twice(Some(Some(inner.into()))),
        8 => Tree::LookedAt(Box::new(LookedAt::Tree(inner))),
        _ => Tree::Named(Box::new(Named::Tree { tree: inner })),
    }
}

/// Whether it is written; then it comes back.
fn comes_back<F: Format>(format: &F, kinds: u8, tree: &Tree) -> bool {
    let mut bytes = Vec::new();
    if let Err(error) = format.encode(tree, &mut bytes) {
        let error = error.to_string();
        assert!(error.starts_with("it is nested too deep"), "{error}");
        return false;
    }
    let read = format.decode::<Tree>(F::ID, &bytes);
    let read = read.unwrap_or_else(|error| panic!("{} {tree:?}: {error}", F::ID));
    assert_eq!(&read, tree);
    if kinds == 10 {
        let read = format.decode::<LookedAt>(F::ID, &bytes);
        assert_eq!(read.expect("looked at"), LookedAt::Tree(tree.clone()));
    }
    let read = format.decode::<Value>(F::ID, &bytes);
    read.expect("as any value");
    true
}

#[test]
fn what_is_written_can_be_read() {
    fn check<F: Format>(format: &F) {
        let (mut written, mut refused) = (0, 0);
        for seed in 0..40 {
            let mut random = Rng::with_seed(seed);
            let (mut tree, kinds) = leaf(seed);
            for _ in 0..random.u8(50..80) {
                tree = around(&mut random, kinds, tree);
            }
            // The ends of what is written are where it counts.
            while comes_back(format, kinds, &tree) {
                written += 1;
                tree = around(&mut random, kinds, tree);
            }
            refused += 1;
        }
        assert!(written > 40, "{written}");
        assert_eq!(refused, 40);
    }
    check(&Json);
    check(&Cbor);
    check(&MsgPack);
}

#[test]
fn as_deep_as_json_reads_and_no_deeper() {
    fn lists(levels: usize) -> Value {
        (0..levels).fold(Value::from(1), |inner, _| Value::Array(vec![inner]))
    }
    fn check<F: Format>(format: &F) {
        let mut bytes = Vec::new();
        format.encode(&lists(127), &mut bytes).expect("127 lists");
        let read: Value = format.decode(F::ID, &bytes).expect("127 lists");
        assert_eq!(read, lists(127));
        let error = format.encode(&lists(128), &mut Vec::new());
        assert_eq!(
            error.expect_err("128 lists").to_string(),
            "it is nested too deep to be read again: more than 127 lists, maps, structs, tuples and variants inside each other"
        );
        // Too deep to be tried at all: it would take more stack than there is.
        let mut deep = Some(lists(10_000));
        assert!(format.encode(&deep, &mut Vec::new()).is_err());
        // Nor can it be dropped without care.
        while let Some(Value::Array(mut inner)) = deep {
            deep = inner.pop();
        }
        // Beside each other there may be any number.
        let wide = vec![lists(126); 300];
        bytes.clear();
        format.encode(&wide, &mut bytes).expect("300 lists");
        let read: Vec<Value> = format.decode(F::ID, &bytes).expect("300 lists");
        assert_eq!(read, wide);
    }
    check(&Json);
    check(&Cbor);
    check(&MsgPack);
}

#[test]
fn what_the_pages_say_of_nothing() {
    fn read<F: Format, T: Serialize, R: for<'de> Deserialize<'de>>(
        format: &F,
        value: &T,
    ) -> Option<R> {
        let mut bytes = Vec::new();
        format.encode(value, &mut bytes).expect("written");
        format.decode(F::ID, &bytes).ok()
    }
    let null = json!({ "value": null });
    assert_eq!(read(&Json, &null), Some(null.clone()));
    assert_eq!(read(&MsgPack, &null), Some(null.clone()));
    assert_eq!(read(&Cbor, &null), Some(json!({ "value": [] })));
    let looked_at = LookedAt::Tree;
    let nothing = looked_at(Tree::Nothing(()));
    assert_eq!(read(&Json, &nothing).as_ref(), Some(&nothing));
    assert_eq!(read(&MsgPack, &nothing).as_ref(), Some(&nothing));
    assert_eq!(read::<_, _, LookedAt>(&Cbor, &nothing), None);
    let empty = looked_at(Tree::Empty(Empty));
    assert_eq!(read(&Json, &empty).as_ref(), Some(&empty));
    assert_eq!(read::<_, _, LookedAt>(&MsgPack, &empty), None);
    assert_eq!(read::<_, _, LookedAt>(&Cbor, &empty), None);
    let none = looked_at(Tree::Optional(None));
    assert_eq!(read(&Json, &none).as_ref(), Some(&none));
    assert_eq!(read(&MsgPack, &none).as_ref(), Some(&none));
    assert_eq!(read(&Cbor, &none).as_ref(), Some(&none));
}
