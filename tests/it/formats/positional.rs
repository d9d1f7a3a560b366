//! Formats without names of fields: what they cannot do is refused, never guessed.

use std::convert::Infallible;

use eventsourcing::{
    Aggregate, Apply, Cbor, Commit, DecodeErrorKind, Event, EventSourced, EventStore, EventView,
    ExpectedVersion, Filter, Format, FormatError, FormatId, Json, LoadError, MemoryStore, MsgPack,
    NewEvent, Position, Postcard, Repository, stream_id,
};
use serde::{Deserialize, Serialize};

use super::{Deposited, DepositedV1, encoded, stored};

/// Version 1 was `{ cents }`, and is read as today's struct without the note.
#[derive(Debug, Clone, PartialEq, Event)]
enum Additive {
    #[es(name = "purse.deposited", version = 2, from(v1 = _))]
    Deposited(Deposited),
}

#[derive(Debug, Default, Clone, PartialEq, Aggregate)]
#[es(name = "purse", id = u64, event = Additive, error = Infallible)]
struct Purse {
    cents: u64,
}

impl Apply<Deposited> for Purse {
    fn apply(&mut self, event: Deposited) {
        self.cents += event.cents;
    }
}

#[derive(Debug, PartialEq, EventView)]
#[es(of = Additive)]
enum View {
    Deposited(Deposited),
}

async fn with(event: NewEvent) -> MemoryStore {
    let store = MemoryStore::new();
    let stream = stream_id::<Purse>(&7).expect("a stream");
    let commit = Commit::new().append(stream, ExpectedVersion::NoStream, vec![event]);
    store.append(commit).await.expect("an append");
    store
}

#[tokio::test]
async fn an_additive_version_is_read_where_fields_have_names() {
    async fn reads<F: Format>(format: F) {
        let payload = encoded(&format, &DepositedV1 { cents: 5 });
        let store = with(stored(&format, "purse.deposited", 1, payload)).await;
        let purses = EventSourced::<Purse, _>::new(store);
        let purse = purses.load(&7).await.expect("a load");
        assert_eq!(purse.state().cents, 5);
    }
    reads(Json).await;
    reads(Cbor).await;
    reads(MsgPack).await;
}

#[tokio::test]
async fn an_additive_version_stored_without_names_is_refused_by_every_reader() {
    // A payload that would read as today's: 5 cents and no note, though no note was ever written.
    for payload in [vec![5, 0], encoded(&Postcard, &DepositedV1 { cents: 5 })] {
        let store = with(stored(&Postcard, "purse.deposited", 1, payload)).await;
        let page = store
            .read_all(Position::START, &Filter::all(), 1)
            .await
            .expect("a page");
        let recorded = &page.events[0];
        let purses = EventSourced::<Purse, _>::new(store);
        let Err(LoadError::Decode(loaded)) = purses.load(&7).await else {
            panic!("what it lacks is not known");
        };
        let decoded = recorded.decode::<Additive>(&Cbor).expect_err("refused");
        let viewed = recorded.view::<View>(&Json).expect_err("refused");
        for error in [loaded, decoded, viewed] {
            let stored = FormatId::POSTCARD;
            assert!(
                matches!(error.kind(), DecodeErrorKind::NotNamed { stored: s } if *s == stored),
                "{error:?}"
            );
            assert_eq!(
                error.to_string(),
                "cannot read event `purse.deposited` v1 (stream `purse-7` version 1, position 1): that version was \
                 declared additive (`_`), but this event is stored in postcard, which keeps no names of fields, so it \
                 cannot be told which it lacks; keep the struct of that version and name it instead of `_`"
            );
        }
    }
}

#[tokio::test]
async fn the_current_version_is_read_in_any_format() {
    let deposited = Deposited {
        cents: 5,
        note: Some("rent".into()),
    };
    let payload = encoded(&Postcard, &deposited);
    let store = with(stored(&Postcard, "purse.deposited", 2, payload)).await;
    let purses = EventSourced::<Purse, _>::new(store);
    let purse = purses.load(&7).await.expect("a load");
    assert_eq!(purse.state().cents, 5);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Skipping {
    #[serde(default, skip_serializing_if = "is_zero")]
    cents: u64,
    list: Vec<u64>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_zero(cents: &u64) -> bool {
    *cents == 0
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Left {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        list: Vec<u8>,
    },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    rest: DepositedOnly,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct DepositedOnly {
    cents: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Number { number: u64 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Adjacent {
    Number(u64),
}

fn unwritable<T: Serialize>(value: &T) -> String {
    let error = Postcard.encode(value, &mut Vec::new());
    let error = error.expect_err("it would not come back");
    assert!(matches!(error, FormatError::Malformed(_)));
    error.to_string()
}

/// What decoding says of what was written.
fn reread<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> Result<T, FormatError> {
    Postcard.decode(FormatId::POSTCARD, &encoded(&Postcard, value))
}

#[test]
fn a_field_that_is_left_out_cannot_be_written() {
    // Without names this would come back as 1 cent and an empty list.
    let skipped = Skipping {
        cents: 0,
        list: vec![0],
    };
    assert_eq!(
        unwritable(&skipped),
        "field `cents` is left out (`skip_serializing_if`), and postcard has no names that would tell; remove that \
         attribute, or store this event in a format with named fields"
    );
    assert!(unwritable(&Some(vec![Choice::Left { list: vec![] }])).contains("`list`"));
    let whole = Skipping {
        cents: 1,
        list: vec![0],
    };
    assert_eq!(reread(&whole).expect("all fields are there"), whole);
}

#[test]
fn what_postcards_page_says_of_serdes_attributes() {
    let flat = Flat {
        id: 1,
        rest: DepositedOnly { cents: 2 },
    };
    unwritable(&flat);
    assert!(reread(&Untagged::Number(1)).is_err());
    assert!(reread(&Untagged::Text("1".into())).is_err());
    assert!(reread(&Tagged::Number { number: 1 }).is_err());
    assert!(reread(&serde_json::json!(1)).is_err());
    assert!(reread(&serde_json::json!({ "a": [1] })).is_err());
    assert!(reread(&Adjacent::Number(1)).is_err());
    // An absent field is an error, whatever its default.
    let short = encoded(&Postcard, &DepositedV1 { cents: 5 });
    let read: Result<Deposited, _> = Postcard.decode(FormatId::POSTCARD, &short);
    assert!(read.is_err());
}
