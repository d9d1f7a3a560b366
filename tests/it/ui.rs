//! What must not compile, and what it says: one mistake for each file in `ui/`. See `ui/README.md`.

#[test]
fn mistakes_are_named_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
}
