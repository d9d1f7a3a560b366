//! Chains of versions: every kind of step, in one event of twelve versions.

use std::num::TryFromIntError;
use std::sync::Arc;

use eventsourcing::{Decoded, Event, Fate, Json, Metadata, Upcast, UpcastCx, UpcastError};
use serde::{Deserialize, Serialize};

use super::stored::{one, read, stored, written};

macro_rules! generations {
    ($($name:ident),*) => { $(
        #[derive(Debug, Deserialize)]
        struct $name {
            steps: Vec<String>,
        }
    )* };
}

generations!(V1, V2, V4, V5, V6, V8, V9, V11);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Moved {
    steps: Vec<String>,
    #[serde(default)]
    note: Option<String>,
}

fn more(mut steps: Vec<String>, step: &str) -> Vec<String> {
    steps.push(step.to_owned());
    steps
}

macro_rules! from {
    ($($old:ident => $new:ident,)*) => { $(
        impl From<$old> for $new {
            fn from(old: $old) -> Self {
                Self { steps: more(old.steps, stringify!($old)) }
            }
        }
    )* };
}

from!(V1 => V2, V2 => V4, V6 => V8, V9 => V11,);

impl TryFrom<V4> for V5 {
    type Error = TryFromIntError;
    fn try_from(old: V4) -> Result<Self, TryFromIntError> {
        u8::try_from(old.steps.len() * 100)?;
        Ok(Self {
            steps: more(old.steps, "V4"),
        })
    }
}

/// A step that looks at the event around the payload.
impl Upcast<V6> for V5 {
    fn upcast(self, cx: &UpcastCx<'_>) -> Result<V6, UpcastError> {
        let tenant = cx.metadata_str("tenant").unwrap_or("nobody");
        Ok(V6 {
            steps: more(self.steps, tenant),
        })
    }
}

fn v8_to_v9(old: V8) -> V9 {
    V9 {
        steps: more(old.steps, "V8"),
    }
}

mod steps {
    use super::{Moved, UpcastCx, UpcastError, V11, more};

