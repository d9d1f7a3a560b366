//! Payloads in several formats: each exact, each refusing what is no value of it, and all of them in one stream.

use std::collections::BTreeMap;

use eventsourcing::{
    Aggregate, Apply, Cbor, Commit, Event, EventSourced, EventStore, ExpectedVersion, Format,
    FormatError, FormatId, Json, MemoryStore, MsgPack, NewEvent, Repository, SnapshotStore,
    stream_id,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::given;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opened {
    owner: String,
    currency: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deposited {
    cents: u64,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize)]
struct OpenedV1 {
    owner: String,
}

impl From<OpenedV1> for Opened {
    fn from(old: OpenedV1) -> Self {
        Self {
            owner: old.owner,
            currency: "EUR".into(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = OpenedV1))]
    Opened(Opened),
    #[es(name = "account.deposited", version = 2, from(v1 = _))]
    Deposited(Deposited),
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = u64, event = AccountEvent, error = std::convert::Infallible)]
struct Account {
    owner: String,
    cents: u64,
    ratio: f64,
}

impl Apply<Opened> for Account {
    fn apply(&mut self, event: Opened) {
        self.owner = format!("{} in {}", event.owner, event.currency);
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.cents += event.cents;
        self.ratio += 0.5;
    }
}

fn encoded<T: Serialize>(format: &impl Format, value: &T) -> Vec<u8> {
    let mut bytes = b"before".to_vec();
    format.encode(value, &mut bytes).expect("it can be written");
    bytes.split_off(6)
}

fn stored<F: Format>(_: &F, name: &str, version: u16, payload: Vec<u8>) -> NewEvent {
    NewEvent {
        event_type: name.into(),
        schema_version: version,
        readable_by: version,
        format: F::ID,
        tags: Vec::new(),
        payload: payload.into(),
    }
}

/// An account as programs of three ages wrote it, each in the format it had then.
fn history() -> Vec<NewEvent> {
    let v1 = BTreeMap::from([("owner", "Ada")]);
    let deposited = |cents| BTreeMap::from([("cents", cents)]);
    let typed = AccountEvent::Deposited(Deposited {
        cents: 1000,
        note: Some("rent".into()),
    });
    vec![
        stored(&Cbor, "account.opened", 1, encoded(&Cbor, &v1)),
        stored(&Json, "account.deposited", 1, encoded(&Json, &deposited(1))),
        stored(
            &MsgPack,
            "account.deposited",
            1,
            encoded(&MsgPack, &deposited(10)),
        ),
        stored(
            &Cbor,
            "account.deposited",
            1,
            encoded(&Cbor, &deposited(100)),
        ),
        NewEvent::encode(&typed, &Json).expect("JSON"),
        NewEvent::encode(&typed, &Cbor).expect("CBOR"),
        NewEvent::encode(&typed, &MsgPack).expect("MessagePack"),
    ]
}

async fn reads_as_one<S, F>(store: S, format: F)
where
    S: EventStore + SnapshotStore,
    F: Format,
{
    let id = 7;
    let stream = stream_id::<Account>(&id).expect("a stream");
    let commit = Commit::new().append(stream.clone(), ExpectedVersion::NoStream, history());
    store.append(commit).await.expect("an append");
    let accounts = EventSourced::<Account, _, _>::with_format(store, format);
    let expected = Account {
        owner: "Ada in EUR".into(),
        cents: 3111,
        ratio: 3.0,
    };
    let mut root = accounts.load(&id).await.expect("a load");
    assert_eq!((root.state(), root.version().get()), (&expected, 7));
    root.record(Deposited {
        cents: 1,
        note: None,
    });
    accounts.save(&mut root).await.expect("a save");
    assert_eq!(
        accounts.load(&id).await.expect("a load").state().cents,
        3112
    );
}

#[tokio::test]
async fn a_stream_of_several_formats_and_versions_reads_as_one() {
    reads_as_one(MemoryStore::new(), Json).await;
    reads_as_one(MemoryStore::new(), Cbor).await;
    reads_as_one(MemoryStore::new(), MsgPack).await;
    for round in 0..3 {
        let dir = tempfile::tempdir().expect("a directory");
        let store = SledStore::open(dir.path()).expect("a store");
        match round {
            0 => reads_as_one(store, Json).await,
            1 => reads_as_one(store, Cbor).await,
            _ => reads_as_one(store, MsgPack).await,
        }
    }
}

