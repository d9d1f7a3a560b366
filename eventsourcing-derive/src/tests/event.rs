//! `derive(Event)`.

use super::{errors, expand};
use crate::derive::event;

#[test]
fn a_set_with_a_history() {
    insta::assert_snapshot!(expand(event, include_str!("input/history.rs")));
}

#[test]
fn inline_variants_and_their_handler() {
    insta::assert_snapshot!(expand(event, include_str!("input/inline.rs")));
}

#[test]
fn a_generic_set() {
    insta::assert_snapshot!(expand(event, include_str!("input/generic.rs")));
}

#[test]
fn odd_variants_get_methods_too() {
    let names = [
        "Self_", "Super", "_1", "__", "Type", "HTTPGet", "Größe", "try",
    ];
    let numbered = names.iter().enumerate();
    let variants: Vec<String> = numbered
        .map(|(index, name)| format!("#[es(name = \"e{index}\")] r#{name},"))
        .collect();
    let variants = variants.concat().replace("r#_", "_").replace("r#S", "S");
    let item = format!("#[es(handler = H)] enum E {{ {variants} }}");
    let code = event(&syn::parse_str(&item).expect("an item")).to_string();
    for method in [
        "self_", "super_", "_1", "event", "r#type", "http_get", "größe", "r#try",
    ] {
        assert!(
            code.contains(&format!("fn {method} (& mut self")),
            "{method}: {code}"
        );
    }
}

#[test]
fn sets_inside_a_set() {
    insta::assert_snapshot!(expand(
        event,
        r#"
        enum AccountEvent {
            #[es(nested)] Fee(FeeEvent),
            #[es(name = "account.opened")] Opened(Opened),
            #[es(nested)] Ledger(ledger::Event),
        }"#
    ));
}

#[test]
fn a_struct_as_a_set() {
    insta::assert_snapshot!(expand(
        event,
        "#[es(name = \"relay.pinged\", crate = ::facade::es)] struct Pinged { by: u64 }"
    ));
}

#[test]
fn stand_ins_after_errors() {
    insta::assert_snapshot!(expand(
        event,
        "enum Set<T: Clone> { Opened(Opened<T>), Closed }"
    ));
}

#[test]
fn code_grows_with_the_number_of_versions() {
    let tokens = |versions: u16| {
        let older: Vec<String> = (1..versions)
            .map(|version| format!("v{version} = v{version}::E"))
            .collect();
        let item = format!(
            "enum Set {{ #[es(name = \"e\", version = {versions}, from({}))] E(E) }}",
            older.join(", ")
        );
        event(&syn::parse_str(&item).expect("an item"))
            .to_string()
            .len()
    };
    let (ten, twenty, forty) = (tokens(10), tokens(20), tokens(40));
    assert!(
        forty - twenty < 3 * (twenty - ten),
        "{ten} {twenty} {forty}"
    );
}

#[test]
fn mistakes_in_names_are_found_together() {
    let found = errors(
        event,
        r#"
        #[es(retired(name = "gone", versions = 1, reason = "x"))]
        enum Set {
            #[es(name = "")] A(A),
            #[es(name = "Two Words")] B(B),
            #[es(name = "same", was = "same")] C(C),
            #[es(name = "same")] D(D),
            #[es(name = "gone")] E(E),
            F(F),
        }"#,
    );
    assert_eq!(
        found,
        [
            "the stored name is empty",
            "stored name contains `T`, ` ` and `W`; allowed: lower-case letters, digits, and `.`, `_`, `-` between them",
            "event `F` has no stored name",
            "`was` repeats the current name",
            "stored name `same` is used by both `C` and `D`",
            "first use here",
            "`gone` was retired (versions 1..=1: \"x\"); retired names stay reserved",
        ]
    );
}

