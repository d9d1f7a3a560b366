//! Edits of Rust code that change nothing that is stored in formats with field names: none of them may be told.
// Items of modules inside a test are as public as a user's would be.
#![allow(unreachable_pub, dead_code)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use eventsourcing::Schema;
use eventsourcing::schema::{WireClass, compare, shape_of};
use serde::{Deserialize, Serialize};

#[track_caller]
fn passes<Before: Schema, After: Schema>() {
    let (before, after) = (shape_of::<Before>(), shape_of::<After>());
    let changes = compare(&before, &after);
    let written: Vec<_> = changes
        .iter()
        .filter(|change| change.is_written(&[WireClass::Named]))
        .collect();
    assert!(written.is_empty(), "{before} -> {after}: {written:?}");
}

macro_rules! harmless {
    ($($name:ident: { $($before:tt)* } => { $($after:tt)* })*) => {
        $(#[test]
        fn $name() {
            mod before {
                use super::*;
                #[derive(Schema)]
                $($before)*
            }
            mod after {
                use super::*;
                #[derive(Schema)]
                $($after)*
            }
            passes::<before::T, after::T>();
        })*
    };
}

#[derive(Schema)]
pub struct Address {
    zip: String,
}
#[derive(Schema)]
#[serde(rename_all = "UPPERCASE")]
pub struct Place {
    #[serde(rename = "zip")]
    code: Cow<'static, str>,
}
#[derive(Serialize, Deserialize, Schema)]
pub struct Minor(i64);
#[derive(Schema)]
#[serde(transparent)]
pub struct Wrapped {
    inner: Minor,
}
#[derive(Schema)]
pub struct Generic<A> {
    a: A,
}
type Cents = i64;

harmless! {
    documentation: { pub struct T { a: u8 } } => { /** More. */ pub struct T { /** The first. */ a: u8 } }
    renamed_nested_type: { pub struct T { at: Address } } => { pub struct T { at: Place } }
    renamed_field_with_the_old_stored_name: { pub struct T { a: u8 } } => { pub struct T { #[serde(rename = "a")] first: u8 } }
    rename_all_with_the_same_result: { pub struct T { a_b: u8 } } => { #[serde(rename_all = "snake_case")] pub struct T { a_b: u8 } }
    camel_case_by_hand: { #[serde(rename_all = "camelCase")] pub struct T { a_b: u8 } } => { pub struct T { #[serde(rename = "aB")] a_b: u8 } }
    fields_reordered: { pub struct T { a: u8, b: String } } => { pub struct T { b: String, a: u8 } }
    boxed: { pub struct T { a: Minor } } => { pub struct T { a: Box<Minor> } }
    shared: { pub struct T { a: String } } => { pub struct T { a: Arc<str> } }
    borrowed: { pub struct T { a: String } } => { pub struct T { a: Cow<'static, str> } }
    newtype: { pub struct T { a: i64 } } => { pub struct T { a: Minor } }
    transparent: { pub struct T { a: Minor } } => { pub struct T { a: Wrapped } }
    alias_of_a_type: { pub struct T { a: i64 } } => { pub struct T { a: Cents } }
    list_of_another_kind: { pub struct T { a: Vec<u8> } } => { pub struct T { a: VecDeque<u8> } }
    list_as_set: { pub struct T { a: Vec<u8> } } => { pub struct T { a: BTreeSet<u8> } }
    map_of_another_kind: { pub struct T { a: HashMap<String, u8> } } => { pub struct T { a: BTreeMap<String, u8> } }
    array_as_tuple: { pub struct T { a: [u8; 2] } } => { pub struct T { a: (u8, u8) } }
    tuple_as_tuple_struct: { pub struct T { a: (u8, String) } } => { pub struct T { a: Pair } #[derive(Schema)] pub struct Pair(u8, String); }
    machine_word: { pub struct T { a: u64 } } => { pub struct T { a: usize } }
    made_generic: { pub struct T { a: Inner } #[derive(Schema)] pub struct Inner { a: u8 } } => { pub struct T { a: Generic<u8> } }
    not_stored_field: { pub struct T { a: u8 } } => { pub struct T { a: u8, #[serde(skip)] cached: Option<Vec<u8>> } }
    private_field: { pub struct T { pub a: u8 } } => { pub struct T { a: u8 } }
    default_added: { pub struct T { a: u8 } } => { pub struct T { #[serde(default)] a: u8 } }
    alias_added: { pub struct T { a: u8 } } => { pub struct T { #[serde(alias = "old")] a: u8 } }
    unknown_fields_ignored: { #[serde(deny_unknown_fields)] pub struct T { a: u8 } } => { pub struct T { a: u8 } }
    part_moved_to_a_flattened_struct: { pub struct T { a: u8, zip: String } } => { pub struct T { a: u8, #[serde(flatten)] at: Address } }
    variants_reordered: { pub enum T { A, B(u8) } } => { pub enum T { B(u8), A } }
    variant_renamed_with_the_old_stored_name: { pub enum T { A } } => { pub enum T { #[serde(rename = "A")] First } }
    variant_with_a_struct_inside: { pub enum T { A { zip: String } } } => { pub enum T { A(Address) } }
    tuple_variant_with_a_tuple_inside: { pub enum T { A(u8, String) } } => { pub enum T { A((u8, String)) } }
    discriminants: { pub enum T { A, B } } => { #[repr(u8)] pub enum T { A = 7, B = 9 } }
    stored_as_another_type: { pub struct T { a: String } } => { pub struct T { #[es(schema = str)] a: std::ffi::OsString } }
    foreign_conversion: { pub struct T { a: String } } => { pub struct T { a: Day } #[derive(Schema)] #[serde(try_from = "String", into = "String")] pub struct Day(u8); }
}
