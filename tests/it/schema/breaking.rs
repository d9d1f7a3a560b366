//! Edits under which a stored payload is refused or misread, or that programs of before cannot read, one for each rule
//! of shapes and each way around it that was found: all of them are told, by their rule.
//!
//! The name of each test says what is edited; what passes and the rule stand behind it. Together with `edits.rs` (shapes
//! alone), `sets.rs` (names and versions), `lock.rs` (golden payloads) and the tests of `es` (released lines) every rule
//! has an edit that shows it.
// Items of modules inside a test are as public as a user's would be.
#![allow(unreachable_pub, dead_code)]
// serde hands references to functions.
#![allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref)]

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashSet};
use std::num::NonZeroU32;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use eventsourcing::schema::{Rule, compare, shape_of};
use eventsourcing::{Format, MsgPack, Schema, StreamId, Tag};
use serde::{Deserialize, Serialize};

use super::edit::{Verdict, edit, edits, plain};

#[derive(Serialize, Deserialize, Schema)]
pub struct Seconds {
    secs: u64,
    nanos: u32,
}
#[derive(Serialize, Deserialize, Schema)]
pub struct Ends {
    start: u8,
    end: u8,
}
#[derive(Serialize, Deserialize, Schema)]
pub struct Known {
    b: u8,
    #[serde(default)]
    c: u8,
}
#[derive(Debug, Clone, Serialize, Deserialize, Schema)]
#[serde(try_from = "String", into = "String")]
pub struct Short(String);
impl TryFrom<String> for Short {
    type Error = std::fmt::Error;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() < 10 {
            Ok(Self(text))
        } else {
            Err(std::fmt::Error)
        }
    }
}
impl From<Short> for String {
    fn from(short: Short) -> Self {
        short.0
    }
}

/// Seconds in a text.
mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &Option<u8>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.serialize_some(&value.to_string()),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u8>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.and_then(|text| text.parse().ok()))
    }
}

