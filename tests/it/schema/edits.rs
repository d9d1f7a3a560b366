//! Every rule for shapes, by an edit that breaks it, and edits that must pass: over shapes as text.

use eventsourcing::schema::{Reads, Rule, Shape, WireClass, compare};

const NAMED: &[WireClass] = &[WireClass::Named];
const POSITIONAL: &[WireClass] = &[WireClass::Positional];

/// Before, after, the rule, and who reads what: stored events by name, stored events by place.
const EDITS: &[(&str, &str, Rule, Reads, Reads)] = &[
    (
        "{ a: u8 }",
        "{ a: u8, b: str }",
        Rule::FieldAdded,
        Reads::No,
        Reads::No,
    ),
    (
        "{ a: u8 }",
        "{ a: u8, b?: str }",
        Rule::OptionalFieldAdded,
        Reads::Yes,
        Reads::No,
    ),
    (
        "{ a: u8, b: str }",
        "{ a: u8 }",
        Rule::FieldRemoved,
        Reads::Yes,
        Reads::No,
    ),
    (
        "strict { a: u8, b: str }",
        "strict { a: u8 }",
        Rule::FieldRemovedStrict,
        Reads::No,
        Reads::No,
    ),
    (
        "{ a: u8, b: str }",
        "{ a: u8, c: str }",
        Rule::FieldRenamed,
        Reads::No,
        Reads::Yes,
    ),
    (
        "{ a: u8, b: str }",
        "{ b: str, a: u8 }",
        Rule::FieldsReordered,
        Reads::Yes,
        Reads::No,
    ),
    (
        "{ a: u32 }",
        "{ a: u64 }",
        Rule::Widened,
        Reads::Yes,
        Reads::No,
    ),
    (
        "{ a: u32 }",
        "{ a: i64 }",
        Rule::Widened,
        Reads::Yes,
        Reads::No,
    ),
    (
        "{ a: i64 }",
        "{ a: u64 }",
        Rule::Narrowed,
        Reads::Some,
        Reads::No,
    ),
    (
        "{ a: u64 }",
        "{ a: u16 }",
        Rule::Narrowed,
        Reads::Some,
        Reads::No,
    ),
    (
        "{ a: f64 }",
        "{ a: f32 }",
        Rule::FloatChanged,
        Reads::Some,
        Reads::No,
    ),
    (
        "{ a: str }",
        "{ a?: str? }",
        Rule::BecameOption,
        Reads::Yes,
        Reads::No,
    ),
    (
        "{ a?: { x: u8 }? }",
        "{ a: { x: u8 } }",
        Rule::BecameRequired,
        Reads::Some,
        Reads::No,
    ),
    (
        "{ a?: u8 }",
        "{ a: u8 }",
        Rule::DefaultDropped,
        Reads::Some,
        Reads::Yes,
    ),
    (
        "{ a: u8 }",
        "named-only { a?: u8 (left-out) }",
        Rule::FieldLeftOut,
        Reads::Yes,
        Reads::No,
    ),
    (
        "{ a: str }",
        "{ a: i64 }",
        Rule::TypeChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "{ a: i64 }",
        "{ a: { minor: i64 } }",
        Rule::TypeChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "{ a: enum { A, B } }",
        "{ a: str }",
        Rule::TypeChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "{ a: [u8] }",
        "{ a: map<str, u8> }",
        Rule::TypeChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "[u8; 4]",
        "[u8; 5]",
        Rule::LengthChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "(u8, str)",
        "(u8, str, bool)",
        Rule::LengthChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "{ a: opaque \"iban/1\" }",
        "{ a: opaque \"iban/2\" }",
        Rule::OpaqueChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "named-only { ..: map<str, u8> }",
        "named-only { ..: map<str, str> }",
        Rule::FlattenedChanged,
        Reads::Some,
        Reads::No,
    ),
    (
        "{ a: u8 }",
        "strict { a: u8 }",
        Rule::DenyAdded,
        Reads::Some,
        Reads::Yes,
    ),
    (
        "{ a: u8 }",
        "named-only { a: u8 }",
        Rule::NamedOnlyAdded,
        Reads::Yes,
        Reads::No,
    ),
    (
        "named-only { a: u8 }",
        "{ a: u8 }",
        Rule::NamedOnlyDropped,
        Reads::Yes,
        Reads::No,
    ),
    (
        "enum { A, B }",
        "enum { A, B, C }",
        Rule::VariantAdded,
        Reads::Yes,
        Reads::Yes,
    ),
    (
        "enum { A, B }",
        "enum { A, C, B }",
        Rule::VariantInserted,
        Reads::Yes,
        Reads::No,
    ),
    (
        "enum { A, B: u8 }",
        "enum { A }",
        Rule::VariantRemoved,
        Reads::Some,
        Reads::No,
    ),
    (
        "enum { A, B: u8 }",
        "enum { A, C: u8 }",
        Rule::VariantRenamed,
        Reads::Some,
        Reads::Yes,
    ),
    (
        "enum { A, B: u8 }",
        "enum { B: u8, A }",
        Rule::VariantsReordered,
        Reads::Yes,
        Reads::No,
    ),
    (
        "enum untagged { A: i64, B: f64 }",
        "enum untagged { B: f64, A: i64 }",
        Rule::UntaggedReordered,
        Reads::Some,
        Reads::No,
    ),
    (
        "strict { a: u8 }",
        "strict { a: u8, b: str }",
        Rule::FieldAddedStrict,
        Reads::No,
        Reads::No,
    ),
    (
        "strict { a: u8 }",
        "strict { a: u8, b?: str }",
        Rule::OptionalFieldAddedStrict,
        Reads::Yes,
        Reads::No,
    ),
    (
        "enum untagged { B: { x: u8 } }",
        "enum untagged { A: { x: i64 }, B: { x: u8 } }",
        Rule::UntaggedShadows,
        Reads::Some,
        Reads::No,
    ),
    (
        "{ a: [u8] }",
        "{ a: set<[u8]> }",
        Rule::ConstraintAdded,
        Reads::Some,
        Reads::Some,
    ),
    (
        "nonzero<u8>?",
        "u8?",
        Rule::ConstraintDropped,
        Reads::Yes,
        Reads::Yes,
    ),
    (
        "{ a: u8, b: u8 }",
        "{ a: u8 (alias b) }",
        Rule::FieldsMerged,
        Reads::No,
        Reads::No,
    ),
    (
        "enum { Text: str (untagged) }",
        "enum { A, Text: str (untagged) }",
        Rule::UntaggedShadows,
        Reads::Some,
        Reads::No,
    ),
    (
        "enum { A: { x: u8 } }",
        "enum tag \"t\" { A: { x: u8 } }",
        Rule::ReprChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "enum tag \"t\" { A }",
        "enum tag \"kind\" { A }",
        Rule::ReprChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "enum { A }",
        "enum { A: unit }",
        Rule::ContentChanged,
        Reads::No,
        Reads::No,
    ),
    (
        "enum { A, Else (other) }",
        "enum { A, Else }",
        Rule::OtherDropped,
        Reads::Some,
        Reads::Some,
    ),
];

