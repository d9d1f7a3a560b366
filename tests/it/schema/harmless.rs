//! Edits of Rust code under which all that is stored in formats with field names is read as before, and programs of
//! before read what is written: none of them may be told. The name of each test says what is edited.
// Items of modules inside a test are as public as a user's would be.
#![allow(unreachable_pub, dead_code)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use eventsourcing::Schema;
use eventsourcing::schema::Rule;
use serde::{Deserialize, Serialize};

use super::edit::{Verdict, edit, edits, plain};

#[derive(Serialize, Deserialize, Schema)]
pub struct Address {
    zip: String,
}
#[derive(Serialize, Deserialize, Schema)]
#[serde(rename_all = "UPPERCASE")]
pub struct Place {
    #[serde(rename = "zip")]
    code: Cow<'static, str>,
}
#[derive(Serialize, Deserialize, Schema)]
pub struct Minor(i64);
#[derive(Serialize, Deserialize, Schema)]
#[serde(transparent)]
pub struct Wrapped {
    inner: Minor,
}
#[derive(Serialize, Deserialize, Schema)]
pub struct Generic<A> {
    a: A,
}
type Cents = i64;

/// Written as a text and read from any.
#[derive(Debug, Clone, Serialize, Deserialize, Schema)]
#[serde(from = "String", into = "String")]
pub struct Trimmed(String);
impl From<String> for Trimmed {
    fn from(text: String) -> Self {
        Self(text.trim().into())
    }
}
impl From<Trimmed> for String {
    fn from(trimmed: Trimmed) -> Self {
        trimmed.0
    }
}

/// Refuses what no store of ours holds.
#[derive(Debug, Clone, Serialize, Deserialize, Schema)]
#[serde(try_from = "String", into = "String")]
pub struct NotEmpty(String);
impl TryFrom<String> for NotEmpty {
    type Error = std::fmt::Error;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() {
            return Err(std::fmt::Error);
        }
        Ok(Self(text))
    }
}
impl From<NotEmpty> for String {
    fn from(text: NotEmpty) -> Self {
        text.0
    }
}

