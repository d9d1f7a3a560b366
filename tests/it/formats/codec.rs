//! The codecs: each exact, each refusing what is no value of it.

use std::collections::BTreeMap;

use eventsourcing::{Cbor, Format, FormatError, FormatId, Json, MsgPack, Postcard};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{each_format, encoded};

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
        each_format!(format => comes_back(&format, &value));
    }

    #[test]
    fn floats_come_back_to_the_last_bit(bits in any::<u64>(), short in any::<u32>()) {
        let (long, short) = (f64::from_bits(bits), f32::from_bits(short));
        let cbor: (f64, f32) = Cbor.decode(FormatId::CBOR, &encoded(&Cbor, &(long, short))).expect("floats");
        let pack: (f64, f32) = MsgPack.decode(FormatId::MSGPACK, &encoded(&MsgPack, &(long, short))).expect("floats");
        let card: (f64, f32) = Postcard.decode(FormatId::POSTCARD, &encoded(&Postcard, &(long, short))).expect("floats");
        for (a, b) in [cbor, pack, card] {
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
    each_format!(format => check(&format));
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let cbor: f64 = Cbor
            .decode(FormatId::CBOR, &encoded(&Cbor, &float))
            .expect("a float");
        assert_eq!(cbor.to_bits(), float.to_bits());
        let pack: f64 = MsgPack
            .decode(FormatId::MSGPACK, &encoded(&MsgPack, &float))
            .expect("a float");
        assert_eq!(pack.to_bits(), float.to_bits());
        let card: f64 = Postcard
            .decode(FormatId::POSTCARD, &encoded(&Postcard, &float))
            .expect("a float");
        assert_eq!(card.to_bits(), float.to_bits());
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nest {
    #[serde(rename = "n")]
    inner: Option<Box<Nest>>,
}

/// So many, one inside the other.
fn nested(levels: usize) -> Nest {
    let inner = None;
    (1..levels).fold(Nest { inner }, |nest, _| Nest {
        inner: Some(Box::new(nest)),
    })
}

#[test]
fn what_json_reads_is_too_deep_for_no_format() {
    fn check<F: Format>(format: &F) {
        let nest = nested(127);
        let again: Nest = format
            .decode(F::ID, &encoded(format, &nest))
            .expect("a nest");
        assert_eq!(again, nest);
    }
    each_format!(format => check(&format));
}

#[test]
#[expect(clippy::zero_sized_map_values, reason = "it is what takes no bytes")]
fn postcard_has_bounds() {
    fn why(read: Result<impl Sized, FormatError>) -> String {
        read.err().expect("it is refused").to_string()
    }
    let most = nested(256);
    let again: Nest = Postcard
        .decode(FormatId::POSTCARD, &encoded(&Postcard, &most))
        .expect("as deep as may be");
    assert_eq!(again, most);
    let written = Postcard.encode(&nested(257), &mut Vec::new());
    assert_eq!(why(written), "it is nested too deep to be read again");
    let read: Result<Nest, _> = Postcard.decode(FormatId::POSTCARD, &vec![1; 100_000]);
    assert_eq!(why(read), "it is nested deeper than 256 levels");
    // A list of 2^64 - 1 elements that take no bytes, and a map.
    let endless = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    let list: Result<Vec<()>, _> = Postcard.decode(FormatId::POSTCARD, endless);
    assert_eq!(
        why(list),
        "a list in it claims to have more elements than there are bytes"
    );
    let map: Result<BTreeMap<(), ()>, _> = Postcard.decode(FormatId::POSTCARD, endless);
    assert_eq!(
        why(map),
        "a list in it claims to have more elements than there are bytes"
    );
    let written = Postcard.encode(&(vec![[0_u8; 0]], 1), &mut Vec::new());
    let error = why(written);
    assert!(
        error.starts_with("a list has elements that take no bytes (as in `Vec<()>`)"),
        "{error}"
    );
    let none: Vec<()> = Vec::new();
    let once = BTreeMap::from([((), ())]);
    let unit = ((), 1_u8, Shape::Unit, none, once);
    let again: ((), u8, Shape, Vec<()>, BTreeMap<(), ()>) = Postcard
        .decode(FormatId::POSTCARD, &encoded(&Postcard, &unit))
        .expect("nothing takes no bytes without end");
    assert_eq!(again, unit);
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
    refused::<_, String>(&Postcard, b"\x02\xff\xfe");
    // One inside the other, without end, and lists and bytes that claim to be as long as anything can be.
    refused::<_, Nest>(&Json, &br#"{"n":"#.repeat(100_000));
    refused::<_, Nest>(&Cbor, &b"\xa1\x61n".repeat(100_000));
    refused::<_, Nest>(&MsgPack, &b"\x81\xa1n".repeat(100_000));
    refused::<_, Nest>(&Postcard, &b"\x01".repeat(100_000));
    refused::<_, Vec<u64>>(&Cbor, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff");
    refused::<_, String>(&Cbor, b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff");
    refused::<_, Vec<u64>>(&MsgPack, b"\xdd\xff\xff\xff\xff");
    refused::<_, String>(&MsgPack, b"\xdb\xff\xff\xff\xff");
    refused::<_, Vec<u64>>(&Postcard, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    refused::<_, String>(&Postcard, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    refused::<_, u64>(&Postcard, b"");
    refused::<_, bool>(&Postcard, b"\x02");
    refused::<_, Option<bool>>(&Postcard, b"\x02\x01");
    refused::<_, Shape>(&Postcard, b"\x04");
    refused::<_, u8>(&Postcard, b"\xff\x01\x01");
    refused::<_, u64>(&Cbor, b"");
    refused::<_, u64>(&MsgPack, b"");
}

#[test]
fn what_is_missing_is_named() {
    #[derive(Debug, Deserialize)]
    struct Other {
        #[expect(dead_code, reason = "it is never there")]
        other: u8,
    }
    fn check<F: Format>(format: &F) {
        let read = format.decode::<Other>(F::ID, &encoded(format, &nested(1)));
        let error = read.expect_err("it is missing").to_string();
        assert!(error.starts_with("missing field `other`"), "{error}");
    }
    check(&Json);
    check(&Cbor);
    check(&MsgPack);
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
    assert!(Postcard.encode(&unwritable, &mut bytes).is_err());
    assert!(bytes.starts_with(b"before"));
}

#[test]
fn sizes_are_those_on_the_formats_page() {
    #[derive(Serialize)]
    struct Account {
        owner: &'static str,
        currency: &'static str,
        limit_cents: u64,
    }
    #[derive(Serialize)]
    struct Deposit {
        cents: u64,
    }
    let account = Account {
        owner: "Augusta Ada King, Countess of Lovelace",
        currency: "EUR",
        limit_cents: 50_000,
    };
    let deposit = Deposit { cents: 73_051 };
    let mut sizes = Vec::new();
    each_format!(format => {
        sizes.push((encoded(&format, &account).len(), encoded(&format, &deposit).len()));
    });
    assert_eq!(sizes, [(87, 15), (75, 12), (75, 12), (46, 3)]);
}
