//! `derive(EventView)`.

use super::{errors, expand};
use crate::derive::event_view;

#[test]
fn a_view() {
    insta::assert_snapshot!(expand(
        event_view,
        "#[es(of = AccountEvent)] enum CashFlow { Deposited(Deposited), Closed, Moved { street: String } }"
    ));
}

#[test]
fn a_view_that_borrows_and_one_of_several_generic_sets() {
    insta::assert_snapshot!(expand(
        event_view,
        "enum Activity<'a, T> where T: Clone {
            #[es(of = m::AccountEvent<T>, variant = Opened)] AccountOpened(Opened<T>),
            #[es(of = TransferEvent, borrow)] Started(StartedRef<'a>),
        }"
    ));
}

#[test]
fn mistakes_are_found_together() {
    let found = errors(
        event_view,
        "enum CashFlow { A(A), #[es(borow)] B(B), #[es(name = \"x\")] C(C), #[es(nam = \"x\")] D }",
    );
    assert_eq!(
        found,
        [
            "unknown key `borow`; did you mean `borrow`?",
            "unknown key `nam`",
            "view `CashFlow` does not say which event set it shows",
        ]
    );
    let found = errors(
        event_view,
        "#[es(of = Event)] enum Twice { A(A), #[es(variant = A)] B(A), #[es(borrow)] C, #[es(of = <T as X>::Y)] D }",
    );
    assert_eq!(
        found,
        [
            "expected the path of an event enum",
            "`A` and `B` both show `A` of `Event`",
            "`C` holds no payload to borrow into",
        ]
    );
    let found = errors(event_view, "#[es(of = \"Event\")] enum Quoted { A(A) }");
    assert_eq!(found, ["expected a type, found a string"]);
    let found = errors(event_view, "#[es(of = Event)] struct One(A);");
    assert_eq!(
        found,
        ["a view is an enum with some of the variants of an event set"]
    );
}