#[test]
fn mistakes_in_versions_are_found_together() {
    let found = errors(
        event,
        r#"
        enum Set {
            #[es(name = "a", version = 0)] A(A),
            #[es(name = "b", version = 4, from(v1 = _, v1 = _, v4 = B4, v2 = _))] B(B),
            #[es(name = "c", version = 2, from(1 = C1, old = C1, v1(C1, by = f)))] C(C),
            #[es(name = "d", version = 3)] D(D),
        }"#,
    );
    assert_eq!(
        found,
        [
            "schema versions start at 1",
            "expected `v1`, `v2`, .., found `1`",
            "expected `v1`, `v2`, .., found `old`",
            "unknown key `by` in `v1(..)`; did you mean `via`?",
            "version 1 is listed twice",
            "versions must be listed oldest first",
            "version 4 is the current version (the payload of `B`); `from` lists older ones only",
            "version 3 is missing from `from(..)`",
            "version 3 needs to know how versions 1 and 2 are read",
        ]
    );
}

#[test]
fn one_mistake_is_one_error() {
    let of_set = |on_enum: &str, on_variant: &str| {
        let item = format!("{on_enum} enum Set {{ #[es({on_variant})] A(A) }}");
        let found = errors(event, &item);
        assert_eq!(found.len(), 1, "{item}: {found:#?}");
    };
    let variants = [
        r#"name = "a", version = 2, form(v1 = A1)"#,
        r#"name = "a", version = 2, older(v1 = A1)"#,
        r#"name = "a", version = 2, from(w1 = A1)"#,
        r#"name = "a", version = 2, from(A1)"#,
        r#"name = "a", version = 2, from = A1"#,
        r#"name = "a", version = "2", from(v1 = A1)"#,
        r#"name = "a", versoin = 2, from(v1 = A1), write = 1, readable_by = 2"#,
        r#"nmae = "a", version = 2, from(v1 = A1)"#,
        r#"name = "a", version = 2, from(v1 = A1), redable_by = 1"#,
        r#"name = "a" version = 2, from(v1 = A1)"#,
        r#"name = "a", version = 2 from(v1 = A1)"#,
        r#"name = "a", version = 2, from(v1(A1 via = f))"#,
    ];
    for variant in variants {
        of_set("", variant);
    }
    let enums = [
        r#"spilt(name = "b", v1 = B1, into(A))"#,
        r#"split(nmae = "b", v1 = B1, into(A))"#,
        r#"split(name = "b", w1 = B1, into(A))"#,
        r#"split(name = "b", v1 = B1, in(A))"#,
        r#"split(name = "b" v1 = B1, into(A))"#,
        r#"retierd(name = "b", versions = 1, reason = "x")"#,
        r#"retired("b", versions = 1, reason = "x")"#,
        r#"retired(name = "b", version = 1, reason = "x")"#,
        r#"retired(name = "b", versions = 1, because = "x")"#,
        r#"refused(name = "b", versions = 1 reason = "x")"#,
    ];
    for keys in enums {
        of_set(&format!("#[es({keys})]"), r#"name = "a""#);
    }
}

#[test]
fn mistakes_in_ids_are_found_together() {
    let found = errors(
        event,
        r#"
        #[es(id = 9)]
        enum Set {
            #[es(name = "a", id = 7)] A(A),
            #[es(name = "b", id = 0x7)] B(B),
            #[es(name = "c", id = -1)] C(C),
            #[es(name = "d", id = 5_000_000_000)] D(D),
            #[es(name = "e", id = "1")] E(E),
        }"#,
    );
    assert_eq!(
        found,
        [
            "`id` belongs on a variant",
            "`id` must be an integer between 0 and 4294967295",
            "`id` must be an integer between 0 and 4294967295",
            "expected an integer, found a string",
            "id 7 is used by both `A` and `B`",
            "first use here",
        ]
    );
}

#[test]
fn mistakes_in_nested_variants_are_found_together() {
    let found = errors(
        event,
        r#"
        #[es(nested, split(name = "moved", v1 = M, into(A)))]
        enum Set<T> {
            #[es(nested, name = "a", version = 2)] A(A),
            #[es(nested)] B { b: B },
            #[es(nested)] C(A),
            #[es(nested = true)] D(T),
        }"#,
    );
    assert_eq!(
        found,
        [
            "`nested` belongs on a variant",
            "a `nested` variant has no name of its own; its events keep theirs",
            "a `nested` variant has no `version` of its own; its events keep theirs",
            "`B` is `nested` and holds no event set",
            "expected `,`, found `=`",
            "`A` is a nested set; a split gives events of the set that declares it",
            "`Set` has parameters, and a set with `nested` variants can have none",
            "it has this one",
            "`A` and `C` hold the same event set `A`, so its stored names would lead to both",
            "`A` holds it here",
        ]
    );
}

#[test]
fn mistakes_in_past_names_are_found_together() {
    let found = errors(
        event,
        r#"
        #[es(
            split(name = "moved", v1 = _),
            split(name = "sent", v1(S, via = f), into(B)),
            split(name = "left", v1 = L into(A)),
            retired(name = "gone", versions = 1..),
            refused(versions = 3..=2, reason = 7),
            retired(nmae = "lost", versions = 1, reason = "x"),
        )]
        enum Set { #[es(name = "a")] A(A) }"#,
    );
    assert_eq!(
        found,
        [
            "say which events the split produces",
            "expected `,`, found `into`",
            "the range must have an end; a retired name gets no new versions",
            "`retired` needs a reason, for whoever finds the name in the store",
            "empty version range",
            "expected a string literal, found an integer",
            "`refused` needs the stored name",
            "unknown key `nmae` in `retired(..)`; did you mean `name`?",
            "`via` is for steps between versions; a split source is divided by `Split`",
            "no variant `B` in `Set`",
        ]
    );
}

