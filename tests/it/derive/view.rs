//! Views: some of the events of some sets, with every name they were ever stored under.

use std::borrow::Cow;

use eventsourcing::{
    DecodeErrorKind, Decoded, Event, EventView, Filter, Json, RecordedEvent, Skipped, Split,
    UpcastCx, UpcastError,
};
use serde::{Deserialize, Serialize};

use super::stored::stored;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opened {
    owner: String,
    street: String,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deposited {
    cents: u64,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Withdrawn {
    cents: u64,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Charged {
    cents: u64,
}

mod v1 {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Opened {
        pub(super) owner: String,
    }
    #[derive(Deserialize)]
    pub(super) struct Paid {
        pub(super) cents: u64,
        pub(super) fee: u64,
    }
}

impl From<v1::Opened> for Opened {
    fn from(old: v1::Opened) -> Self {
        let street = "unknown".into();
        Self {
            owner: old.owner,
            street,
        }
    }
}

impl Split<AccountEvent> for v1::Paid {
    type Output = Vec<AccountEvent>;
    fn split(self, _: &UpcastCx<'_>) -> Result<Vec<AccountEvent>, UpcastError> {
        let (cents, fee) = (self.cents, self.fee);
        Ok(vec![
            Withdrawn { cents }.into(),
            Charged { cents: fee }.into(),
        ])
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(
    dispatch = none,
    split(name = "account.paid", v1 = v1::Paid, into(Withdrawn, Charged)),
    retired(name = "account.noted", versions = 1, reason = "nobody reads notes"),
    refused(name = "account.guessed", versions = 1, reason = "amounts are lost"),
)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = v1::Opened))]
    Opened(Opened),
    #[es(name = "account.deposited", was = "account.money-added")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
    #[es(name = "account.charged")]
    Charged(Charged),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = Transfers)]
enum TransferEvent {
    #[es(name = "transfer.opened")]
    Opened {
        from: String,
        to: String,
        cents: u64,
    },
    #[es(name = "transfer.done")]
    Done,
}

fn read<'de, V: EventView<'de>>(event: &'de RecordedEvent) -> Decoded<V> {
    event.view(&Json).unwrap()
}

#[derive(Debug, PartialEq, EventView)]
#[es(of = AccountEvent)]
enum CashFlow {
    Deposited(Deposited),
    Withdrawn(Withdrawn),
}

#[test]
fn names_and_filter_hold_former_names_and_split_sources() {
    let names = [
        "account.deposited",
        "account.money-added",
        "account.withdrawn",
        "account.paid",
    ];
    assert_eq!(CashFlow::names(), names);
    let filter = Filter::all().category("account").view::<CashFlow>();
    assert_eq!(filter.event_types(), names);
    assert!(filter.matches(&stored("account.paid", 1, "{}")));
    assert!(!filter.matches(&stored("account.charged", 1, "{}")));
}

#[derive(Debug, PartialEq, EventView)]
#[es(of = AccountEvent)]
enum Both {
    Charged(Charged),
    Withdrawn(Withdrawn),
}

