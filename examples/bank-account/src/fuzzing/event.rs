//! A stored event.

use eventsourcing::{
    Aggregate, CommitId, DecodeError, Decoded, Event, Format, FormatId, Json, Metadata, NewEvent,
    Position, RecordedEvent, StreamId, Timestamp, Version,
};

use crate::domain::{Account, AccountEvent};

/// Which stored type, its version, its format; then the payload. A type that is not in the table is read from the
/// payload's first bytes.
pub(super) fn body(input: &[u8]) {
    let Some(([which, version, format], payload)) = input.split_first_chunk() else {
        return;
    };
    let stored = AccountEvent::STORED.get(usize::from(*which));
    let (name, payload) = if let Some(stored) = stored {
        (stored.name, payload)
    } else {
        let (name, payload) = payload.split_at(payload.len().min(24));
        (std::str::from_utf8(name).unwrap_or("\u{0}"), payload)
    };
    let version = match (*version, stored) {
        (0, Some(stored)) => stored.version,
        (version, _) => u16::from(version),
    };
    let mut event = recorded(name, version, FormatId::new(*format), payload);
    check(&event);
    event.format = Json::ID;
    check(&event);
}

fn recorded(name: &str, schema_version: u16, format: FormatId, payload: &[u8]) -> RecordedEvent {
    let metadata = Metadata::new().with_header("branch-currency", "CZK");
    RecordedEvent {
        position: Position::new(1),
        stream: StreamId::new(Account::NAME, "7").expect("a stream id"),
        version: Version::FIRST,
        commit_id: CommitId::from_key("fuzzing"),
        commit_index: 0,
        commit_len: 1,
        event_type: name.into(),
        schema_version,
        readable_by: schema_version,
        format,
        recorded_at: Timestamp::from_micros(0),
        metadata: metadata.into(),
        tags: Vec::new(),
        payload: payload.to_vec().into(),
    }
}

/// It is refused with an error that names it, or it becomes events that survive being written and read.
fn check(event: &RecordedEvent) {
    let decoded: Result<Decoded<AccountEvent>, DecodeError> = event.decode(&Json);
    let slot = AccountEvent::slot(&event.event_type, event.schema_version);
    let events = match decoded {
        Ok(decoded) => decoded.into_vec(),
        Err(error) => {
            assert_eq!(error.event_type(), &*event.event_type);
            assert!(error.to_string().contains("account-7"));
            return;
        }
    };
    assert!(slot.is_some_and(|slot| usize::from(slot.index()) < AccountEvent::STORED.len()));
    let mut account = Account::initial();
    for typed in events {
        write_again(event, &typed, &Json);
        // Whatever has happened, it can be shown and applied.
        assert!(!typed.to_string().is_empty());
        account.evolve(typed);
    }
}

fn write_again(event: &RecordedEvent, typed: &AccountEvent, format: &impl Format) {
    let new = NewEvent::encode(typed, format).expect("what could be read can be written");
    let written = RecordedEvent {
        event_type: new.event_type,
        schema_version: new.schema_version,
        readable_by: new.schema_version,
        format: new.format,
        payload: new.payload,
        ..event.clone()
    };
    let again = written
        .decode::<AccountEvent>(format)
        .expect("what was written");
    assert_eq!(again.into_vec(), std::slice::from_ref(typed));
}
