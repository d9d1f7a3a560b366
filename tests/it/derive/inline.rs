//! Inline variants: stored as their fields, dispatched through a generated trait or by hand.

use eventsourcing::{Aggregate, Event, Evolve, UpcastCx, UpcastError};
use serde::{Deserialize, Serialize};

use super::stored::{one, round_trip, written};

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = DoorEvents)]
pub(crate) enum DoorEvent {
    /// The door was built.
    #[es(name = "door.built", version = 3, from(v1 = v1::Built, v2(v2::Built, via = v2_to_current)))]
    Built {
        owner: String,
        #[serde(rename = "keyCount", default)]
        keys: u8,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        colour: Option<String>,
        #[serde(with = "tenths", default)]
        height: u32,
    },
    #[es(name = "door.moved", version = 2, from(v1 = _))]
    Moved(i32, i32),
    #[es(name = "door.closed")]
    Closed,
    #[es(name = "door.renamed")]
    Renamed(String),
    #[es(name = "door.typed")]
    #[serde(rename_all = "UPPERCASE", deny_unknown_fields)]
    Type { r#type: u8, next: Box<u8> },
    #[es(name = "door.emptied")]
    Emptied {},
}

mod tenths {
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(value * 10)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        u32::deserialize(deserializer).map(|tenths| tenths / 10)
    }
}

mod v1 {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Built {
        pub(super) owner: String,
    }
}

mod v2 {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Built {
        pub(super) owner: String,
        pub(super) keys: u8,
    }
}

impl From<v1::Built> for v2::Built {
    fn from(old: v1::Built) -> Self {
        Self {
            owner: old.owner,
            keys: 1,
        }
    }
}

#[allow(clippy::unnecessary_wraps)]
fn v2_to_current(old: v2::Built, _: &UpcastCx<'_>) -> Result<DoorEvent, UpcastError> {
    Ok(DoorEvent::Built {
        owner: old.owner,
        keys: old.keys,
        colour: None,
        height: 2,
    })
}

#[derive(Debug, Default, PartialEq)]
struct Door(Vec<String>);

impl DoorEvents for Door {
    fn built(&mut self, owner: String, keys: u8, colour: Option<String>, height: u32) {
        self.0.push(format!("{owner} {keys} {colour:?} {height}"));
    }
    fn moved(&mut self, x: i32, y: i32) {
        self.0.push(format!("{x},{y}"));
    }
    fn closed(&mut self) {
        self.0.push("closed".into());
    }
    fn renamed(&mut self, event: String) {
        self.0.push(event);
    }
    fn r#type(&mut self, r#type: u8, next: Box<u8>) {
        self.0.push(format!("{type} {next}"));
    }
    fn emptied(&mut self) {
        self.0.clear();
    }
}

fn built() -> DoorEvent {
    DoorEvent::Built {
        owner: "Ada".into(),
        keys: 2,
        colour: None,
        height: 3,
    }
}

#[test]
fn inline_variants_are_stored_as_their_fields() {
    assert_eq!(
        written(&built()).2,
        r#"{"owner":"Ada","keyCount":2,"height":30}"#
    );
    assert_eq!(written(&DoorEvent::Moved(1, -2)).2, "[1,-2]");
    assert_eq!(written(&DoorEvent::Closed).2, "{}");
    assert_eq!(written(&DoorEvent::Emptied {}).2, "{}");
    assert_eq!(
        written(&DoorEvent::Type {
            r#type: 1,
            next: Box::new(2)
        })
        .2,
        r#"{"TYPE":1,"NEXT":2}"#
    );
}

#[test]
fn inline_variants_are_read_again() {
    let all = [
        built(),
        DoorEvent::Moved(1, -2),
        DoorEvent::Closed,
        DoorEvent::from("x".to_owned()),
        DoorEvent::Type {
            r#type: 1,
            next: Box::new(2),
        },
        DoorEvent::Emptied {},
    ];
    for event in all {
        assert_eq!(round_trip(&event), event);
    }
}

#[test]
fn old_versions_step_into_the_variant_itself() {
    let event: DoorEvent = one("door.built", 1, r#"{"owner":"Ada"}"#);
    assert_eq!(
        event,
        DoorEvent::Built {
            owner: "Ada".into(),
            keys: 1,
            colour: None,
            height: 2
        }
    );
    assert_eq!(
        one::<DoorEvent>("door.moved", 1, "[3,4]"),
        DoorEvent::Moved(3, 4)
    );
}

#[test]
fn the_handler_trait_gets_the_fields() {
    let mut door = Door::default();
    built().evolve(&mut door);
    DoorEvent::Moved(1, 2).evolve(&mut door);
    DoorEvent::Closed.evolve(&mut door);
    DoorEvent::Renamed("back".into()).evolve(&mut door);
    DoorEvent::Type {
        r#type: 1,
        next: Box::new(2),
    }
    .evolve(&mut door);
    assert_eq!(door.0, ["Ada 2 None 3", "1,2", "closed", "back", "1 2"]);
    DoorEvent::Emptied {}.evolve(&mut door);
    assert_eq!(door, Door::default());
}

/// A set without dispatch: the aggregate matches by hand, and payload types may repeat.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum LampEvent {
    #[es(name = "lamp.dimmed")]
    Dimmed(u8),
    #[es(name = "lamp.brightened")]
    Brightened(u8),
    #[es(name = "lamp.broken")]
    Broken,
}

