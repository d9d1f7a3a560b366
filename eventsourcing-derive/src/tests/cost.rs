//! How much code the derives write: so much for each event and each version, whatever the size of the set; and the same
//! each time.

use proc_macro2::{TokenStream, TokenTree};

use super::Derive;
use crate::derive::{event, schema};

/// Tokens, those in groups and the groups' brackets included.
fn count(tokens: TokenStream) -> usize {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => 2 + count(group.stream()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
    });
    each.sum()
}

fn tokens(derive: Derive, item: &str) -> usize {
    count(derive(&syn::parse_str(item).expect("an item")))
}

fn set(variants: usize) -> String {
    let variants: Vec<String> = (0..variants)
        .map(|index| format!("#[es(name = \"e.e{index}\")] E{index}(p::E{index}),"))
        .collect();
    format!("enum Set {{ {} }}", variants.concat())
}

fn chain(versions: usize, step: &str) -> String {
    let older: Vec<String> = (1..versions)
        .map(|version| format!("v{version}{}", step.replace('N', &version.to_string())))
        .collect();
    format!(
        "enum Set {{ #[es(name = \"e\", version = {versions}, from({}))] E(E) }}",
        older.join(", ")
    )
}

#[test]
fn each_event_adds_as_much_as_the_one_before() {
    let [ten, hundred, two_hundred] = [10, 100, 200].map(|variants| tokens(event, &set(variants)));
    let per_event = (hundred - ten) / 90;
    assert_eq!(hundred - ten, 90 * per_event);
    assert_eq!(two_hundred - hundred, 100 * per_event);
    assert!(per_event <= EVENT, "{per_event} tokens for each event");
}

#[test]
fn each_version_adds_as_much_as_the_one_before() {
    for (step, most) in [
        (" = v::EN", TYPED),
        ("(v::EN, via = f)", TYPED),
        (" = _", SAME),
        (" = !", SAME),
    ] {
        let [two, six, twelve] = [2, 6, 12].map(|versions| tokens(event, &chain(versions, step)));
        let per_version = (six - two) / 4;
        assert_eq!(six - two, 4 * per_version, "{step}");
        assert_eq!(twelve - six, 6 * per_version, "{step}");
        assert!(
            per_version <= most,
            "{per_version} tokens for each version `{step}`"
        );
    }
}

#[test]
fn each_field_of_a_shape_adds_as_much_as_the_one_before() {
    let payload = |fields: usize| {
        let fields: Vec<String> = (0..fields).map(|index| format!("f{index}: u64,")).collect();
        format!("struct Payload {{ {} }}", fields.concat())
    };
    let [three, six, twelve] = [3, 6, 12].map(|fields| tokens(schema, &payload(fields)));
    assert_eq!(twelve - six, 2 * (six - three));
    assert!(
        (six - three) / 3 <= FIELD,
        "{} tokens for each field",
        (six - three) / 3
    );
}

#[test]
fn the_same_input_gives_the_same_code() {
    for input in [
        include_str!("input/history.rs"),
        include_str!("input/inline.rs"),
        include_str!("input/generic.rs"),
    ] {
        let expand = || event(&syn::parse_str(input).expect("an item")).to_string();
        let first = expand();
        assert!((0..20).all(|_| expand() == first));
    }
}

/// The most tokens for an event, for a version with a type of its own, for one without, and for a field of a payload.
const EVENT: usize = 380;
const TYPED: usize = 180;
const SAME: usize = 115;
const FIELD: usize = 24;
