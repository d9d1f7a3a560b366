//! Names that are no longer written: split, retired, refused.

use eventsourcing::{DecodeErrorKind, Decoded, Event, Fate, Skipped, Split, UpcastCx, UpcastError};
use serde::{Deserialize, Serialize};

use super::stored::read;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Withdrawn {
    cents: u64,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Charged {
    cents: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(
    dispatch = none,
    split(name = "account.paid", v1 = v1::Paid, v2 = _, v3 = v3::Paid, into(Withdrawn, Charged)),
    split(name = "account.checked", v1 = v1::Checked, v2 = !, v3 = v3::Checked, into(Charged)),
    split(name = "account.mistaken", v2 = v1::Mistaken, into(Withdrawn)),
    retired(name = "account.mistaken", versions = 1, reason = "a test that went live"),
    refused(name = "account.mistaken", versions = 3..=9, reason = "amounts are lost"),
)]
enum AccountEvent {
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
    #[es(name = "account.charged")]
    Charged(Charged),
}

mod v1 {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Paid {
        pub(super) cents: u64,
    }
    #[derive(Deserialize)]
    pub(super) struct Checked {
        pub(super) fee: Option<u64>,
    }
    #[derive(Deserialize)]
    pub(super) struct Mistaken {}
}

mod v3 {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Paid {
        pub(super) cents: u64,
        #[serde(default)]
        pub(super) fees: Vec<u64>,
    }
    #[derive(Deserialize)]
    pub(super) struct Checked {}
}

impl Split<AccountEvent> for v3::Paid {
    type Output = Vec<AccountEvent>;
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        let mut events = vec![Withdrawn { cents: self.cents }.into()];
        events.extend(
            self.fees
                .into_iter()
                .map(|cents| AccountEvent::from(Charged { cents })),
        );
        Ok(events)
    }
}

impl Split<AccountEvent> for v1::Paid {
    type Output = [AccountEvent; 1];
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        Ok([Withdrawn { cents: self.cents }.into()])
    }
}

impl Split<AccountEvent> for v1::Checked {
    type Output = Option<AccountEvent>;
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        Ok(self.fee.map(|cents| Charged { cents }.into()))
    }
}

impl Split<AccountEvent> for v3::Checked {
    type Output = [AccountEvent; 0];
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        Ok([])
    }
}

/// Splits into an event that its `into(..)` does not list.
impl Split<AccountEvent> for v1::Mistaken {
    type Output = std::iter::Once<AccountEvent>;
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        Ok(std::iter::once(Charged { cents: 1 }.into()))
    }
}

fn parts(name: &str, version: u16, payload: &str) -> Vec<AccountEvent> {
    match read(name, version, payload).unwrap() {
        Decoded::Many(parts) => parts,
        other => panic!("{other:?}"),
    }
}

fn withdrawn(cents: u64) -> AccountEvent {
    AccountEvent::Withdrawn(Withdrawn { cents })
}

fn charged(cents: u64) -> AccountEvent {
    AccountEvent::Charged(Charged { cents })
}

#[test]
fn a_split_gives_as_many_events_as_it_likes() {
    assert_eq!(parts("account.paid", 1, r#"{"cents":5}"#), [withdrawn(5)]);
    assert_eq!(
        parts("account.paid", 3, r#"{"cents":5,"fees":[1,2]}"#),
        [withdrawn(5), charged(1), charged(2)]
    );
    assert_eq!(parts("account.checked", 1, r#"{"fee":3}"#), [charged(3)]);
    assert_eq!(parts("account.checked", 1, r#"{"fee":null}"#), []);
    assert_eq!(parts("account.checked", 3, "{}"), []);
}

#[test]
fn an_additive_version_of_a_split_source_is_read_as_the_next() {
    assert_eq!(parts("account.paid", 2, r#"{"cents":5}"#), [withdrawn(5)]);
}

#[test]
fn a_split_into_an_unlisted_event_is_an_error() {
    let error = read::<AccountEvent>("account.mistaken", 2, "{}").unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::Split { .. }));
    assert!(
        error
            .to_string()
            .contains("it gave `Charged` (`account.charged`), which is not listed in `into(..)`"),
        "{error}"
    );
}

#[test]
fn a_name_may_have_another_fate_in_each_version() {
    let retired = read::<AccountEvent>("account.mistaken", 1, "\u{0}").unwrap();
    assert_eq!(
        retired,
        Decoded::Skipped(Skipped::Retired("a test that went live"))
    );
    for version in 3..=9 {
        let error = read::<AccountEvent>("account.mistaken", version, "{}").unwrap_err();
        assert!(matches!(
            error.kind(),
            DecodeErrorKind::Refused {
                reason: "amounts are lost"
            }
        ));
    }
    let error = read::<AccountEvent>("account.mistaken", 10, "{}").unwrap_err();
    assert!(matches!(
        error.kind(),
        DecodeErrorKind::FromTheFuture { supported: 9 }
    ));
    let error = read::<AccountEvent>("account.checked", 2, "{}").unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::Unsupported));
}

#[test]
fn the_table_names_the_parts_of_a_split() {
    let fate = |name: &str, version: u16| {
        let row = AccountEvent::STORED
            .iter()
            .find(|row| row.name == name && row.version == version);
        row.map(|row| row.fate)
    };
    assert_eq!(fate("account.paid", 2), Some(Fate::Split(&[0, 1])));
    assert_eq!(fate("account.checked", 2), Some(Fate::Unsupported));
    assert_eq!(
        fate("account.mistaken", 1),
        Some(Fate::Retired("a test that went live"))
    );
    assert_eq!(
        fate("account.mistaken", 7),
        Some(Fate::Refused("amounts are lost"))
    );
}

#[derive(Debug, Clone, Copy, PartialEq, Event)]
#[es(retired(name = "ghost.seen", versions = 1..=1, reason = "there are no ghosts"))]
enum GhostEvent {}

#[test]
fn a_set_may_hold_only_retired_names() {
    let seen = read::<GhostEvent>("ghost.seen", 1, "boo").unwrap();
    assert_eq!(
        seen,
        Decoded::Skipped(Skipped::Retired("there are no ghosts"))
    );
    assert!(GhostEvent::TYPES.is_empty());
}
