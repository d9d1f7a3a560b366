//! Sets inside sets, two levels deep.

use eventsourcing::{
    Apply, DecodeError, Decoded, Event, EventType, Evolve, Fate, Format, FormatError, InvalidTag,
    Json, Skipped, Slot, Split, StoredType, Tag, UpcastCx, UpcastError,
};
use serde::{Deserialize, Serialize};

use super::stored::{one, read, round_trip, stored, written};

macro_rules! payloads {
    ($($name:ident),*) => { $(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        struct $name {
            cents: u64,
        }
        impl Apply<$name> for Account {
            fn apply(&mut self, event: $name) {
                self.0.push((stringify!($name), event.cents));
            }
        }
    )* };
}

#[derive(Debug, Default, PartialEq)]
struct Account(Vec<(&'static str, u64)>);

payloads!(Opened, Closed, Charged, Refunded, Posted, Reversed);

#[derive(Debug, Clone, PartialEq, Event)]
#[es(retired(name = "account.noted", versions = 1, reason = "nobody reads notes"))]
enum AccountEvent {
    #[es(nested)]
    Fee(FeeEvent),
    #[es(name = "account.opened", version = 2, from(v1 = u64))]
    Opened(Opened),
    #[es(nested)]
    Ledger(LedgerEvent),
    #[es(name = "account.closed")]
    Closed(Closed),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(
    split(name = "fee.corrected", v1 = Correction, into(Refunded, Charged)),
    retired(name = "fee.waived", versions = 1..=2, reason = "waiving changed nothing"),
)]
enum FeeEvent {
    #[es(name = "fee.charged", was("fee.taken", "fee.paid"))]
    Charged(Charged),
    #[es(nested)]
    Ledger(Reversals),
    #[es(name = "fee.refunded")]
    Refunded(Refunded),
}

#[derive(Debug, Clone, PartialEq, Event)]
enum LedgerEvent {
    #[es(name = "ledger.posted", version = 3, from(v1 = !, v2 = _))]
    Posted(Posted),
}

#[derive(Debug, Clone, PartialEq, Event)]
enum Reversals {
    #[es(name = "ledger.reversed", version = 2, from(v1 = u64))]
    Reversed(Reversed),
}

macro_rules! from_cents {
    ($($name:ident),*) => { $(
        impl From<u64> for $name {
            fn from(cents: u64) -> Self {
                Self { cents }
            }
        }
    )* };
}

from_cents!(Opened, Reversed);

#[derive(Deserialize)]
struct Correction {
    from: u64,
    to: u64,
}

impl Split<FeeEvent> for Correction {
    type Output = [FeeEvent; 2];
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        Ok([
            Refunded { cents: self.from }.into(),
            Charged { cents: self.to }.into(),
        ])
    }
}

/// One event of each type, in the order of the table.
fn all() -> [AccountEvent; 6] {
    [
        Opened { cents: 1 }.into(),
        Closed { cents: 2 }.into(),
        FeeEvent::from(Charged { cents: 3 }).into(),
        FeeEvent::from(Refunded { cents: 4 }).into(),
        FeeEvent::from(Reversals::from(Reversed { cents: 5 })).into(),
        LedgerEvent::from(Posted { cents: 6 }).into(),
    ]
}

#[test]
fn nested_types_stand_behind_the_sets_own() {
    let names: Vec<&str> = AccountEvent::TYPES.iter().map(|row| row.name).collect();
    assert_eq!(
        names,
        [
            "account.opened",
            "account.closed",
            "fee.charged",
            "fee.refunded",
            "ledger.reversed",
            "ledger.posted"
        ]
    );
    for (index, event) in all().iter().enumerate() {
        assert_eq!(event.type_index(), index);
        assert_eq!(written(event).0, names[index]);
    }
}

#[test]
fn nested_events_are_stored_as_themselves() {
    let [.., reversed, posted] = all();
    assert_eq!(
        written(&reversed),
        ("ledger.reversed".into(), 2, r#"{"cents":5}"#.into())
    );
    assert_eq!(
        written(&posted),
        ("ledger.posted".into(), 3, r#"{"cents":6}"#.into())
    );
    for event in all() {
        assert_eq!(round_trip(&event), event);
    }
}

#[test]
fn nested_histories_are_read() {
    let reversed = FeeEvent::from(Reversals::from(Reversed { cents: 7 }));
    assert_eq!(
        one::<AccountEvent>("ledger.reversed", 1, "7"),
        reversed.into()
    );
    let charged = FeeEvent::from(Charged { cents: 8 });
    assert_eq!(
        one::<AccountEvent>("fee.paid", 1, r#"{"cents":8}"#),
        charged.into()
    );
    let corrected = stored("fee.corrected", 1, r#"{"from":9,"to":10}"#);
    assert_eq!(
        corrected.decode::<AccountEvent>(&Json).unwrap(),
        Decoded::Many(vec![
            FeeEvent::from(Refunded { cents: 9 }).into(),
            FeeEvent::from(Charged { cents: 10 }).into(),
        ])
    );
    assert_eq!(
        read::<AccountEvent>("fee.waived", 2, "?").unwrap(),
        Decoded::Skipped(Skipped::Retired("waiving changed nothing"))
    );
    assert_eq!(
        read::<AccountEvent>("account.noted", 1, "?").unwrap(),
        Decoded::Skipped(Skipped::Retired("nobody reads notes"))
    );
    assert!(read::<AccountEvent>("ledger.posted", 1, "{}").is_err());
    assert_eq!(AccountEvent::slot("ledger.posted", 4), None);
    assert_eq!(AccountEvent::slot("account.opened", 3), None);
}

#[test]
fn every_stored_row_has_a_slot_of_its_own_line() {
    let mut slots: Vec<u16> = Vec::new();
    for row in AccountEvent::STORED {
        let slot = AccountEvent::slot(row.name, row.version).unwrap();
        assert!(usize::from(slot.index()) < AccountEvent::STORED.len());
        slots.extend((!slots.contains(&slot.index())).then(|| slot.index()));
    }
    // Two former names share a slot with today's, and the two retired versions share one.
    assert_eq!(slots.len(), AccountEvent::STORED.len() - 3);
}

#[test]
fn stored_rows_say_what_they_are_read_as() {
    let read_as = |name: &str, version: u16| -> Vec<&str> {
        let mut rows = AccountEvent::STORED.iter();
        let row = rows.find(|row| row.name == name && row.version == version);
        let types = row.unwrap().read_as();
        types.map(|index| AccountEvent::TYPES[index].name).collect()
    };
    assert_eq!(read_as("account.opened", 1), ["account.opened"]);
    assert_eq!(read_as("fee.taken", 1), ["fee.charged"]);
    assert_eq!(read_as("fee.corrected", 1), ["fee.refunded", "fee.charged"]);
    assert_eq!(read_as("ledger.reversed", 1), ["ledger.reversed"]);
    assert_eq!(read_as("ledger.posted", 2), ["ledger.posted"]);
    assert_eq!(read_as("ledger.posted", 1), [""; 0]);
    assert_eq!(read_as("fee.waived", 1), [""; 0]);
    let row = AccountEvent::STORED.last().unwrap();
    assert_eq!((row.fate, row.base), (Fate::Current(0), 5));
}

#[test]
fn nested_events_reach_the_state() {
    let mut account = Account::default();
    for event in all() {
        event.evolve(&mut account);
    }
    assert_eq!(
        account.0,
        [
            ("Opened", 1),
            ("Closed", 2),
            ("Charged", 3),
            ("Refunded", 4),
            ("Reversed", 5),
            ("Posted", 6)
        ]
    );
}

/// A set of sets alone, dispatched by a handler that has nothing to handle.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = SumEvents)]
enum SumEvent {
    #[es(nested)]
    Account(Entries),
    #[es(nested)]
    Door(DoorEvent),
    #[es(name = "sum.drawn")]
    Drawn { at: u8 },
}

type Entries = LedgerEvent;

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = DoorEvents)]
enum DoorEvent {
    #[es(name = "door.opened")]
    Opened,
}

impl SumEvents for Account {
    fn drawn(&mut self, at: u8) {
        self.0.push(("drawn", at.into()));
    }
}

impl DoorEvents for Account {
    fn opened(&mut self) {
        self.0.push(("opened", 0));
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum OnlyNested {
    #[es(nested)]
    Sum(SumEvent),
}

#[test]
fn each_set_dispatches_in_its_own_way() {
    let mut account = Account::default();
    let events: [SumEvent; 3] = [
        DoorEvent::Opened.into(),
        SumEvent::Drawn { at: 2 },
        LedgerEvent::from(Posted { cents: 3 }).into(),
    ];
    for event in events {
        let event = round_trip(&OnlyNested::from(event));
        let OnlyNested::Sum(event) = event;
        event.evolve(&mut account);
    }
    assert_eq!(account.0, [("opened", 0), ("drawn", 2), ("Posted", 3)]);
}

/// A set written by hand: one event, with a tag.
#[derive(Debug, Clone, PartialEq)]
struct Tagged(String);

impl Event for Tagged {
    const TYPES: &'static [EventType] = &[EventType::new("hand.tagged", 1, &[])];
    const STORED: &'static [StoredType] = &[StoredType::new("hand.tagged", 1, Fate::Current(0))];

    fn type_index(&self) -> usize {
        0
    }

    fn slot(name: &str, version: u16) -> Option<Slot> {
        (name == "hand.tagged" && version == 1).then_some(Slot::new(0))
    }

    fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
        Ok(vec![Tag::new(&format!("owner:{}", self.0))?])
    }

    fn encode<F: Format>(&self, format: &F, out: &mut Vec<u8>) -> Result<(), FormatError> {
        format.encode(&self.0, out)
    }

    fn decode<F: Format>(
        _: Slot,
        format: &F,
        cx: &UpcastCx<'_>,
    ) -> Result<Decoded<Self>, DecodeError> {
        let event = cx.recorded();
        let owner = format.decode(event.format, &event.payload);
        Ok(Decoded::One(Self(owner.unwrap())))
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum MixedEvent {
    #[es(name = "mixed.opened")]
    Opened,
    #[es(nested)]
    Tagged(Tagged),
}

#[test]
fn nested_events_keep_their_tags() {
    let event = MixedEvent::from(Tagged("ada".into()));
    assert_eq!(round_trip(&event), event);
    assert_eq!(event.tags().unwrap(), [Tag::new("owner:ada").unwrap()]);
    assert_eq!(MixedEvent::Opened.tags().unwrap(), []);
}

/// The check for shared names is not too long for the compiler.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(
    dispatch = none,
    retired(name = "large.left", versions = 1..=1000, reason = "x"),
    retired(name = "large.gone", versions = 1..=1000, reason = "x"),
)]
enum LargeEvent {
    #[es(nested)]
    Account(AccountEvent),
}

#[test]
fn large_sets_may_be_nested() {
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(
        dispatch = none,
        retired(name = "outer.left", versions = 1..=1000, reason = "x"),
    )]
    enum Outer {
        #[es(nested)]
        Large(LargeEvent),
    }
    let [opened, ..] = all();
    let event = Outer::from(LargeEvent::from(opened));
    assert_eq!(round_trip(&event), event);
    assert_eq!(Outer::STORED.len(), 3000 + AccountEvent::STORED.len());
}
