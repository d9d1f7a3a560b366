//! `derive(Aggregate)`.

use super::{errors, expand};
use crate::derive::aggregate;

#[test]
fn an_aggregate() {
    insta::assert_snapshot!(expand(
        aggregate,
        r#"
        #[es(name = "account", id = AccountId, event = AccountEvent, error = AccountError)]
        struct Account { open: bool, balance: u64 }"#
    ));
}

#[test]
fn a_generic_aggregate_with_a_beginning() {
    insta::assert_snapshot!(expand(
        aggregate,
        r#"
        #[es(name = "ledger", id = Id<T>, event = Event<T>, error = Error, snapshot = 2, initial = Ledger::new)]
        enum Ledger<T: Clone> where T: Send { Empty, Filled(T) }"#
    ));
}

#[test]
fn mistakes_are_found_together() {
    let found = errors(
        aggregate,
        r#"
        #[es(name = "Bank-Account", id = "AccountId", snapshot = "1", initial = 7, colour = 1)]
        struct Account { #[es(id)] open: bool }"#,
    );
    assert_eq!(
        found,
        [
            "expected a type, found a string",
            "expected an integer, found a string",
            "expected the path of a function, found an integer",
            "unknown key `colour`",
            "`id` belongs on the item, not on a field",
            "`#[derive(Aggregate)]` on `Account` needs `event` and `error`",
            "the aggregate's name contains `B`, `-` and `A`; allowed: lower-case letters, digits, and `.`, `_` between them; `-` separates name and id in stream ids",
        ]
    );
}

#[test]
fn names_of_the_toolkits_own_streams_are_reserved() {
    let found = |name: &str| {
        let item =
            format!(r#"#[es(name = "{name}", id = u8, event = E, error = E)] struct A {{}}"#);
        errors(aggregate, &item)
    };
    assert_eq!(
        found("projection"),
        [
            "the aggregate's name `projection` is reserved: what somebody does about a projection is recorded in streams of that category"
        ]
    );
    assert_eq!(
        found("es.process"),
        [
            "the aggregate's name `es.process` is reserved: categories that begin with `es.` are the toolkit's own"
        ]
    );
    for free in ["projections", "projection.room", "es", "es_card", "test.es"] {
        assert_eq!(found(free), [""; 0]);
    }
}

#[test]
fn a_misspelt_key_is_not_missing_as_well() {
    let item = r#"#[es(name = "a", id = u8, evnt = E, error = E)] struct Account {}"#;
    assert_eq!(
        errors(aggregate, item),
        ["unknown key `evnt`; did you mean `event`?"]
    );
}
