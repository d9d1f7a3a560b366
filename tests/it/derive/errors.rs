//! What a reader of stored events is told, word for word.

use eventsourcing::{DecodeErrorKind, Event, Format, FormatError, FormatId};
use serde::{Deserialize, Serialize};

use super::stored::{read, stored};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opened {
    owner: String,
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none, retired(name = "account.consent", versions = 2..=3, reason = "moved"))]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = !))]
    Opened(Opened),
}

const WHERE: &str = "(stream `account-42` version 3, position 7)";

#[test]
fn an_unknown_name_may_be_a_newer_programs() {
    let error = read::<AccountEvent>("account.frozen", 1, "{}").unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::UnknownType));
    assert_eq!(
        error.to_string(),
        format!(
            "cannot read event `account.frozen` v1 {WHERE}: no event type of that name is known here; was it written by a newer program?"
        )
    );
}

#[test]
fn a_future_version_names_the_newest_that_is_read() {
    let error = read::<AccountEvent>("account.opened", 3, r#"{"owner":"Ada"}"#).unwrap_err();
    assert!(matches!(
        error.kind(),
        DecodeErrorKind::FromTheFuture { supported: 2 }
    ));
    assert_eq!(
        error.to_string(),
        format!(
            "cannot read event `account.opened` v3 {WHERE}: this program reads it only up to v2; a newer program wrote it"
        )
    );
}

#[test]
fn a_version_below_a_retired_range_is_unknown() {
    let error = read::<AccountEvent>("account.consent", 1, "{}").unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::UnknownVersion));
}

#[test]
fn a_broken_payload_is_the_formats_error() {
    let error = read::<AccountEvent>("account.opened", 2, "{}").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot read event `account.opened` v2 {WHERE}: missing field `owner` at line 1 column 2"
        )
    );
}

/// A format without field names, which only ever fails.
struct Positional;

impl Format for Positional {
    const ID: FormatId = FormatId::new(200);
    const NAMED: bool = false;

    fn encode<T: Serialize + ?Sized>(&self, _: &T, _: &mut Vec<u8>) -> Result<(), FormatError> {
        Err(FormatError::Malformed("no".into()))
    }

    fn decode<'de, T: Deserialize<'de>>(
        &self,
        stored: FormatId,
        _: &'de [u8],
    ) -> Result<T, FormatError> {
        Err(FormatError::Foreign {
            stored,
            reader: Self::ID,
        })
    }
}

#[test]
fn formats_without_field_names_serve_events_without_additive_versions() {
    let error = stored("account.opened", 2, "{}")
        .decode::<AccountEvent>(&Positional)
        .unwrap_err();
    assert!(matches!(
        error.kind(),
        DecodeErrorKind::Payload(FormatError::Foreign { .. })
    ));
}
