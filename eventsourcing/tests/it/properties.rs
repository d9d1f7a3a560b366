//! Texts and ids: what is written is what is read.

use std::collections::HashSet;
use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;

use eventsourcing::{
    Checkpoint, CheckpointError, CommitId, EventId, EventStore, ExpectedVersion, Filter,
    MemoryStore, Position, StreamId, Tag, Timestamp,
};
use proptest::prelude::*;

use crate::domain::stored;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stream_ids_round_trip(category in "[a-z0-9._]{1,30}", id in "\\PC{1,40}") {
        let stream = StreamId::new(&category, &id).expect("valid parts");
        prop_assert_eq!((stream.category(), stream.id()), (category.as_str(), id.as_str()));
        let text = stream.to_string();
        let parsed: StreamId = text.parse().expect("its own text");
        prop_assert_eq!(&parsed, &stream);
        prop_assert_eq!((parsed.category(), parsed.id()), (category.as_str(), id.as_str()));
        let json = serde_json::to_string(&stream).expect("json");
        prop_assert_eq!(serde_json::from_str::<StreamId>(&json).expect("its own json"), stream);
    }

    #[test]
    fn any_text_is_a_stream_id_that_prints_as_it_or_is_refused(text in "\\PC{0,20}(-?.{0,220})") {
        if let Ok(stream) = text.parse::<StreamId>() {
            prop_assert_eq!(stream.as_str(), text.as_str());
            prop_assert!(text.len() <= StreamId::MAX_BYTES);
            prop_assert!(!text.chars().any(char::is_control));
        }
    }

    #[test]
    fn tags_round_trip(text in "\\PC{1,40}") {
        let tag = Tag::new(&text).expect("a valid tag");
        prop_assert_eq!(tag.as_str(), text.as_str());
        prop_assert_eq!(text.parse::<Tag>().expect("its own text"), tag);
    }

    #[test]
    fn times_round_trip(micros in prop_oneof![any::<i64>(), -1 << 52..1_i64 << 52]) {
        let time = Timestamp::from_micros(micros);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().expect("its own text"), time);
        let json = serde_json::to_string(&time).expect("json");
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("its own json"), time);
    }

    #[test]
    fn dates_are_those_of_the_text(micros in 0..1_i64 << 52, seconds in any::<u32>()) {
        let time = Timestamp::from_micros(micros);
        let (year, month, day) = time.utc_date();
        let date = format!("{year:04}-{month:02}-{day:02}T");
        prop_assert!(time.to_string().starts_with(&date), "{time} is of {date}");
        let span = Duration::from_secs(seconds.into());
        prop_assert_eq!(time - span + span, time);
        prop_assert_eq!(time.since(time - span), span);
    }

    #[test]
    fn event_ids_of_a_commit_differ(bits in any::<u128>(), count in 1..2000_u32) {
        let commit = CommitId::from_uuid(uuid::Uuid::from_u128(bits));
        let ids: HashSet<EventId> = (0..count).map(|index| commit.event_id(index)).collect();
        prop_assert_eq!(ids.len(), count as usize);
        prop_assert_ne!(commit.event_id(u32::MAX), commit.event_id(0));
    }
}

#[test]
fn the_ends_of_time_have_a_date() {
    let first = Timestamp::from_micros(i64::MIN);
    let last = Timestamp::from_micros(i64::MAX);
    assert_eq!(
        (first.utc_date().0, last.utc_date()),
        (-9999, (9999, 12, 30))
    );
    let span = Duration::from_secs(1);
    assert_eq!((first - span, last + span), (first, last));
}

#[test]
fn the_ends_of_time_round_trip() {
    for micros in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
        let time = Timestamp::from_micros(micros);
        assert_eq!(
            time.to_string().parse::<Timestamp>().expect("its own text"),
            time
        );
    }
    assert_eq!(
        Timestamp::from_micros(0).to_string(),
        "1970-01-01T00:00:00Z"
    );
    assert_eq!(
        Timestamp::from_micros(-1).to_string(),
        "1969-12-31T23:59:59.999999Z"
    );
}

