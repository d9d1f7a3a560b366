//! No clause is written and then forgotten in the list.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// `group::clause` for every public clause in the sources.
fn written() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract");
    let mut clauses = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the contract's folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let group = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name")
            .to_owned();
        let source = fs::read_to_string(&path).expect("a source file");
        for line in source.lines() {
            if let Some(rest) = line.strip_prefix("pub async fn ") {
                let clause = rest.split('<').next().expect("a name");
                clauses.insert(format!("{group}::{clause}"));
            }
        }
    }
    clauses
}

#[test]
fn every_clause_is_mounted() {
    // Mounted tests are functions of this binary; the macro's list is read back from its source.
    let mount = include_str!("../../src/contract/mount.rs");
    let list = mount.split("$fixture;").nth(1).expect("the list");
    let list = list.split("}\n").next().expect("the list's end");
    let mut mounted = BTreeSet::new();
    let mut group = "";
    for word in list.split_whitespace() {
        if let Some(name) = word.strip_suffix(':') {
            group = name;
        } else {
            let new = mounted.insert(format!("{group}::{}", word.trim_end_matches(';')));
            assert!(new, "`{group}::{word}` is listed twice");
        }
    }
    assert_eq!(mounted, written());
    assert!(mounted.len() > 70);
}
