//! The default format keeps numbers exactly.

use eventsourcing::{Format, FormatError, FormatId, Json};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

fn round_trip<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> Result<T, FormatError> {
    let mut bytes = Vec::new();
    Json.encode(value, &mut bytes)?;
    Json.decode(FormatId::JSON, &bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn floats_come_back_to_the_last_bit(bits in any::<u64>()) {
        let float = f64::from_bits(bits);
        if float.is_finite() {
            prop_assert_eq!(round_trip(&float).expect("a float").to_bits(), bits);
        }
    }

    #[test]
    fn integers_come_back(number in any::<(u64, i64, u128, i128)>()) {
        prop_assert_eq!(round_trip(&number).expect("integers"), number);
    }
}

#[test]
fn the_ends_come_back() {
    let floats = [
        0.0,
        -0.0,
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        0.1 + 0.2,
    ];
    for float in floats {
        assert_eq!(
            round_trip(&float).expect("a float").to_bits(),
            float.to_bits(),
            "{float}"
        );
    }
    let integers = (u64::MAX, i64::MIN, u128::MAX, i128::MIN);
    assert_eq!(round_trip(&integers).expect("integers"), integers);
    for text in ["", "\0", "\u{7f}", "\u{2028}", "🦀", "\"\\/"] {
        assert_eq!(round_trip(&text.to_owned()).expect("a text"), text);
    }
}

#[derive(Debug, Serialize)]
enum Shape {
    Newtype(f64),
    Tuple(u8, f32),
    Struct { inner: Option<Box<Shape>> },
    Map(std::collections::BTreeMap<String, Vec<(f64, ())>>),
    Unit,
}

#[test]
fn what_json_cannot_write_is_refused_wherever_it_hides() {
    let nested = |shape| Shape::Struct {
        inner: Some(Box::new(shape)),
    };
    let map = |float| Shape::Map([("key".to_owned(), vec![(1.0, ()), (float, ())])].into());
    for (shape, name) in [
        (Shape::Newtype(f64::NAN), "NaN"),
        (Shape::Tuple(1, f32::INFINITY), "inf"),
        (nested(nested(Shape::Newtype(f64::NEG_INFINITY))), "-inf"),
        (map(f64::NAN), "NaN"),
    ] {
        let error = Json
            .encode(&shape, &mut Vec::new())
            .expect_err("it holds no number");
        assert_eq!(
            error.to_string(),
            format!("JSON has no way to write {name}")
        );
    }
    let fine = [
        map(2.0),
        nested(Shape::Unit),
        Shape::Struct { inner: None },
        Shape::Tuple(0, 1.5),
        Shape::Newtype(-0.0),
    ];
    Json.encode(&fine, &mut Vec::new())
        .expect("all of it can be written, null included");
}