edits! {
    documentation: Passes,
        { pub struct T { a: u8 } } => { /** More. */ pub struct T { /** The first. */ a: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    a_nested_type_renamed: Passes,
        { pub struct T { at: Address } } => { pub struct T { at: Place } },
        r#"{"at":{"zip":"1010"}}"# => r#"{"at":{"zip":"1010"}}"#;
    a_field_renamed_with_the_old_stored_name: Passes,
        { pub struct T { a: u8 } } => { pub struct T { #[serde(rename = "a")] first: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    rename_all_with_the_same_result: Passes,
        { pub struct T { a_b: u8 } } => { #[serde(rename_all = "snake_case")] pub struct T { a_b: u8 } },
        r#"{"a_b":1}"# => r#"{"a_b":1}"#;
    camel_case_by_hand: Passes,
        { #[serde(rename_all = "camelCase")] pub struct T { a_b: u8 } } => { pub struct T { #[serde(rename = "aB")] a_b: u8 } },
        r#"{"aB":1}"# => r#"{"aB":1}"#;
    fields_reordered: Passes,
        { pub struct T { a: u8, b: String } } => { pub struct T { b: String, a: u8 } },
        r#"{"a":1,"b":"x"}"# => r#"{"a":1,"b":"x"}"#;
    boxed: Passes,
        { pub struct T { a: Minor } } => { pub struct T { a: Box<Minor> } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    a_boxed_text: Passes,
        { pub struct T { a: String } } => { pub struct T { a: Box<str> } },
        r#"{"a":"x"}"# => r#"{"a":"x"}"#;
    borrowed: Passes,
        { pub struct T { a: String } } => { pub struct T { a: Cow<'static, str> } },
        r#"{"a":"x"}"# => r#"{"a":"x"}"#;
    a_newtype: Passes,
        { pub struct T { a: i64 } } => { pub struct T { a: Minor } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    transparent: Passes,
        { pub struct T { a: Minor } } => { pub struct T { a: Wrapped } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    another_name_of_a_type: Passes,
        { pub struct T { a: i64 } } => { pub struct T { a: Cents } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    a_list_of_another_kind: Passes,
        { pub struct T { a: Vec<u8> } } => { pub struct T { a: VecDeque<u8> } },
        r#"{"a":[2,1,1]}"# => r#"{"a":[2,1,1]}"#;
    a_set_of_another_kind: Passes,
        { pub struct T { a: HashSet<u8> } } => { pub struct T { a: BTreeSet<u8> } },
        r#"{"a":[1]}"# => r#"{"a":[1]}"#;
    a_map_of_another_kind: Passes,
        { pub struct T { a: HashMap<String, u8> } } => { pub struct T { a: BTreeMap<String, u8> } },
        r#"{"a":{"x":1}}"# => r#"{"a":{"x":1}}"#;
    an_array_as_a_tuple: Passes,
        { pub struct T { a: [u8; 2] } } => { pub struct T { a: (u8, u8) } },
        r#"{"a":[1,2]}"# => r#"{"a":[1,2]}"#;
    a_tuple_as_a_tuple_struct: Passes,
        { pub struct T { a: (u8, String) } } => { pub struct T { a: Pair } #[derive(Serialize, Deserialize, Schema)] pub struct Pair(u8, String); },
        r#"{"a":[1,"x"]}"# => r#"{"a":[1,"x"]}"#;
    a_machine_word: Passes,
        { pub struct T { a: u64 } } => { pub struct T { a: usize } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    made_generic: Passes,
        { pub struct T { a: Inner } #[derive(Serialize, Deserialize, Schema)] pub struct Inner { a: u8 } } => { pub struct T { a: Generic<u8> } },
        r#"{"a":{"a":1}}"# => r#"{"a":{"a":1}}"#;
    a_field_that_is_not_stored: Passes,
        { pub struct T { a: u8 } } => { pub struct T { a: u8, #[serde(skip)] cached: Option<Vec<u8>> } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    a_private_field: Passes,
        { pub struct T { pub a: u8 } } => { pub struct T { a: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    a_default: Passes,
        { pub struct T { a: u8 } } => { pub struct T { #[serde(default)] a: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    an_alias: Passes,
        { pub struct T { a: u8 } } => { pub struct T { #[serde(alias = "old")] a: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    an_alias_that_was_never_stored_less: Passes,
        { pub struct T { #[serde(alias = "old")] a: u8 } } => { pub struct T { a: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    unknown_fields_ignored: Passes,
        { #[serde(deny_unknown_fields)] pub struct T { a: u8 } } => { pub struct T { a: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    unknown_fields_ignored_in_variants: Passes,
        { #[serde(deny_unknown_fields)] pub enum T { A { a: u8 } } } => { pub enum T { A { a: u8 } } },
        r#"{"A":{"a":1}}"# => r#"{"A":{"a":1}}"#;
    a_part_moved_to_a_flattened_struct: Passes,
        { pub struct T { a: u8, zip: String } } => { pub struct T { a: u8, #[serde(flatten)] at: Address } },
        r#"{"a":1,"zip":"1010"}"# => r#"{"a":1,"zip":"1010"}"#;
    what_may_be_absent_left_out: Passes,
        { pub struct T { a: u8, #[serde(default)] b: Option<u8> } } => { pub struct T { a: u8, #[serde(default, skip_serializing_if = "Option::is_none")] b: Option<u8> } },
        r#"{"a":1,"b":null}"# => r#"{"a":1}"#;
    what_has_a_default_left_out: Passes,
        { pub struct T { a: u8, #[serde(default)] b: Vec<u8> } } => { pub struct T { a: u8, #[serde(default, skip_serializing_if = "Vec::is_empty")] b: Vec<u8> } },
        r#"{"a":1,"b":[]}"# => r#"{"a":1}"#;
    what_was_left_out_always_written: Passes,
        { pub struct T { a: u8, #[serde(default, skip_serializing_if = "Option::is_none")] b: Option<u8> } } => { pub struct T { a: u8, #[serde(default)] b: Option<u8> } },
        r#"{"a":1}"# => r#"{"a":1,"b":null}"#;
    variants_reordered: Passes,
        { pub enum T { A, B(u8) } } => { pub enum T { B(u8), A } },
        r#"{"B":1}"# => r#"{"B":1}"#;
    a_variant_renamed_with_the_old_stored_name: Passes,
        { pub enum T { A } } => { pub enum T { #[serde(rename = "A")] First } },
        r#""A""# => r#""A""#;
    a_variant_with_a_struct_inside: Passes,
        { pub enum T { A { zip: String } } } => { pub enum T { A(Address) } },
        r#"{"A":{"zip":"1010"}}"# => r#"{"A":{"zip":"1010"}}"#;
    a_tuple_variant_with_a_tuple_inside: Passes,
        { pub enum T { A(u8, String) } } => { pub enum T { A((u8, String)) } },
        r#"{"A":[1,"x"]}"# => r#"{"A":[1,"x"]}"#;
    unknown_variants_read: Passes,
        { #[serde(tag = "t")] pub enum T { A, B } } => { #[serde(tag = "t")] pub enum T { A, #[serde(other)] B } },
        r#"{"t":"B"}"# => r#"{"t":"B"}"#;
    an_untagged_variant_renamed: Passes,
        { #[serde(untagged)] pub enum T { A(u8), B(String) } } => { #[serde(untagged)] pub enum T { A(u8), Text(String) } },
        r#""x""# => r#""x""#;
    an_alias_that_no_untagged_variant_has: Passes,
        { pub enum T { A, #[serde(untagged)] N(u8) } } => { pub enum T { #[serde(alias = "b")] A, #[serde(untagged)] N(u8) } },
        "1" => "1";
    discriminants: Passes,
        { pub enum T { A, B } } => { #[repr(u8)] pub enum T { A = 7, B = 9 } },
        r#""A""# => r#""A""#;
    a_conversion_that_takes_everything: Passes,
        { pub struct T { a: String } } => { pub struct T { a: Trimmed } },
        r#"{"a":"x"}"# => r#"{"a":"x"}"#;
    a_conversion_that_takes_all_that_was_stored: Passes,
        { pub struct T { a: String } } => { pub struct T { #[es(schema = String)] a: NotEmpty } },
        r#"{"a":"x"}"# => r#"{"a":"x"}"#;
}