    pub(super) fn v11_to_current(old: V11, cx: &UpcastCx<'_>) -> Result<Moved, UpcastError> {
        if old.steps.first().is_some_and(|first| first == "broken") {
            return Err(UpcastError::msg("it is broken"));
        }
        Ok(Moved {
            steps: more(old.steps, "V11"),
            note: Some(cx.version().to_string()),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum MoveEvent {
    #[es(
        name = "move.moved",
        was("move.shifted", "move.pushed"),
        version = 13,
        from(
            v1 = V1,
            v2 = V2,
            v3 = !,
            v4 = V4,
            v5 = V5,
            v6 = V6,
            v7 = _,
            v8(V8, via = v8_to_v9),
            v9 = V9,
            v10 = _,
            v11(V11, via = steps::v11_to_current),
            v12 = _,
        ),
    )]
    Moved(Moved),
}

fn steps(name: &str, version: u16) -> Vec<String> {
    let MoveEvent::Moved(moved) = one(name, version, r#"{"steps":[]}"#);
    moved.steps
}

#[test]
fn every_version_takes_the_steps_that_are_left() {
    assert_eq!(
        steps("move.moved", 2),
        ["V2", "V4", "nobody", "V6", "V8", "V9", "V11"]
    );
    assert_eq!(steps("move.moved", 5), ["nobody", "V6", "V8", "V9", "V11"]);
    assert_eq!(steps("move.moved", 7), ["V8", "V9", "V11"]);
    assert_eq!(steps("move.moved", 10), ["V11"]);
    assert_eq!(steps("move.moved", 11), ["V11"]);
    assert_eq!(steps("move.moved", 12), [""; 0]);
    assert_eq!(steps("move.moved", 13), [""; 0]);
}

#[test]
fn former_names_share_the_line_of_versions() {
    for name in ["move.shifted", "move.pushed"] {
        assert_eq!(steps(name, 6), steps("move.moved", 6));
    }
    let MoveEvent::Moved(moved) = one("move.pushed", 13, r#"{"steps":["a"],"note":"b"}"#);
    assert_eq!(
        moved,
        Moved {
            steps: vec!["a".into()],
            note: Some("b".into())
        }
    );
}

#[test]
fn a_step_sees_the_metadata_of_its_event() {
    let mut event = stored("move.moved", 4, r#"{"steps":[]}"#);
    event.metadata = Arc::new(Metadata::new().with_header("tenant", "acme"));
    let Decoded::One(MoveEvent::Moved(moved)) = event.decode(&Json).unwrap() else {
        panic!("one event")
    };
    assert_eq!(moved.steps, ["V4", "acme", "V6", "V8", "V9", "V11"]);
    assert_eq!(moved.note.as_deref(), Some("3"));
}

#[test]
fn a_failed_step_says_which_one_and_why() {
    let error = read::<MoveEvent>("move.moved", 11, r#"{"steps":["broken"]}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read event `move.moved` v11 (stream `account-42` version 3, position 7): the upcast from v11 to v12 failed: it is broken"
    );
    let error = read::<MoveEvent>("move.moved", 4, r#"{"steps":["1","2","3"]}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the upcast from v4 to v5 failed: out of range"),
        "{error}"
    );
}

#[test]
fn a_version_that_was_never_stored_is_refused() {
    let error = read::<MoveEvent>("move.moved", 3, r#"{"steps":[]}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read event `move.moved` v3 (stream `account-42` version 3, position 7): that version was declared as never stored (`!`)"
    );
}

#[test]
fn the_newest_version_is_written() {
    let event = MoveEvent::from(Moved {
        steps: Vec::new(),
        note: None,
    });
    assert_eq!(
        written(&event),
        (
            "move.moved".to_owned(),
            13,
            r#"{"steps":[],"note":null}"#.to_owned()
        )
    );
}

#[test]
fn the_table_lists_every_name_and_version() {
    assert_eq!(MoveEvent::TYPES.len(), 1);
    assert_eq!(MoveEvent::TYPES[0].aliases, ["move.shifted", "move.pushed"]);
    assert_eq!(MoveEvent::STORED.len(), 3 * 13);
    for row in MoveEvent::STORED {
        let fate = match row.version {
            3 => Fate::Unsupported,
            13 => Fate::Current(0),
            _ => Fate::Upcast(0),
        };
        assert_eq!(row.fate, fate);
        assert!(MoveEvent::slot(row.name, row.version).is_some());
    }
    assert_eq!(MoveEvent::slot("move.moved", 0), None);
    assert_eq!(MoveEvent::slot("move.moved", 14), None);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Noted {
    text: String,
}

/// A document, and an additive version in front of one with a type.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum NoteEvent {
    #[es(name = "note.made", version = 2, from(v1(serde_json::Value, via = document)))]
    Made(Noted),
    #[es(name = "note.kept", version = 3, from(v1 = _, v2 = Old))]
    Kept(String),
}

/// A step over the document itself, without a struct for what was stored.
fn document(old: serde_json::Value, _: &UpcastCx<'_>) -> Result<Noted, UpcastError> {
    let serde_json::Value::Object(words) = old else {
        return Err(UpcastError::msg("no words"));
    };
    let words = words
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"));
    Ok(Noted {
        text: words.collect::<Vec<_>>().join(" "),
    })
}

#[derive(Deserialize)]
struct Old(u8);

impl From<Old> for String {
    fn from(old: Old) -> Self {
        old.0.to_string()
    }
}

#[test]
fn a_step_may_read_any_document() {
    let event: NoteEvent = one("note.made", 1, r#"{"a":1,"b":[true]}"#);
    assert_eq!(
        event,
        NoteEvent::Made(Noted {
            text: "a=1 b=[true]".into()
        })
    );
    let error = read::<NoteEvent>("note.made", 1, "[]").unwrap_err();
    assert!(error.to_string().ends_with("no words"), "{error}");
}

#[test]
fn an_additive_version_is_read_as_the_type_of_the_next() {
    for version in [1, 2] {
        assert_eq!(
            one::<NoteEvent>("note.kept", version, "7"),
            NoteEvent::Kept("7".into())
        );
    }
    assert_eq!(
        one::<NoteEvent>("note.kept", 3, r#""7""#),
        NoteEvent::Kept("7".into())
    );
}
