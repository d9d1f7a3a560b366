//! Programs of different age: floors, older versions still written, names and versions that are not known.

use eventsourcing::{
    Apply, DecodeErrorKind, Decoded, Downcast, Event, EventView, Evolve, FormatError, FormatId,
    Json, NewEvent, Skipped, Split, UnknownEvent, UpcastCx, UpcastError,
};
use serde::{Deserialize, Serialize};

use super::stored::{one, read, stored, written};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opened {
    owner: String,
    currency: String,
    limit: u64,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Closed {}

mod old {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct OpenedV1 {
        pub(super) owner: String,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct OpenedV2 {
        pub(super) owner: String,
        pub(super) currency: String,
    }
}
use old::{OpenedV1, OpenedV2};

impl From<OpenedV1> for OpenedV2 {
    fn from(old: OpenedV1) -> Self {
        let (owner, currency) = (old.owner, "EUR".into());
        Self { owner, currency }
    }
}
impl From<OpenedV2> for Opened {
    fn from(old: OpenedV2) -> Self {
        let (owner, currency) = (old.owner, old.currency);
        Self {
            owner,
            currency,
            limit: 0,
        }
    }
}
impl Downcast<OpenedV2> for Opened {
    fn downcast(&self) -> Result<OpenedV2, UpcastError> {
        let (owner, currency) = (self.owner.clone(), self.currency.clone());
        Ok(OpenedV2 { owner, currency })
    }
}
impl Downcast<OpenedV1> for OpenedV2 {
    fn downcast(&self) -> Result<OpenedV1, UpcastError> {
        if self.currency != "EUR" {
            return Err(UpcastError::msg("version 1 knows EUR only"));
        }
        Ok(OpenedV1 {
            owner: self.owner.clone(),
        })
    }
}

/// The program that is rolled out first: it reads version 3 and writes version 1.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum Careful {
    #[es(name = "account.opened", version = 3, from(v1 = OpenedV1, v2 = OpenedV2), write = 1)]
    Opened(Opened),
}

/// The one before it.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum Before {
    #[es(name = "account.opened")]
    Opened(OpenedBefore),
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OpenedBefore {
    owner: String,
}

fn opened(currency: &str) -> Opened {
    let (owner, currency) = ("ada".into(), currency.into());
    Opened {
        owner,
        currency,
        limit: 0,
    }
}

#[test]
fn an_older_version_is_written_while_readers_are_on_their_way() {
    let event = Careful::from(opened("EUR"));
    let (name, version, payload) = written(&event);
    assert_eq!(
        (name.as_str(), version, payload.as_str()),
        ("account.opened", 1, r#"{"owner":"ada"}"#)
    );
    let before: Before = one(&name, version, &payload);
    assert_eq!(
        before,
        Before::Opened(OpenedBefore {
            owner: "ada".into()
        })
    );
    assert_eq!(one::<Careful>(&name, version, &payload), event);
    let current = r#"{"owner":"ada","currency":"USD","limit":5}"#;
    let Careful::Opened(read) = one(&name, 3, current);
    assert_eq!(read.limit, 5, "the current version is read already");
    let row = Careful::TYPES[0];
    assert_eq!((row.version, row.writes, row.readable_by), (3, 1, 1));
}

#[test]
fn what_the_older_version_has_no_words_for_is_not_written() {
    let error = NewEvent::encode(&Careful::from(opened("USD")), &Json).unwrap_err();
    assert!(
        matches!(error, FormatError::Downcast { to: 1, .. }),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "it cannot be written as version 1: version 1 knows EUR only"
    );
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Charged {
    cents: u64,
    #[serde(default)]
    kind: String,
}

#[test]
fn a_struct_steps_back_too() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    #[es(name = "ping", version = 2, from(v1 = OpenedV1), write = 1)]
    struct Ping {
        name: String,
    }
    impl From<OpenedV1> for Ping {
        fn from(old: OpenedV1) -> Self {
            Self { name: old.owner }
        }
    }
    impl Downcast<OpenedV1> for Ping {
        fn downcast(&self) -> Result<OpenedV1, UpcastError> {
            Ok(OpenedV1 {
                owner: self.name.clone(),
            })
        }
    }
    let (_, version, payload) = written(&Ping { name: "x".into() });
    assert_eq!((version, payload.as_str()), (1, r#"{"owner":"x"}"#));
}

#[derive(Debug, Clone, PartialEq, Event)]
enum Relay {
    #[es(name = "account.closed")]
    Closed(Closed),
    #[es(unknown)]
    Other(UnknownEvent),
}

#[test]
fn what_is_unknown_is_taken_up_and_passed_on_to_the_last_bit() {
    let payload = [0xff, 0, b'{', 0x80];
    for (name, version) in [("account.opened", 7), ("account.closed", 2)] {
        let mut event = stored(name, version, "");
        event.payload = payload.to_vec().into();
        event.format = FormatId::new(200);
        event.tags = vec![eventsourcing::Tag::new("owner:ada").unwrap()];
        let Decoded::One(relayed) = event.decode::<Relay>(&Json).unwrap() else {
            panic!("it is one event");
        };
        assert_eq!(relayed, Relay::from(UnknownEvent::from(&event)));
        let again = NewEvent::encode(&relayed, &Json).unwrap();
        assert_eq!(
            (&*again.event_type, again.schema_version, again.format),
            (name, version, FormatId::new(200))
        );
        assert_eq!(
            (&again.payload[..], &again.tags),
            (&payload[..], &event.tags)
        );
    }
    assert_eq!(
        one::<Relay>("account.closed", 1, "{}"),
        Relay::Closed(Closed {})
    );
    // What is known and broken stays an error.
    assert!(read::<Relay>("account.closed", 1, "{").is_err());
}

#[test]
fn unknown_events_are_dispatched_like_all() {
    #[derive(Default)]
    struct Seen {
        closed: bool,
        unknown: Vec<String>,
    }
    impl Apply<Closed> for Seen {
        fn apply(&mut self, _: Closed) {
            self.closed = true;
        }
    }
    impl Apply<UnknownEvent> for Seen {
        fn apply(&mut self, event: UnknownEvent) {
            self.unknown.push(event.event_type.to_string());
        }
    }
    let mut seen = Seen::default();
    one::<Relay>("account.closed", 1, "{}").evolve(&mut seen);
    one::<Relay>("account.opened", 1, "{}").evolve(&mut seen);
    assert!(seen.closed);
    assert_eq!(seen.unknown, ["account.opened"]);
}

#[test]
fn unknown_events_have_a_method_of_the_handler() {
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(handler = Doors)]
    enum DoorEvent {
        #[es(name = "door.opened")]
        Opened,
        #[es(unknown)]
        Other(UnknownEvent),
    }
    impl Doors for Vec<String> {
        fn opened(&mut self) {
            self.push("opened".into());
        }
        fn other(&mut self, event: UnknownEvent) {
            self.push(format!("{} v{}", event.event_type, event.schema_version));
        }
    }
    let mut seen = Vec::new();
    one::<DoorEvent>("door.opened", 1, "{}").evolve(&mut seen);
    one::<DoorEvent>("door.painted", 4, "{}").evolve(&mut seen);
    assert_eq!(seen, ["opened", "door.painted v4"]);
}

#[test]
fn sets_around_a_relay_pass_on_what_it_took_up() {
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    enum Outer {
        #[es(name = "account.charged")]
        Charged(Charged),
        #[es(nested)]
        Relay(Relay),
    }
    let unknown = UnknownEvent::from(&stored("account.opened", 3, "?"));
    let wrapped = Outer::Relay(Relay::Other(unknown.clone()));
    assert_eq!(wrapped.captured(), Some(&unknown));
    assert_eq!(written(&wrapped), ("account.opened".into(), 3, "?".into()));
    // The outer set itself takes nothing up.
    assert!(read::<Outer>("account.opened", 3, "?").is_err());
}

#[test]
fn what_a_nested_relay_took_up_is_no_type_of_the_outer_set() {
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    enum Charging {
        #[es(name = "account.charged")]
        Charged(Charged),
    }
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    enum Outer {
        #[es(nested)]
        Relay(Relay),
        #[es(nested)]
        Charging(Charging),
    }
    let unknown = UnknownEvent::from(&stored("account.opened", 3, "?"));
    let relayed = Outer::Relay(Relay::Other(unknown));
    assert_eq!(relayed.type_index(), Outer::TYPES.len());
    assert_eq!(Outer::Relay(Relay::Closed(Closed {})).type_index(), 0);
    let charged = Outer::from(Charging::from(Charged {
        cents: 1,
        kind: String::new(),
    }));
    assert_eq!(charged.type_index(), 1);
}

#[test]
fn a_split_into_what_is_unknown_is_an_error() {
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none, split(name = "account.moved", v1 = Moved, into(Closed)))]
    enum Splitting {
        #[es(name = "account.closed")]
        Closed(Closed),
        #[es(unknown)]
        Other(UnknownEvent),
    }
    #[derive(Deserialize)]
    struct Moved {}
    impl Split<Splitting> for Moved {
        type Output = [Splitting; 1];
        fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
            Ok([UnknownEvent::from(&stored("account.lost", 1, "{}")).into()])
        }
    }
    let error = read::<Splitting>("account.moved", 1, "{}").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`account.lost`, which is not listed"),
        "{error}"
    );
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none, unknown = skip)]
enum Easygoing {
    #[es(name = "account.closed")]
    Closed(Closed),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none, unknown = error)]