#[derive(Debug, PartialEq)]
struct Lamp(Option<u8>);

impl Aggregate for Lamp {
    const NAME: &'static str = "lamp";
    type Id = String;
    type Event = LampEvent;
    type Error = String;

    fn initial() -> Self {
        Self(Some(0))
    }

    fn evolve(&mut self, event: LampEvent) {
        match (event, &mut self.0) {
            (LampEvent::Dimmed(by), Some(light)) => *light -= by,
            (LampEvent::Brightened(by), Some(light)) => *light += by,
            (LampEvent::Broken, light) => *light = None,
            (LampEvent::Dimmed(_) | LampEvent::Brightened(_), None) => {}
        }
    }
}

#[test]
fn without_dispatch_the_aggregate_is_written_by_hand() {
    let mut lamp = Lamp::initial();
    lamp.evolve(LampEvent::Brightened(3));
    lamp.evolve(round_trip(&LampEvent::Dimmed(1)));
    assert_eq!(lamp, Lamp(Some(2)));
    lamp.evolve(LampEvent::Broken);
    assert_eq!(lamp, Lamp(None));
}

/// Generic inline variants keep the parameters they use.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum BoxEvent<'a, T: Clone + 'static, U, const N: usize>
where
    T: PartialEq,
    U: Clone,
{
    #[es(name = "box.packed")]
    Packed { item: T, sizes: Vec<Option<U>> },
    #[es(name = "box.labelled")]
    Labelled(std::borrow::Cow<'a, str>, [T; 1]),
    #[es(name = "box.sealed")]
    Sealed,
    #[es(name = "box.stamped")]
    Stamped(Stamps<N>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stamps<const N: usize>(Vec<u8>);

#[test]
fn generic_inline_variants_round_trip() {
    let all: [BoxEvent<'_, u8, String, 3>; 4] = [
        BoxEvent::Packed {
            item: 1,
            sizes: vec![None, Some("x".into())],
        },
        BoxEvent::Labelled("fragile".into(), [7]),
        BoxEvent::Sealed,
        BoxEvent::Stamped(Stamps(vec![1])),
    ];
    for event in all {
        assert_eq!(round_trip(&event), event);
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A trait that references do not have.
trait Roman: Copy {
    fn roman(self) -> String;
}

impl Roman for u8 {
    fn roman(self) -> String {
        "I".repeat(self.into())
    }
}

fn roman<T: Roman, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.roman())
}

/// Functions named in `#[serde(..)]` get the field itself; parameters may occur in bounds alone.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum LabelEvent<'a, T: PartialEq + Clone + 'a> {
    #[es(name = "label.printed")]
    Printed {
        #[serde(default, skip_serializing_if = "is_default")]
        bold: bool,
        #[serde(flatten)]
        text: Text<T>,
    },
    #[es(name = "label.numbered")]
    Numbered(#[serde(serialize_with = "roman", skip_deserializing)] u8, T),
    #[es(name = "label.named")]
    Named(std::borrow::Cow<'a, str>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Text<T> {
    text: T,
}

#[test]
fn serde_functions_get_the_field_itself() {
    let mut event: LabelEvent<'_, String> = LabelEvent::Printed {
        bold: false,
        text: Text { text: "x".into() },
    };
    assert_eq!(written(&event).2, r#"{"text":"x"}"#);
    assert_eq!(round_trip(&event), event);
    event = LabelEvent::Numbered(3, "y".into());
    assert_eq!(written(&event).2, r#"["III","y"]"#);
    event = LabelEvent::Named("z".into());
    assert_eq!(round_trip(&event), event);
}

/// `Self` is the set, in whatever item its fields end up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[es(handler = TreeEvents)]
enum TreeEvent<T: PartialEq + Clone> {
    #[es(name = "tree.grown")]
    Grown { leaf: T, below: Option<Box<Self>> },
    #[es(name = "tree.grafted")]
    Grafted(Vec<Self>),
}

#[derive(Default)]
struct Tree(usize);

impl TreeEvents<u8> for Tree {
    fn grown(&mut self, leaf: u8, below: Option<Box<TreeEvent<u8>>>) {
        self.0 += usize::from(leaf);
        if let Some(event) = below {
            event.evolve(self);
        }
    }
    fn grafted(&mut self, events: Vec<TreeEvent<u8>>) {
        for event in events {
            event.evolve(self);
        }
    }
}

#[test]
fn events_may_hold_events_of_their_own_set() {
    let leaf = TreeEvent::Grown {
        leaf: 2,
        below: None,
    };
    let branch = TreeEvent::Grown {
        leaf: 3,
        below: Some(Box::new(leaf.clone())),
    };
    let grafted = TreeEvent::from(vec![leaf, branch]);
    assert_eq!(round_trip(&grafted), grafted);
    let mut tree = Tree::default();
    grafted.evolve(&mut tree);
    assert_eq!(tree.0, 7);
}
