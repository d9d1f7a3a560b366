//! Bytes of keys: they come back, and their order is that of the keys.

use eventsourcing::{AggregateId, CommitId, EventId, Key, Position, StreamId, Timestamp, Version};
use proptest::prelude::*;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AggregateId)]
struct AccountId(String);

fn bytes(key: &impl Key) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.encode(&mut bytes);
    bytes
}

/// The contract of `Key`, for two keys.
fn law<K: Key + Ord>(one: &K, other: &K) -> Result<(), TestCaseError> {
    let (first, second) = (bytes(one), bytes(other));
    prop_assert_eq!(first.cmp(&second), one.cmp(other));
    let is_beginning = first.starts_with(&second) || second.starts_with(&first);
    prop_assert_eq!(is_beginning, one == other);
    let both = [first, second].concat();
    let mut rest = &both[..];
    prop_assert!(K::decode(&mut rest).as_ref() == Some(one));
    prop_assert!(K::decode(&mut rest).as_ref() == Some(other));
    prop_assert!(rest.is_empty());
    for cut in 0..bytes(other).len() {
        prop_assert_eq!(K::decode(&mut &bytes(other)[..cut]), None);
    }
    Ok(())
}

/// Texts that begin alike, with zeros in them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[\0\u{1}ab\u{ff}]{0,4}", ".{0,8}"]
}

fn raw() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(0), Just(1), Just(0xff), any::<u8>()];
    proptest::collection::vec(byte, 0..5)
}

macro_rules! laws {
    ($($name:ident: $strategy:expr;)*) => { proptest! {
        $(
            #[test]
            fn $name(one in $strategy, other in $strategy) {
                law(&one, &other)?;
                law(&one, &one)?;
            }
        )*
    } };
}

laws! {
    unsigned_bytes: any::<u8>();
    unsigned: any::<u16>();
    unsigned_words: any::<u32>();
    large_unsigned: any::<u64>();
    largest_unsigned: any::<u128>();
    signed_bytes: any::<i8>();
    signed: any::<i16>();
    signed_words: any::<i32>();
    large_signed: any::<i64>();
    largest_signed: any::<i128>();
    sizes: any::<usize>();
    signed_sizes: any::<isize>();
    truths: any::<bool>();
    texts: text();
    any_bytes: raw();
    uuids: any::<u128>().prop_map(Uuid::from_u128);
    commits: any::<u128>().prop_map(|id| CommitId::from_uuid(Uuid::from_u128(id)));
    events: any::<u128>().prop_map(|id| EventId::from_uuid(Uuid::from_u128(id)));
    times: any::<i64>().prop_map(Timestamp::from_micros);
    positions: any::<u64>().prop_map(Position::new);
    versions: any::<u64>().prop_map(Version::new);
    streams: "[a-c]{1,2}-[a-c]{1,3}".prop_map(|id| id.parse::<StreamId>().expect("an id"));
    ids: text().prop_map(AccountId);
    options: proptest::option::of(text());
    pairs: (text(), any::<i8>());
    triples: (raw(), text(), any::<bool>());
    quadruples: (proptest::option::of(any::<bool>()), text(), raw(), any::<i16>());
    nested: ((text(), text()), (any::<bool>(), raw()));
}

#[test]
fn one_key() {
    assert!(bytes(&()).is_empty());
    assert_eq!(<()>::decode(&mut &[][..]), Some(()));
}

/// What is stored must be read for ever.
#[test]
fn the_bytes_are_these() {
    assert_eq!(bytes(&-2_i32), [0x7f, 0xff, 0xff, 0xfe]);
    let key = (Some("a\0b".to_owned()), 258_u16, true);
    assert_eq!(bytes(&key), [1, b'a', 0, 0xff, b'b', 0, 0, 1, 2, 1]);
    assert_eq!(
        <(Option<AccountId>, Timestamp, Vec<u8>)>::kind(),
        "(option<string>, i64, bytes)"
    );
}

/// What no key is made of is no key.
#[test]
fn other_bytes() {
    fn refused<K: Key>(bytes: &[u8]) {
        let key = K::decode(&mut &bytes[..]);
        assert!(key.is_none(), "{key:?}");
    }
    refused::<bool>(&[2]);
    refused::<String>(b"a\0\x01");
    refused::<String>(b"\xff\0\0");
    refused::<StreamId>(b"no stream\0\0");
    refused::<Option<u8>>(&[3, 0]);
    assert_eq!(u16::decode(&mut &[1, 2, 3][..]), Some(258));
}

fn kinds<K: Key>(kinds: &mut Vec<String>) {
    kinds.push(K::kind());
}

/// Keys of different encodings never count as the same.
#[test]
fn kinds_differ() {
    let mut all = Vec::new();
    kinds::<u8>(&mut all);
    kinds::<i8>(&mut all);
    kinds::<u64>(&mut all);
    kinds::<i64>(&mut all);
    kinds::<String>(&mut all);
    kinds::<Vec<u8>>(&mut all);
    kinds::<Uuid>(&mut all);
    kinds::<(u8, i8)>(&mut all);
    kinds::<(u8, i8, u8)>(&mut all);
    kinds::<((u8, i8), u8)>(&mut all);
    kinds::<Option<u8>>(&mut all);
    kinds::<()>(&mut all);
    let mut distinct = all.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), all.len(), "{all:?}");
}
