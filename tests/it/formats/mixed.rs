//! Streams in which every event may be in another format.

use eventsourcing::{
    Commit, EventSourced, EventStore, ExpectedVersion, Format, FormatError, FormatId, MemoryStore,
    NewEvent, Repository, SnapshotStore, stream_id,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::given;

use super::{
    Account, AccountEvent, Deposited, DepositedV1, OpenedV1, each_format, encoded, stored,
};

/// An account as programs of several ages wrote it, each in the format it had then.
fn history() -> Vec<NewEvent> {
    let owner = "Ada".into();
    let mut events = vec![stored(
        &eventsourcing::Postcard,
        "account.opened",
        1,
        encoded(&eventsourcing::Postcard, &OpenedV1 { owner }),
    )];
    // One deposit for each decimal place, so that the sum tells which were read.
    let cents = |events: &[NewEvent]| (1..events.len()).fold(1, |cents, _| 10 * cents);
    each_format!(format => {
        let cents = cents(&events);
        let payload = encoded(&format, &DepositedV1 { cents });
        events.push(stored(&format, "account.deposited", 1, payload));
    });
    each_format!(format => {
        let (cents, note) = (cents(&events), Some("rent".into()));
        let typed = AccountEvent::Deposited(Deposited { cents, note });
        events.push(NewEvent::encode(&typed, &format).expect("a payload"));
    });
    events
}

async fn reads_as_one<S, F>(store: S, format: F)
where
    S: EventStore + SnapshotStore,
    F: Format,
{
    let id = 7;
    let stream = stream_id::<Account>(&id).expect("a stream");
    let commit = Commit::new().append(stream, ExpectedVersion::NoStream, history());
    store.append(commit).await.expect("an append");
    let accounts = EventSourced::<Account, _, _>::with_format(store, format);
    let expected = Account {
        owner: "Ada in EUR".into(),
        cents: 11_111_111,
        ratio: 4.0,
    };
    let mut root = accounts.load(&id).await.expect("a load");
    assert_eq!((root.state(), root.version().get()), (&expected, 9));
    root.record(Deposited {
        cents: 1,
        note: None,
    });
    accounts.save(&mut root).await.expect("a save");
    assert_eq!(
        accounts.load(&id).await.expect("a load").state().cents,
        11_111_112
    );
}

#[tokio::test]
async fn a_stream_of_several_formats_and_versions_reads_as_one() {
    each_format!(format => {
        reads_as_one(MemoryStore::new(), format).await;
        let dir = tempfile::tempdir().expect("a directory");
        reads_as_one(SledStore::open(dir.path()).expect("a store"), format).await;
    });
}

#[test]
fn scenarios_take_any_format() {
    each_format!(format => {
        let owner = encoded(&format, &OpenedV1 { owner: "Ada".into() });
        given::<Account>()
            .stored("account.opened", 1, format_id(&format), owner)
            .stored("account.deposited", 1, FormatId::JSON, r#"{"cents":5}"#)
            .then_state(|account| account.owner == "Ada in EUR" && account.cents == 5);
    });
}

fn format_id<F: Format>(_: &F) -> FormatId {
    F::ID
}

fn says(format: &impl Format, id: FormatId, named: bool) {
    assert_eq!(format.is_named(id), named, "{id}");
    assert!(format.reads(id).is_ok(), "{id}");
}

#[test]
fn every_format_says_what_it_reads_and_what_it_knows_by_name() {
    let named = [
        (FormatId::JSON, true),
        (FormatId::CBOR, true),
        (FormatId::MSGPACK, true),
        (FormatId::POSTCARD, false),
    ];
    for (id, named) in named {
        each_format!(format => says(&format, id, named));
    }
    let other = FormatId::new(200);
    each_format!(format => {
        assert!(!format.is_named(other));
        assert!(matches!(
            format.reads(other),
            Err(FormatError::Foreign { stored, reader }) if stored == other && reader == format_id(&format)
        ));
    });
}
