//! Values inside each other: what a format writes it reads again, however it is read, and the rest is refused when it is
//! written.

use std::collections::BTreeMap;

use eventsourcing::{Cbor, Format, Json, MsgPack};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

fn leaf(seed: u64) -> Tree {
    match seed % 4 {
        0 | 1 => Tree::Leaf,
        2 => Tree::Empty(Empty),
        _ => Tree::Nothing(()),
    }
}

fn around(random: &mut Rng, inner: Tree) -> Tree {
    match random.u8(..10) {
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
fn comes_back<F: Format>(format: &F, tree: &Tree) -> bool {
    let mut bytes = Vec::new();
    if let Err(error) = format.encode(tree, &mut bytes) {
        let error = error.to_string();
        assert!(error.starts_with("it is nested too deep"), "{error}");
        return false;
    }
    let read = format.decode::<Tree>(F::ID, &bytes);
    let read = read.unwrap_or_else(|error| panic!("{} {tree:?}: {error}", F::ID));
    assert_eq!(&read, tree);
    let read = format.decode::<LookedAt>(F::ID, &bytes);
    assert_eq!(read.expect("looked at"), LookedAt::Tree(tree.clone()));
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
            let mut tree = leaf(seed);
            for _ in 0..random.u8(50..80) {
                tree = around(&mut random, tree);
            }
            // The ends of what is written are where it counts.
            while comes_back(format, &tree) {
                written += 1;
                tree = around(&mut random, tree);
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
