//! Shapes of payloads and sets.

use eventsourcing::{Aggregate, Apply, Event, Evolve};
use serde::{Deserialize, Serialize};

use super::stored::{one, round_trip, written};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Empty {}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tuple(u8, String);

#[derive(Debug, Clone, PartialEq, Event)]
#[repr(u8)]
#[non_exhaustive]
enum Shapes {
    #[es(name = "shape.unit")]
    Unit(Unit) = 9,
    #[es(name = "shape.empty")]
    Empty(Empty) = 1,
    #[es(name = "shape.tuple", id = 0)]
    Tuple(Tuple) = 2,
    #[es(name = "shape.boxed", id = 0xffff_ffff)]
    Boxed(Box<Tuple>),
    #[es(name = "shape.text")]
    #[deprecated = "to see that nobody is told"]
    Text(String),
    #[cfg(any())]
    #[es(name = "shape.gone")]
    Gone(Missing),
    #[cfg_attr(all(), es(name = "shape.present"))]
    #[es()]
    Present(u8),
}

#[test]
fn payloads_of_every_shape_round_trip() {
    let all: [(Shapes, &str); 5] = [
        (Unit.into(), "null"),
        (Empty {}.into(), "{}"),
        (Tuple(1, "x".into()).into(), r#"[1,"x"]"#),
        (Box::new(Tuple(1, "x".into())).into(), r#"[1,"x"]"#),
        (5u8.into(), "5"),
    ];
    for (event, payload) in all {
        assert_eq!(written(&event).2, payload);
        assert_eq!(round_trip(&event), event);
    }
}

#[test]
fn types_are_listed_in_the_order_of_variants() {
    let names: Vec<&str> = Shapes::TYPES.iter().map(|row| row.name).collect();
    assert_eq!(
        names,
        [
            "shape.unit",
            "shape.empty",
            "shape.tuple",
            "shape.boxed",
            "shape.text",
            "shape.present"
        ]
    );
    assert_eq!(Shapes::from(5u8).type_index(), 5);
    let ids: Vec<Option<u32>> = Shapes::TYPES.iter().map(|row| row.id).collect();
    assert_eq!(ids, [None, None, Some(0), Some(u32::MAX), None, None]);
}

/// A struct is a set of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[es(name = "relay.pinged", version = 2, from(v1 = u32), was = "relay.ping")]
#[es(retired(name = "relay.ponged", versions = 1, reason = "nobody listened"))]
struct Pinged {
    by: u64,
}

impl From<u32> for Pinged {
    fn from(by: u32) -> Self {
        Self { by: by.into() }
    }
}

#[derive(Debug, Default, PartialEq, Aggregate)]
#[es(name = "relay", id = u64, event = Pinged, error = std::convert::Infallible)]
struct Relay(u64);

impl Apply<Pinged> for Relay {
    fn apply(&mut self, event: Pinged) {
        self.0 += event.by;
    }
}

#[test]
fn a_struct_is_a_set_of_one() {
    assert_eq!(
        written(&Pinged { by: 3 }),
        ("relay.pinged".into(), 2, r#"{"by":3}"#.into())
    );
    assert_eq!(one::<Pinged>("relay.ping", 1, "9"), Pinged { by: 9 });
    let mut relay = Relay::initial();
    Pinged { by: 2 }.evolve(&mut relay);
    assert_eq!(relay, Relay(2));
}

/// The same payload may belong to two sets; a foreign payload is fine.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum Others {
    #[es(name = "other.empty")]
    Empty(Empty),
    #[es(name = "other.shared")]
    Shared(Box<str>),
    #[es(name = "other.at")]
    At(std::time::Duration),
}

#[test]
fn payloads_may_be_shared_or_foreign() {
    let event = Others::from(std::time::Duration::from_secs(1));
    assert_eq!(round_trip(&event), event);
    assert_eq!(Others::from(Empty {}).type_index(), 0);
    assert_eq!(Others::Shared("x".into()).type_index(), 1);
}

/// An aggregate that is an enum, with a beginning of its own.
#[derive(Debug, PartialEq, Aggregate)]
#[es(name = "light", id = String, event = Pinged, error = String, initial = Light::dark, snapshot = 3)]
enum Light {
    Dark,
    Lit { by: u64 },
}

impl Light {
    fn dark() -> Self {
        Self::Dark
    }
}

impl Apply<Pinged> for Light {
    fn apply(&mut self, event: Pinged) {
        *self = Self::Lit { by: event.by };
    }
}

#[test]
fn an_aggregate_may_be_an_enum() {
    let mut light = Light::initial();
    assert_eq!(light, Light::Dark);
    light.evolve(Pinged { by: 4 });
    assert_eq!(light, Light::Lit { by: 4 });
}

#[test]
fn fingerprints_follow_the_shape_of_the_state() {
    macro_rules! fingerprint {
        ($($key:ident = $value:expr,)* { $($body:tt)* }) => {{
            #[derive(Default, Serialize, Deserialize, Aggregate)]
            #[es(name = "state", id = u8, event = Pinged, error = String, $($key = $value)*)]
            #[allow(dead_code)]
            struct State { $($body)* }
            impl Apply<Pinged> for State {
                fn apply(&mut self, _: Pinged) {}
            }
            State::STATE_FINGERPRINT
        }};
    }
    let base = fingerprint!({ a: u8, b: Vec<u8> });
    assert_eq!(
        base,
        fingerprint!({ /** With docs. */ pub a: u8, b: Vec < u8 >, })
    );
    let others = [
        fingerprint!({ a: u16, b: Vec<u8> }),
        fingerprint!({ c: u8, b: Vec<u8> }),
        fingerprint!({ b: Vec<u8>, a: u8 }),
        fingerprint!({ a: u8 }),
        fingerprint!({ #[serde(default)] a: u8, b: Vec<u8> }),
        fingerprint!(snapshot = 1, { a: u8, b: Vec<u8> }),
        fingerprint!(snapshot = 2, { a: u8, b: Vec<u8> }),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_ne!(base, *other, "{index}");
        assert!(!others[..index].contains(other), "{index}");
    }
}