#[test]
fn scenarios_take_any_format() {
    let cbor = encoded(&Cbor, &BTreeMap::from([("owner", "Ada")]));
    given::<Account>()
        .stored("account.opened", 1, FormatId::CBOR, cbor)
        .stored("account.deposited", 1, FormatId::JSON, r#"{"cents":5}"#)
        .then_state(|account| account.owner == "Ada in EUR" && account.cents == 5);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(f64),
    Tuple(u8, i128),
    Struct {
        inner: Option<Box<Shape>>,
        bytes: Vec<u8>,
    },
}

/// All that a payload may hold.
type Many = (u64, i64, u128, i128, String, Vec<Shape>);

fn comes_back<F: Format>(format: &F, value: &Many) {
    let bytes = encoded(format, value);
    let again: Many = format.decode(F::ID, &bytes).expect("what was written");
    assert_eq!(&again, value);
    for cut in 0..bytes.len() {
        let cut: Result<Many, _> = format.decode(F::ID, &bytes[..cut]);
        assert!(cut.is_err(), "a part of a value is no value");
    }
    for more in [0_u8, 0x91, 0xc0, 0xff, 0x80] {
        let longer = [&bytes[..], &[more]].concat();
        let longer: Result<Many, _> = format.decode(F::ID, &longer);
        assert!(longer.is_err(), "{more:#x} follows the value");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_is_exact(numbers in any::<(u64, i64, u128, i128)>(), text in ".{0,40}", byte in any::<u8>()) {
        let (a, b, c, d) = numbers;
        let inner = Some(Box::new(Shape::Tuple(byte, d)));
        let shapes = vec![Shape::Unit, Shape::Newtype(-0.5), Shape::Struct { inner, bytes: vec![byte] }];
        let value = (a, b, c, d, text, shapes);
        comes_back(&Json, &value);
        comes_back(&Cbor, &value);
        comes_back(&MsgPack, &value);
    }

    #[test]
    fn floats_come_back_to_the_last_bit(bits in any::<u64>(), short in any::<u32>()) {
        let (long, short) = (f64::from_bits(bits), f32::from_bits(short));
        let cbor: (f64, f32) = Cbor.decode(FormatId::CBOR, &encoded(&Cbor, &(long, short))).expect("floats");
        let pack: (f64, f32) = MsgPack.decode(FormatId::MSGPACK, &encoded(&MsgPack, &(long, short))).expect("floats");
        for (a, b) in [cbor, pack] {
            prop_assert_eq!((a.to_bits(), b.to_bits()), (long.to_bits(), short.to_bits()));
        }
    }
}

#[test]
fn the_ends_come_back() {
    fn check(format: &impl Format) {
        let value = (
            u64::MAX,
            i64::MIN,
            u128::MAX,
            i128::MIN,
            String::new(),
            vec![],
        );
        comes_back(format, &value);
        let value = (0, 0, 0, 0, "\0\u{2028}".into(), vec![Shape::Newtype(-0.0)]);
        comes_back(format, &value);
    }
    check(&Json);
    check(&Cbor);
    check(&MsgPack);
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let cbor: f64 = Cbor
            .decode(FormatId::CBOR, &encoded(&Cbor, &float))
            .expect("a float");
        assert_eq!(cbor.to_bits(), float.to_bits());
        let pack: f64 = MsgPack
            .decode(FormatId::MSGPACK, &encoded(&MsgPack, &float))
            .expect("a float");
        assert_eq!(pack.to_bits(), float.to_bits());
    }
}

#[derive(Debug, Deserialize)]
struct Nest {
    #[serde(rename = "n")]
    _inner: Option<Box<Nest>>,
}

#[test]
fn what_is_no_value_is_refused() {
    fn refused<F: Format, T: for<'de> Deserialize<'de>>(format: &F, bytes: &[u8]) {
        let read: Result<T, FormatError> = format.decode(F::ID, bytes);
        assert!(read.is_err(), "{}", bytes.escape_ascii());
    }
    // Texts of two bytes that are no UTF-8.
    refused::<_, String>(&Json, b"\"\xff\xfe\"");
    refused::<_, String>(&Cbor, b"\x62\xff\xfe");
    refused::<_, String>(&MsgPack, b"\xa2\xff\xfe");
    // One inside the other, without end, and lists and bytes that claim to be as long as anything can be.
    refused::<_, Nest>(&Json, &br#"{"n":"#.repeat(100_000));
    refused::<_, Nest>(&Cbor, &b"\xa1\x61n".repeat(100_000));
    refused::<_, Nest>(&MsgPack, &b"\x81\xa1n".repeat(100_000));
    refused::<_, Vec<u64>>(&Cbor, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff");
    refused::<_, String>(&Cbor, b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff");
    refused::<_, Vec<u64>>(&MsgPack, b"\xdd\xff\xff\xff\xff");
    refused::<_, String>(&MsgPack, b"\xdb\xff\xff\xff\xff");
    refused::<_, u64>(&Cbor, b"");
    refused::<_, u64>(&MsgPack, b"");
}

#[test]
fn a_failed_encode_keeps_what_was_there() {
    let unwritable = std::sync::Mutex::new(1);
    let lock = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _held = unwritable.lock();
        panic!("a poisoned lock cannot be written");
    }));
    assert!(lock.is_err());
    let mut bytes = b"before".to_vec();
    assert!(Cbor.encode(&unwritable, &mut bytes).is_err());
    assert!(MsgPack.encode(&unwritable, &mut bytes).is_err());
    assert!(bytes.starts_with(b"before"));
}
