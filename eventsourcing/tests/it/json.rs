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