#[test]
fn what_is_in_the_view_is_lifted_and_divided() {
    let event = stored("account.money-added", 1, r#"{"cents":5}"#);
    assert_eq!(
        read(&event),
        Decoded::One(CashFlow::Deposited(Deposited { cents: 5 }))
    );
    // Of the two events that it stands for, one is in the view.
    let event = stored("account.paid", 1, r#"{"cents":5,"fee":1}"#);
    assert_eq!(
        read(&event),
        Decoded::One(CashFlow::Withdrawn(Withdrawn { cents: 5 }))
    );
    let both = [
        Both::Withdrawn(Withdrawn { cents: 5 }),
        Both::Charged(Charged { cents: 1 }),
    ];
    assert_eq!(read(&event), Decoded::Many(both.into()));
}

#[test]
fn what_is_not_in_it_is_no_error() {
    let outside = [
        stored("account.opened", 2, r#"{"owner":"ada","street":"x"}"#),
        stored("account.opened", 2, "not even json"),
        stored("account.opened", 9, "{}"),
        stored("account.noted", 1, "{}"),
        stored("account.guessed", 1, "{}"),
        stored("account.never-heard-of", 1, "{}"),
        stored("transfer.done", 1, "null"),
    ];
    for event in &outside {
        let decoded: Decoded<CashFlow> = read(event);
        assert_eq!(
            decoded,
            Decoded::Skipped(Skipped::NotInView),
            "{}",
            event.event_type
        );
    }
}

#[test]
fn what_is_in_it_and_cannot_be_read_is_one() {
    let newer = stored("account.deposited", 2, "{}");
    let error = newer.view::<CashFlow>(&Json).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            DecodeErrorKind::FromTheFuture { supported: 1 }
        ),
        "{error}"
    );
    let broken = stored("account.paid", 1, r#"{"cents":"#);
    let error = broken.view::<CashFlow>(&Json).unwrap_err();
    assert!(
        matches!(error.kind(), DecodeErrorKind::Payload(_)),
        "{error}"
    );
}

#[test]
fn several_sets_other_names_facts_and_some_fields() {
    #[derive(Debug, PartialEq)]
    struct Cents(u64);
    impl From<Deposited> for Cents {
        fn from(event: Deposited) -> Self {
            Self(event.cents)
        }
    }
    #[derive(Debug, PartialEq, EventView)]
    enum Activity {
        #[es(of = AccountEvent, variant = Opened)]
        AccountOpened,
        #[es(of = AccountEvent)]
        Deposited(Cents),
        #[es(of = TransferEvent)]
        Opened { cents: u64, to: String },
        #[es(of = TransferEvent)]
        Done,
    }
    let names = [
        "account.opened",
        "account.deposited",
        "account.money-added",
        "transfer.opened",
        "transfer.done",
    ];
    assert_eq!(Activity::names(), names);
    let cases = [
        (
            stored("account.opened", 1, r#"{"owner":"ada"}"#),
            Activity::AccountOpened,
        ),
        (
            stored("account.deposited", 1, r#"{"cents":5}"#),
            Activity::Deposited(Cents(5)),
        ),
        (
            stored("transfer.opened", 1, r#"{"from":"a","to":"b","cents":7}"#),
            Activity::Opened {
                cents: 7,
                to: "b".into(),
            },
        ),
        (stored("transfer.done", 1, "{}"), Activity::Done),
    ];
    for (event, expected) in cases {
        assert_eq!(read(&event), Decoded::One(expected));
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    owner: Cow<'a, str>,
}

impl From<Opened> for Owner<'_> {
    fn from(opened: Opened) -> Self {
        Self {
            owner: opened.owner.into(),
        }
    }
}

#[derive(Debug, PartialEq, EventView)]
#[es(of = AccountEvent)]
enum Owners<'a> {
    #[es(borrow)]
    Opened(Owner<'a>),
    Deposited(Deposited),
}

#[test]
fn current_versions_are_borrowed_and_older_ones_lifted() {
    let event = stored("account.opened", 2, r#"{"owner":"ada","street":"x"}"#);
    let Decoded::One(Owners::Opened(Owner { owner })) = read(&event) else {
        panic!("it was opened");
    };
    assert!(matches!(owner, Cow::Borrowed("ada")), "no copy of the name");
    let event = stored("account.opened", 1, r#"{"owner":"ada"}"#);
    let Decoded::One(Owners::Opened(Owner { owner })) = read(&event) else {
        panic!("it was opened");
    };
    assert_eq!(owner, "ada");
    assert_eq!(Filter::all().view::<Owners<'_>>().event_types().len(), 3);
}

#[test]
fn every_set_is_a_view_of_itself() {
    assert_eq!(TransferEvent::names(), ["transfer.opened", "transfer.done"]);
    let event = stored("transfer.done", 1, "{}");
    assert_eq!(read(&event), Decoded::One(TransferEvent::Done));
    assert!(
        AccountEvent::names().contains(&"account.noted"),
        "all that it can read"
    );
}

#[test]
fn an_empty_view_wants_nothing() {
    #[derive(Debug, PartialEq, EventView)]
    enum Nothing {}
    let filter = Filter::all().view::<Nothing>();
    assert!(!filter.is_all() && !filter.matches(&stored("account.opened", 1, "{}")));
    let event = stored("account.opened", 1, "{}");
    assert!(matches!(
        read::<Nothing>(&event),
        Decoded::Skipped(Skipped::NotInView)
    ));
}

#[test]
fn generic_sets_and_inner_sets() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Posted<T> {
        amount: T,
    }
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    enum LedgerEvent<T> {
        #[es(name = "ledger.posted")]
        Posted(Posted<T>),
    }
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    enum OfficeEvent {
        #[es(name = "office.closed")]
        Closed(Posted<u8>),
        #[es(nested)]
        Account(AccountEvent),
    }
    #[derive(Debug, PartialEq, EventView)]
    #[es(of = LedgerEvent<T>)]
    enum Postings<T> {
        Posted(Posted<T>),
    }
    #[derive(Debug, PartialEq, EventView)]
    enum Mixed {
        #[es(of = OfficeEvent, variant = Closed)]
        OfficeClosed,
        #[es(of = AccountEvent)]
        Opened,
    }
    assert_eq!(Postings::<u64>::names(), ["ledger.posted"]);
    let event = stored("ledger.posted", 1, r#"{"amount":-5}"#);
    assert_eq!(
        read(&event),
        Decoded::One(Postings::Posted(Posted { amount: -5_i64 }))
    );
    assert_eq!(Mixed::names(), ["office.closed", "account.opened"]);
    let event = stored("account.opened", 1, r#"{"owner":"ada"}"#);
    assert_eq!(read(&event), Decoded::One(Mixed::Opened));
}