#[test]
fn event_ids_of_many_commits_differ() {
    let mut ids = HashSet::new();
    for key in 0..500 {
        let (fresh, named) = (CommitId::generate(), CommitId::from_key(&key.to_string()));
        for index in 0..20 {
            assert!(ids.insert(fresh.event_id(index)) && ids.insert(named.event_id(index)));
        }
    }
}

#[test]
fn a_key_always_names_the_same_commit() {
    assert_eq!(
        CommitId::from_key("payment-7781"),
        CommitId::from_key("payment-7781")
    );
    assert_ne!(
        CommitId::from_key("payment-7781"),
        CommitId::from_key("payment-7782")
    );
    // Stored ids depend on it: this must never change.
    assert_eq!(
        CommitId::from_key("payment-7781").to_string(),
        "3032e899-41ad-5c65-8643-b98be5e10fb0"
    );
}

/// Ids that were not drawn at random, like the sequential ones that databases hand out.
#[test]
fn event_ids_of_neighbouring_commit_ids_differ() {
    let mut ids = HashSet::new();
    for commit in 0..1_000 {
        let commit = CommitId::from_uuid(uuid::Uuid::from_u128(commit));
        assert!((0..100).all(|index| ids.insert(commit.event_id(index))));
    }
}

/// A clock at one end of time.
#[derive(Debug)]
struct At(i64);

impl eventsourcing::Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0)
    }
}

#[tokio::test]
async fn nothing_was_recorded_beyond_the_ends_of_time() {
    for end in [i64::MIN, i64::MAX] {
        let store = MemoryStore::with_clock(std::sync::Arc::new(At(end)));
        let stream = StreamId::new("account", "7").expect("an id");
        let events = vec![stored("account.noted", 1, "{}")];
        let commit = eventsourcing::Commit::new().append(stream, ExpectedVersion::Any, events);
        store.append(commit).await.expect("an append");
        let end = Timestamp::from_micros(end);
        let filters = [
            (Filter::all().recorded(end..=end), 1),
            (Filter::all().recorded((Excluded(end), Unbounded)), 0),
            (Filter::all().recorded(..end), 0),
        ];
        for (filter, count) in filters {
            let page = store.read_all(Position::START, &filter, 10).await;
            assert_eq!(page.expect("a page").events.len(), count, "{filter:?}");
        }
    }
}

#[test]
fn a_fenced_writer_learns_why() {
    let at = |position, epoch| Checkpoint {
        position: Position::new(position),
        epoch,
    };
    let check = |stored, expected, new| {
        CheckpointError::check("balances", stored, expected, new, Position::new(9))
            .expect_err("fenced")
            .to_string()
    };
    assert_eq!(
        check(Some(at(7, 2)), None, at(1, 1)),
        "checkpoint `balances` is at position 7 of epoch 2; this writer, of epoch 1, expected none: load it again, \
         and stop if another has taken over"
    );
    assert_eq!(
        check(Some(at(7, 2)), Some(at(7, 2)), at(8, 1)),
        "checkpoint `balances` is at position 7 of epoch 2; this writer, of epoch 1, expected position 7 of epoch 2: \
         load it again, and stop if another has taken over"
    );
    assert!(check(None, Some(at(7, 2)), at(8, 2)).contains("is not there;"));
}

#[test]
fn what_is_finer_than_a_microsecond_is_cut_off() {
    for (text, micros) in [
        ("1970-01-01T00:00:00.0000019Z", 1),
        ("1969-12-31T23:59:59.9999991Z", -1),
        ("1969-12-31T23:59:59.9999981Z", -2),
    ] {
        let time: Timestamp = text.parse().expect("a time");
        assert_eq!(time.as_micros(), micros, "{text}");
    }
}