// Fields.
edits! {
    a_required_field: Breaks FieldAdded,
        { pub struct T { a: u8 } } => { pub struct T { a: u8, b: u8 } },
        r#"{"a":1}"# => "refused";
    an_optional_field: Grows OptionalFieldAdded,
        { pub struct T { a: u8 } } => { pub struct T { a: u8, #[serde(default)] b: u8 } },
        r#"{"a":1}"# => r#"{"a":1,"b":0}"#;
    an_option_that_a_function_reads: Breaks FieldAdded,
        { pub struct T { a: u8 } } => { pub struct T { a: u8, #[serde(with = "text")] #[es(schema = Option<String>)] b: Option<u8> } },
        r#"{"a":1}"# => "refused";
    a_field_less: Grows FieldRemoved,
        { pub struct T { a: u8, b: u8 } } => { pub struct T { a: u8 } },
        r#"{"a":1,"b":2}"# => r#"{"a":1}"#;
    a_field_less_for_a_strict_reader: Breaks FieldRemovedStrict,
        { #[serde(deny_unknown_fields)] pub struct T { a: u8, b: u8 } } => { #[serde(deny_unknown_fields)] pub struct T { a: u8 } },
        r#"{"a":1,"b":2}"# => "refused";
    a_field_less_for_a_strict_enum: Breaks FieldRemovedStrict,
        { #[serde(deny_unknown_fields)] pub enum T { A { a: u8, b: u8 } } } => { #[serde(deny_unknown_fields)] pub enum T { A { a: u8 } } },
        r#"{"A":{"a":1,"b":2}}"# => "refused";
    a_field_renamed: Breaks FieldRenamed,
        { pub struct T { a: u8 } } => { pub struct T { b: u8 } },
        r#"{"a":1}"# => "refused";
    a_field_renamed_with_an_alias: Grows FieldRenamedWithAlias,
        { pub struct T { a: u8 } } => { pub struct T { #[serde(alias = "a")] b: u8 } },
        r#"{"a":1}"# => r#"{"b":1}"#;
    two_fields_read_into_one: Breaks FieldsMerged,
        { pub struct T { a: u8, b: u8 } } => { pub struct T { #[serde(alias = "b")] a: u8 } },
        r#"{"a":1,"b":2}"# => "refused";
    fields_flattened: BreaksByPlace NamedOnlyAdded,
        { pub struct T { a: u8, b: u8, c: u8 } } => { pub struct T { a: u8, #[serde(flatten)] rest: Known } },
        r#"{"a":1,"b":2,"c":3}"# => "refused";
    fields_reordered: BreaksByPlace FieldsReordered,
        { pub struct T { a: u8, b: u8 } } => { pub struct T { b: u8, a: u8 } },
        r#"{"a":1,"b":2}"# => r#"{"a":2,"b":1}"#;
    a_default_less: Breaks DefaultDropped,
        { pub struct T { #[serde(default, skip_serializing_if = "Vec::is_empty")] a: Vec<u8> } } => { pub struct T { a: Vec<u8> } },
        r#"{"a":[]}"# => "refused";
    a_field_left_out: Grows FieldLeftOut,
        { pub struct T { a: Vec<u8> } } => { pub struct T { #[serde(default, skip_serializing_if = "Vec::is_empty")] a: Vec<u8> } },
        r#"{"a":[]}"# => "{}";
    a_second_field_left_out: Grows FieldLeftOut,
        { pub struct T { #[serde(skip_serializing_if = "Option::is_none")] b: Option<u8>, a: Vec<u8> } } => { pub struct T { #[serde(skip_serializing_if = "Option::is_none")] b: Option<u8>, #[serde(default, skip_serializing_if = "Vec::is_empty")] a: Vec<u8> } },
        r#"{"a":[]}"# => "{}";
    strictness: Breaks DenyAdded,
        { pub struct T { a: u8, #[serde(flatten)] rest: BTreeMap<String, u8> } } => { #[serde(deny_unknown_fields)] pub struct T { a: u8 } },
        r#"{"a":1,"b":2}"# => "refused";
    a_field_for_strict_readers_of_before: Grows OptionalFieldAddedStrict,
        { #[serde(deny_unknown_fields)] pub struct T { a: u8 } } => { #[serde(deny_unknown_fields)] pub struct T { a: u8, b: Option<u8> } },
        r#"{"a":1}"# => r#"{"a":1,"b":null}"#;
    a_required_field_for_strict_readers_of_before: Breaks FieldAddedStrict,
        { #[serde(deny_unknown_fields)] pub struct T { a: u8 } } => { #[serde(deny_unknown_fields)] pub struct T { a: u8, b: u8 } },
        r#"{"a":1}"# => "refused";
    what_is_flattened: Breaks FlattenedChanged,
        { pub struct T { #[serde(flatten)] rest: BTreeMap<String, u8> } } => { pub struct T { #[serde(flatten)] rest: BTreeMap<String, String> } },
        r#"{"b":2}"# => "refused";
    a_field_that_falls_to_what_is_flattened: Breaks FlattenedChanged,
        { pub struct T { b: u8, #[serde(flatten)] rest: BTreeMap<String, String> } } => { pub struct T { #[serde(flatten)] rest: BTreeMap<String, String> } },
        r#"{"b":2}"# => "refused";
    a_field_that_what_is_flattened_may_have_held: Breaks FlattenedChanged,
        { pub struct T { #[serde(flatten)] rest: BTreeMap<String, String> } } => { pub struct T { b: Option<u8>, #[serde(flatten)] rest: BTreeMap<String, String> } },
        r#"{"b":"2"}"# => "refused";
    an_optional_flattened_struct_that_asks_for_more: Breaks FlattenedChanged,
        { pub struct T { #[serde(flatten)] rest: Option<R> } #[derive(Serialize, Deserialize, Schema)] pub struct R { b: u8 } } => { pub struct T { #[serde(flatten)] rest: Option<R> } #[derive(Serialize, Deserialize, Schema)] pub struct R { b: u8, c: u8 } },
        r#"{"b":2}"# => "{}";
    the_type_name_among_the_fields: Grows OptionalFieldAdded,
        { pub struct T { a: u8 } } => { #[serde(tag = "type")] pub struct T { a: u8 } },
        r#"{"a":1}"# => r#"{"type":"T","a":1}"#;
    the_type_name_no_longer_among_the_fields: Grows FieldRemoved,
        { #[serde(tag = "type")] pub struct T { a: u8 } } => { pub struct T { a: u8 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    a_field_where_the_type_name_was: Breaks TypeChanged,
        { #[serde(tag = "type")] pub struct T { a: u8 } } => { pub struct T { a: u8, r#type: Option<u8> } },
        r#"{"a":1}"# => "refused";
    a_field_where_one_was_written_and_not_read: Breaks TypeChanged,
        { pub struct T { a: u8, #[serde(skip_deserializing)] b: u8 } } => { pub struct T { a: u8, b: Option<String> } },
        r#"{"a":1}"# => "refused";
}

// Values.
edits! {
    wider: Grows Widened,
        { pub struct T { a: u32 } } => { pub struct T { a: i64 } },
        r#"{"a":4000000000}"# => r#"{"a":4000000000}"#;
    wider_than_registers: Grows Widened,
        { pub struct T { a: u64 } } => { pub struct T { a: u128 } },
        r#"{"a":18446744073709551615}"# => r#"{"a":18446744073709551615}"#;
    wider_and_optional: Grows BecameOption,
        { pub struct T { a: u32 } } => { pub struct T { a: Option<u64> } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    narrower: Breaks Narrowed,
        { pub struct T { a: u64 } } => { pub struct T { a: u32 } },
        r#"{"a":4294967296}"# => "refused";
    another_sign: Breaks Narrowed,
        { pub struct T { a: i64 } } => { pub struct T { a: u64 } },
        r#"{"a":-1}"# => "refused";
    none: Grows BecameOption,
        { pub struct T { a: u8 } } => { pub struct T { a: Option<u8> } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    no_none: Breaks BecameRequired,
        { pub struct T { a: Option<u8> } } => { pub struct T { a: u8 } },
        r#"{"a":null}"# => "refused";
    another_type: Breaks TypeChanged,
        { pub struct T { a: u8 } } => { pub struct T { a: String } },
        r#"{"a":1}"# => "refused";
    another_length: Breaks LengthChanged,
        { pub struct T { a: [u8; 2] } } => { pub struct T { a: [u8; 3] } },
        r#"{"a":[1,2]}"# => "refused";
    another_key: Breaks Narrowed,
        { pub struct T { a: BTreeMap<u32, u8> } } => { pub struct T { a: BTreeMap<u8, u8> } },
        r#"{"a":{"256":1}}"# => "refused";
    where_the_type_begins_again: Breaks TypeChanged,
        { pub struct T { b: B } #[derive(Serialize, Deserialize, Schema)] pub struct B { c: Option<Box<T>> } } => { pub struct T { b: B } #[derive(Serialize, Deserialize, Schema)] pub struct B { c: Option<Box<B>> } },
        r#"{"b":{"c":{"b":{"c":{"b":{"c":null}}}}}}"# => r#"{"b":{"c":{"c":null}}}"#;
    no_zero: Breaks ConstraintAdded,
        { pub struct T { a: u32 } } => { pub struct T { a: NonZeroU32 } },
        r#"{"a":0}"# => "refused";
    zero: Grows ConstraintDropped,
        { pub struct T { a: NonZeroU32 } } => { pub struct T { a: u32 } },
        r#"{"a":1}"# => r#"{"a":1}"#;
    a_set: Breaks ConstraintAdded,
        { pub struct T { a: Vec<u8> } } => { pub struct T { a: HashSet<u8> } },
        r#"{"a":[1,1]}"# => r#"{"a":[1]}"#;
    a_sorted_set: Breaks ConstraintAdded,
        { pub struct T { a: Vec<u8> } } => { pub struct T { a: BTreeSet<u8> } },
        r#"{"a":[2,1]}"# => r#"{"a":[1,2]}"#;
    a_list_of_a_set: Grows ConstraintDropped,
        { pub struct T { a: BTreeSet<u8> } } => { pub struct T { a: Vec<u8> } },
        r#"{"a":[1,2]}"# => r#"{"a":[1,2]}"#;
    a_heap: Breaks ConstraintAdded,
        { pub struct T { a: Vec<u8> } } => { pub struct T { a: BinaryHeap<u8> } },
        r#"{"a":[1,2]}"# => r#"{"a":[2,1]}"#;
    an_end_that_counts: Breaks ConstraintAdded,
        { pub struct T { a: Range<u8> } } => { pub struct T { a: RangeInclusive<u8> } },
        r#"{"a":{"start":1,"end":2}}"# => r#"{"a":{"start":1,"end":2}}"#;
    ends_as_a_range: Breaks ConstraintAdded,
        { pub struct T { a: Ends } } => { pub struct T { a: Range<u8> } },
        r#"{"a":{"start":2,"end":1}}"# => r#"{"a":{"start":2,"end":1}}"#;
    seconds_as_a_duration: Breaks ConstraintAdded,
        { pub struct T { a: Seconds } } => { pub struct T { a: Duration } },
        r#"{"a":{"secs":18446744073709551615,"nanos":1000000000}}"# => "refused";
    a_stream_id: Breaks ConstraintAdded,
        { pub struct T { a: String } } => { pub struct T { a: StreamId } },
        r#"{"a":"no stream"}"# => "refused";
    a_tag: Breaks ConstraintAdded,
        { pub struct T { a: String } } => { pub struct T { a: Tag } },
        r#"{"a":""}"# => "refused";
    a_checked_text: Breaks ConstraintAdded,
        { pub struct T { a: String } } => { pub struct T { a: Short } },
        r#"{"a":"more than ten letters"}"# => "refused";
    a_text_that_was_checked: Grows ConstraintDropped,
        { pub struct T { a: Short } } => { pub struct T { a: String } },
        r#"{"a":"short"}"# => r#"{"a":"short"}"#;
}

// Variants.
edits! {
    a_variant: Grows VariantAdded,
        { pub enum T { A } } => { pub enum T { A, B } },
        r#""A""# => r#""A""#;
    a_variant_before_others: BreaksByPlace VariantInserted,
        { pub enum T { A, C } } => { pub enum T { A, B, C } },
        r#""C""# => r#""B""#;
    a_variant_between_others: Grows VariantInserted,
        { pub enum T { A, C } } => { pub enum T { A, B, C } },
        r#""C""# => r#""C""#;
    a_variant_less: Breaks VariantRemoved,
        { pub enum T { A, B } } => { pub enum T { A } },
        r#""B""# => "refused";
    a_variant_less_where_unknown_ones_are_read: Breaks VariantRemoved,
        { #[serde(tag = "t")] pub enum T { A, B, #[serde(other)] C } } => { #[serde(tag = "t")] pub enum T { A, #[serde(other)] C } },
        r#"{"t":"B"}"# => r#"{"t":"C"}"#;
    a_variant_renamed: Breaks VariantRenamed,
        { pub enum T { A } } => { pub enum T { B } },
        r#""A""# => "refused";
    a_variant_renamed_with_an_alias: Grows VariantRenamedWithAlias,
        { pub enum T { A } } => { pub enum T { #[serde(alias = "A")] B } },
        r#""A""# => r#""B""#;
    variants_reordered: BreaksByPlace VariantsReordered,
        { pub enum T { A, B } } => { pub enum T { B, A } },
        r#""A""# => r#""B""#;
    untagged_variants_reordered: Breaks UntaggedReordered,
        { #[serde(untagged)] pub enum T { A { x: u8 }, B { x: u8, y: u8 } } } => { #[serde(untagged)] pub enum T { B { x: u8, y: u8 }, A { #[serde(default)] y: u16, x: u8 } } },
        r#"{"x":1}"# => r#"{"x":1,"y":0}"#;
    names_elsewhere: Breaks ReprChanged,
        { pub enum T { A { x: u8 } } } => { #[serde(tag = "t")] pub enum T { A { x: u8 } } },
        r#"{"A":{"x":1}}"# => "refused";
    content: Breaks ContentChanged,
        { pub enum T { A } } => { pub enum T { A(u8) } },
        r#""A""# => "refused";
    unknown_variants: Breaks OtherDropped,
        { #[serde(tag = "t")] pub enum T { A, #[serde(other)] B } } => { #[serde(tag = "t")] pub enum T { A } },
        r#"{"t":"B"}"# => "refused";
    a_field_left_out_of_a_variant: Grows FieldLeftOut,
        { pub enum T { A { x: u8 } } } => { pub enum T { A { #[serde(default, skip_serializing_if = "is_zero")] x: u8 } } },
        r#"{"A":{"x":0}}"# => r#"{"A":{}}"#;
}

fn is_zero(value: &u8) -> bool {
    *value == 0
}

// Untagged variants: the first that fits is read.
edits! {
    an_untagged_variant_before_others: Breaks UntaggedShadows,
        { #[serde(untagged)] pub enum T { B { x: u8 } } } => { #[serde(untagged)] pub enum T { A { #[serde(alias = "x")] y: u16 }, B { x: u8 } } },
        r#"{"x":1}"# => r#"{"y":1}"#;
    an_untagged_variant_with_a_default: Breaks UntaggedShadows,
        { #[serde(untagged)] pub enum T { A { x: u8, y: u8 }, B { x: u8 } } } => { #[serde(untagged)] pub enum T { A { x: u8, #[serde(default)] y: u8 }, B { x: u8 } } },
        r#"{"x":1}"# => r#"{"x":1,"y":0}"#;
    an_untagged_variant_with_an_alias: Breaks UntaggedShadows,
        { #[serde(untagged)] pub enum T { A { x: u8 }, B { y: u8 } } } => { #[serde(untagged)] pub enum T { A { #[serde(alias = "y")] x: u8 }, B { y: u8 } } },
        r#"{"y":1}"# => r#"{"x":1}"#;
    an_untagged_variant_with_an_alias_deep_inside: Breaks UntaggedShadows,
        { #[serde(untagged)] pub enum T { A(In), B { i: Y } } #[derive(Serialize, Deserialize, Schema)] pub struct In { i: X } #[derive(Serialize, Deserialize, Schema)] pub struct X { x: u8 } #[derive(Serialize, Deserialize, Schema)] pub struct Y { y: u8 } }
        => { #[serde(untagged)] pub enum T { A(In), B { i: Y } } #[derive(Serialize, Deserialize, Schema)] pub struct In { i: X } #[derive(Serialize, Deserialize, Schema)] pub struct X { #[serde(alias = "y")] x: u8 } #[derive(Serialize, Deserialize, Schema)] pub struct Y { y: u8 } },
        r#"{"i":{"y":1}}"# => r#"{"i":{"x":1}}"#;
    a_name_that_an_untagged_text_may_have: Breaks UntaggedShadows,
        { pub enum T { A, #[serde(untagged)] Text(String) } } => { pub enum T { A, #[serde(alias = "b")] B, #[serde(untagged)] Text(String) } },
        r#""b""# => r#""B""#;
    an_alias_that_an_untagged_text_may_have: Breaks UntaggedShadows,
        { pub enum T { A, #[serde(untagged)] Text(String) } } => { pub enum T { #[serde(alias = "b")] A, #[serde(untagged)] Text(String) } },
        r#""b""# => r#""A""#;
    a_name_that_an_untagged_map_may_have: Breaks UntaggedShadows,
        { pub enum T { A(u8), #[serde(untagged)] Map(BTreeMap<String, u8>) } } => { pub enum T { A(u8), #[serde(alias = "b")] B(i8), #[serde(untagged)] Map(BTreeMap<String, u8>) } },
        r#"{"b":1}"# => r#"{"B":1}"#;
    a_tagged_variant_that_reads_more: Breaks UntaggedShadows,
        { #[serde(tag = "t")] pub enum T { A { x: u8 }, #[serde(untagged)] Other { t: String } } } => { #[serde(tag = "t")] pub enum T { A { #[serde(default)] x: u8 }, #[serde(untagged)] Other { t: String } } },
        r#"{"t":"A"}"# => r#"{"t":"A","x":0}"#;
}

#[derive(Serialize, Deserialize, Schema)]
struct Nothing;

/// Both are null today; the empty list that `MessagePack` had for one of them before is not read as the other.
#[test]
fn a_type_without_fields_as_nothing() {
    let before = b"\x90";
    assert!(MsgPack.decode::<Nothing>(MsgPack::ID, before).is_ok());
    assert!(MsgPack.decode::<()>(MsgPack::ID, before).is_err());
    let changes = compare(&shape_of::<Nothing>(), &shape_of::<()>());
    assert_eq!(changes[0].rule, Rule::TypeChanged);
}