#[test]
fn mistakes_in_shapes_are_found_together() {
    let found = errors(
        event,
        r#"
        enum Set {
            #[es(name = "a")] A,
            #[es(name = "b")] B { x: u8 },
            #[es(name = "c")] C(u8, u8),
            #[es(name = "d")] D(m::P<u8>),
            #[es(name = "e")] E(m :: P < u8 >),
        }"#,
    );
    assert_eq!(
        found,
        [
            "event `A` carries no payload type to dispatch on",
            "event `B` has inline fields; typed transitions need a payload struct",
            "event `C` has 2 fields; an event carries one payload struct",
            "`D` and `E` carry the same payload type `m::P<u8>`, so `From<m::P<u8>>` and `Apply<m::P<u8>>` would be ambiguous",
            "`D` carries it here",
        ]
    );
}

#[test]
fn mistakes_in_attributes_are_found_together() {
    let found = errors(
        event,
        r#"
        #[es(handler = A, dispatch = none, crate = self::es, dispatch = all)]
        enum Set {
            #[es(nmae = "a")] A(A),
            #[es] B(B),
            #[es(name = "c", name = "d" was = "e", 7)] C(C),
            #[es(name)] D(D),
            #[es(retired)] E(E),
        }"#,
    );
    assert_eq!(
        found,
        [
            "path must be absolute: `self::es` would mean something else in every module",
            "unknown dispatch `all`",
            "unknown key `nmae`; did you mean `name`?",
            "expected `#[es(..)]`",
            "`name` given twice",
            "expected `,`, found `was`",
            "expected a key, found an integer",
            "expected `=` and a string after `name`",
            "`retired` belongs on the enum",
            "`dispatch = none` and `handler` exclude each other",
        ]
    );
}

#[test]
fn keys_of_other_derives_are_theirs() {
    let item = r#"
        #[es(aggregate = Account<A, B>, name = "a")]
        struct Deposited { #[es(id)] account: u64 }"#;
    assert_eq!(errors(event, item), [""; 0]);
}
