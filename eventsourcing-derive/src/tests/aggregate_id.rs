//! `derive(AggregateId)`.

use super::{errors, expand};
use crate::derive::aggregate_id;

#[test]
fn an_id() {
    insta::assert_snapshot!(expand(aggregate_id, "struct AccountId(u64);"));
}

#[test]
fn a_generic_id() {
    insta::assert_snapshot!(expand(
        aggregate_id,
        "struct Id<T: Clone>(T) where T: Send;"
    ));
}

#[test]
fn mistakes_are_found_together() {
    for item in [
        "struct A { x: u8 }",
        "struct A(u8, u8);",
        "struct A;",
        "enum A { B(u8) }",
    ] {
        assert_eq!(
            errors(aggregate_id, item),
            ["`AggregateId` needs a struct with one unnamed field; `A` is none"]
        );
    }
    let found = errors(aggregate_id, "#[es(crate = es, inner = u8)] struct A {}");
    assert_eq!(
        found,
        [
            "path must be absolute: `es` would mean something else in every module",
            "unknown key `inner`",
            "`AggregateId` needs a struct with one unnamed field; `A` is none",
        ]
    );
}