enum Strict {
    #[es(name = "account.closed")]
    Closed(Closed),
}

#[test]
fn what_is_unknown_may_be_skipped() {
    for (name, version) in [("account.opened", 1), ("account.closed", 2)] {
        let decoded = read::<Easygoing>(name, version, "?").unwrap();
        assert_eq!(decoded, Decoded::Skipped(Skipped::Unknown), "{name}");
    }
    let error = read::<Strict>("account.opened", 1, "?").unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::UnknownType));
}

#[derive(Debug, PartialEq, EventView)]
enum Closings {
    #[es(of = Easygoing, variant = Closed)]
    Easygoing(Closed),
    #[es(of = Relay)]
    Closed(Closed),
}

#[test]
fn a_view_does_not_miss_what_its_set_passes_over() {
    let newer = stored("account.closed", 2, "{}");
    let error = newer.view::<Closings>(&Json).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            DecodeErrorKind::FromTheFuture { supported: 1 }
        ),
        "{error}"
    );
    let other = stored("account.opened", 2, "{}");
    let decoded = other.view::<Closings>(&Json).unwrap();
    assert_eq!(decoded, Decoded::Skipped(Skipped::NotInView));
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum Newer {
    #[es(name = "fee.charged", was = "fee.taken", version = 3, from(v1 = _, v2 = _), readable_by = 2)]
    Charged(Charged),
    #[es(name = "account.closed", version = 2, from(v1 = _))]
    Closed(Closed),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ChargedBefore {
    cents: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum KnowsV1 {
    #[es(name = "fee.charged")]
    Charged(ChargedBefore),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum KnowsV2 {
    #[es(name = "fee.taken", was = "fee.charged", version = 2, from(v1 = _))]
    Charged(ChargedBefore),
}

#[test]
fn readers_down_to_the_floor_read_what_a_newer_program_wrote() {
    let (cents, kind) = (5, "monthly".to_owned());
    let new = NewEvent::encode(&Newer::from(Charged { cents, kind }), &Json).unwrap();
    assert_eq!((new.schema_version, new.readable_by), (3, 2));
    let mut event = stored("fee.charged", 3, std::str::from_utf8(&new.payload).unwrap());
    event.readable_by = new.readable_by;
    let read = event.decode::<KnowsV2>(&Json).unwrap();
    assert_eq!(
        read,
        Decoded::One(KnowsV2::Charged(ChargedBefore { cents: 5 }))
    );
    let error = event.decode::<KnowsV1>(&Json).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            DecodeErrorKind::FromTheFuture { supported: 1 }
        ),
        "{error}"
    );
    // Who writes version 1 for the time being promises nothing about it.
    let floor = NewEvent::encode(&Careful::from(opened("EUR")), &Json)
        .unwrap()
        .readable_by;
    assert_eq!(floor, 1);
    let row = Newer::TYPES[1];
    assert_eq!(
        (row.version, row.readable_by),
        (2, 2),
        "its own version unless said otherwise"
    );
}

#[test]
fn a_floor_helps_only_where_fields_have_names() {
    let mut event = stored("fee.charged", 3, r#"{"cents":5}"#);
    (event.readable_by, event.format) = (2, FormatId::new(200));
    let error = event.decode::<KnowsV2>(&Json).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            DecodeErrorKind::FromTheFuture { supported: 2 }
        ),
        "{error}"
    );
}
