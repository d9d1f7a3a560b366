//! Expansions and errors of `derive(Schema)`.

use super::{errors, expand};
use crate::derive::schema;

#[test]
fn a_struct() {
    let input = r#"
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Opened<T> {
            account_owner: String,
            #[serde(default, alias = "sum")]
            amount: T,
            #[es(opaque = "pem/1")]
            #[serde(with = "pem")]
            key: Key,
            #[serde(flatten)]
            rest: Rest,
            #[serde(skip)]
            cached: Cache<T>,
        }
    "#;
    insta::assert_snapshot!(expand(schema, input));
}

#[test]
fn an_enum() {
    let input = r#"
        #[serde(tag = "kind", content = "of", rename_all = "snake_case")]
        enum Limit {
            Up(Minor),
            UpTo { minor_units: i64 },
            Pair(u8, u8),
            #[serde(other)]
            None,
        }
    "#;
    insta::assert_snapshot!(expand(schema, input));
}

#[test]
fn what_stands_for_another_type() {
    let input = r#"
        #[serde(try_from = "String", into = "String")]
        struct Day(u32);
    "#;
    insta::assert_snapshot!(expand(schema, input));
}

#[test]
fn what_differs_between_writing_and_reading() {
    let input = r#"
        #[serde(tag = "type", rename = "opened")]
        struct Opened {
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            list: Vec<u8>,
            #[serde(skip_serializing)]
            old: Option<Box<str>>,
            #[serde(skip_deserializing)]
            computed: u8,
            #[serde(with = "text")]
            #[es(schema = Option<String>)]
            day: Option<Day>,
        }
    "#;
    insta::assert_snapshot!(expand(schema, input));
}

#[test]
fn mistakes_are_told_together() {
    let found = errors(
        schema,
        r#"
            struct Opened {
                #[serde(with = "hex")]
                key: Vec<u8>,
                #[serde(rename(serialize = "a", deserialize = "b"))]
                name: String,
                #[es(shcema = str)]
                other: Foreign,
                #[es(schema = str, opaque = "x")]
                both: Foreign,
                #[serde(skip_serializing_if = "Vec::is_empty")]
                list: Vec<u8>,
            }
        "#,
    );
    let expected = [
        "`#[serde(with)]` hides how this field is stored",
        "`name` is written as `a` and read as `b`",
        "unknown key `shcema`; did you mean `schema`?",
        "`opaque` and `schema` exclude each other",
        "`list` may be left out when it is written, and must be there when it is read",
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
}