fn shape(text: &str) -> Shape {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn each_edit_is_found_by_its_rule() {
    for &(before, after, rule, named, positional) in EDITS {
        let changes = compare(&shape(before), &shape(after));
        let rules: Vec<Rule> = changes.iter().map(|change| change.rule).collect();
        assert_eq!(rules, [rule], "{before} -> {after}");
        let change = &changes[0];
        assert_eq!(change.back(NAMED), named, "{before} -> {after}, by name");
        assert_eq!(
            change.back(POSITIONAL),
            positional,
            "{before} -> {after}, by place"
        );
        assert!(
            change
                .to_string()
                .starts_with(&format!("[{}] {}", rule.id(), rule.text())),
            "{change}"
        );
    }
}

#[test]
fn programs_that_refuse_unknown_fields_do_not_read_new_ones() {
    for after in ["strict { a: u8, b?: str }", "{ a: u8, b?: str }"] {
        let changes = compare(&shape("strict { a: u8 }"), &shape(after));
        let forward = changes.iter().map(|change| change.forward(NAMED)).max();
        assert_eq!(forward, Some(Reads::No), "{after}");
    }
}

#[test]
fn an_untagged_variant_that_takes_more_may_take_what_was_meant_for_others() {
    let kept = "B: { x: u8 }";
    let edits = [
        ("A: { x: u8, y: u8 }", "A: { x: u8, y?: u8 }"),
        ("A: { x: u8, y: u8 }", "A: { x: u8 }"),
        ("A: strict { y: u8 }", "A: { y: u8 }"),
    ];
    for (before, after) in edits {
        let edit = |first: &str| shape(&format!("enum untagged {{ {first}, {kept} }}"));
        let changes = compare(&edit(before), &edit(after));
        let back = changes.iter().map(|change| change.back(NAMED)).max();
        assert_eq!(back, Some(Reads::Some), "{before} -> {after}: {changes:?}");
        // Behind what is stored it takes nothing from anyone.
        let behind = |last: &str| shape(&format!("enum untagged {{ {kept}, {last} }}"));
        let changes = compare(&behind(before), &behind(after));
        let back = changes.iter().map(|change| change.back(NAMED)).max();
        assert_eq!(back, Some(Reads::Yes), "{before} -> {after}: {changes:?}");
    }
}

#[test]
fn fingerprints_change_exactly_when_something_is_stored_differently() {
    for &(before, after, rule, ..) in EDITS {
        for class in [WireClass::Named, WireClass::Positional] {
            let (a, b) = (
                shape(before).fingerprint(class),
                shape(after).fingerprint(class),
            );
            let alike = rule.effect(class) == eventsourcing::schema::Effect::Alike;
            assert_eq!(a == b, alike, "{before} -> {after}, {class}");
        }
    }
}

#[test]
fn paths_lead_through_lists_maps_options_and_variants() {
    let before = shape("{ lines: [{ price: map<str, enum { Fixed: { cents?: u32? } }> }] }");
    let after = shape("{ lines: [{ price: map<str, enum { Fixed: { cents?: str? } }> }] }");
    let changes = compare(&before, &after);
    assert_eq!(changes.len(), 1);
    assert_eq!(
        changes[0].path.join(" > "),
        "lines > [] > price > value > Fixed > cents"
    );
}

#[test]
fn recursive_shapes_are_compared_once_around() {
    let before = shape("#1 = { value: u8, next?: #1? }");
    assert_eq!(compare(&before, &before), []);
    let after = shape("#1 = { value: u16, next?: #1? }");
    let rules: Vec<Rule> = compare(&before, &after)
        .iter()
        .map(|change| change.rule)
        .collect();
    assert_eq!(rules, [Rule::Widened]);
    // A type that begins again elsewhere is another one.
    let outer = shape("#1 = { x: { y?: #1? } }");
    let inner = shape("{ x: #1 = { y?: #1? } }");
    let rules: Vec<Rule> = compare(&outer, &inner)
        .iter()
        .map(|change| change.rule)
        .collect();
    assert_eq!(rules, [Rule::TypeChanged]);
    let optional = compare(&outer, &shape("{ a: #1 = { x: { y?: #1? } } }"));
    assert_eq!(optional.len(), 2, "{optional:?}");
    let wrapped = shape("[#1 = { x: { y?: #1? } }?]");
    let changes = compare(&shape("[#1 = { x: { y?: #1? } }]"), &wrapped);
    let rules: Vec<Rule> = changes.iter().map(|change| change.rule).collect();
    assert_eq!(rules, [Rule::BecameOption], "the type is the same one");
    let unrolled = compare(&before, &shape("{ value: u8 }"));
    assert!(
        unrolled
            .iter()
            .any(|change| change.rule == Rule::FieldRemoved),
        "{unrolled:?}"
    );
}

/// More can be read than before; what is written stays.
#[test]
fn tolerance_may_grow() {
    for (before, after, rule) in [
        ("{ a: u8 }", "{ a?: u8 }", Rule::DefaultAdded),
        ("strict { a: u8 }", "{ a: u8 }", Rule::DenyDropped),
        ("enum { A }", "enum { A (other) }", Rule::OtherAdded),
        (
            "named-only { a?: u8 }",
            "named-only { a?: u8 (left-out) }",
            Rule::LeftOutChanged,
        ),
    ] {
        let changes = compare(&shape(before), &shape(after));
        assert_eq!(changes.len(), 1, "{before} -> {after}");
        assert_eq!(changes[0].rule, rule);
        assert!(!changes[0].is_written(&[WireClass::Named, WireClass::Positional]));
    }
}

#[test]
fn an_untagged_value_is_lost_only_to_a_name_that_it_may_look_like() {
    let shadowed = |before: &str, after: &str| {
        let changes = compare(&shape(before), &shape(after));
        changes
            .iter()
            .any(|change| change.rule == Rule::UntaggedShadows)
    };
    for (repr, content, lost) in [
        ("", "u8", false),
        ("", "[str]", false),
        ("", "{ x: u8 }", false),
        ("", "{ New: u8 }", true),
        ("", "named-only { ..: map<str, u8> }", true),
        ("", "str?", true),
        ("", "any", true),
        ("", "enum { Old }", false),
        ("", "enum { New }", true),
        ("", "enum tag \"New\" { Old }", true),
        ("", "enum untagged { A: str }", true),
        ("tag \"t\"", "str", false),
        ("tag \"t\"", "{ x: u8 }", false),
        ("tag \"t\"", "{ t: str }", true),
        ("tag \"t\"", "enum tag \"t\" { Old }", true),
        ("tag \"t\" content \"c\"", "map<str, str>", true),
        ("tag \"t\" content \"c\"", "[str]", true),
    ] {
        let edit = |new: &str| format!("enum {repr} {{ A, {new} U: {content} (untagged) }}");
        let found = shadowed(&edit(""), &edit("New,"));
        assert_eq!(found, lost, "{repr} {content}");
    }
    // Variants that were there and read the same lose nothing to anyone, and neither do new ones.
    let one = "enum { A: u8, U: str (untagged) }";
    assert!(!shadowed(
        one,
        "enum { A: u8, U: str (untagged), V: str (untagged) }"
    ));
    assert!(!shadowed(
        "enum { A: u8 }",
        "enum { A: u8, B, V: str (untagged) }"
    ));
    assert!(shadowed(
        "enum tag \"t\" { A, U: { t: str } (untagged) }",
        "enum tag \"t\" { A (other), U: { t: str } (untagged) }"
    ));
}

#[test]
fn every_rule_has_an_edit_that_shows_it() {
    let tests = [
        include_str!("breaking.rs"),
        include_str!("edits.rs"),
        include_str!("sets.rs"),
        include_str!("lock.rs"),
        include_str!("../../../eventsourcing-cli/tests/it/lock.rs"),
    ]
    .concat();
    for rule in Rule::ALL {
        let shown = [
            format!(" {rule:?},"),
            format!("Rule::{rule:?}"),
            format!("[{rule}]"),
        ];
        assert!(
            shown.iter().any(|shown| tests.contains(shown)),
            "[{rule}] {rule:?}"
        );
    }
}

#[test]
fn rules_have_ids_of_their_own() {
    let mut ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn texts_that_are_no_shapes_are_refused() {
    for (text, message) in [
        ("", "expected a shape"),
        ("{ a u8 }", "expected `:`"),
        ("[u8", "expected `]`"),
        ("{ a: u8", "expected a name"),
        ("text", "unknown shape `text`"),
        ("u8 u8", "nothing should follow"),
        ("[u8; many]", "expected a number"),
        (&"[".repeat(100_000), "shapes inside each other"),
    ] {
        let error = text.parse::<Shape>().expect_err(text);
        assert!(error.to_string().contains(message), "{text}: {error}");
    }
}
