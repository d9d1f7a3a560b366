//! No clause is written and then forgotten in the list.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every public clause in the sources, as `group::clause`, with the first paragraph of its documentation.
fn written() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract");
    let mut clauses = BTreeMap::new();
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
        let mut docs = Vec::new();
        for line in source.lines() {
            if let Some(text) = line.strip_prefix("///") {
                docs.push(text);
            } else if let Some(rest) = line.strip_prefix("pub async fn ") {
                let clause = rest.split('<').next().expect("a name");
                let paragraph = docs.split(|text| text.is_empty()).next();
                let rule = paragraph.expect("a rule").concat().trim().to_owned();
                clauses.insert(format!("{group}::{clause}"), rule);
            } else if !line.starts_with("#[") && !line.starts_with([' ', ')']) {
                // Attributes stand between a function and its documentation.
                docs.clear();
            }
        }
    }
    clauses
}

#[test]
fn every_clause_is_mounted_with_its_rule() {
    // Mounted tests are functions of this binary; the macro's list is read back from its source.
    let mount = include_str!("../../src/contract/mount.rs");
    let list = mount.split("$fixture;").nth(1).expect("the list");
    let list = list.split("}\n").next().expect("the list's end");
    let mut mounted = BTreeMap::new();
    let mut group = "";
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_suffix(':') {
            group = name;
            continue;
        }
        let (clause, rule) = line.split_once(' ').expect("a clause and its rule");
        let rule = rule.trim_end_matches(';').trim_matches('"').to_owned();
        let twice = mounted.insert(format!("{group}::{clause}"), rule);
        assert_eq!(twice, None, "`{group}::{clause}` is listed twice");
    }
    let written = written();
    assert!(mounted.keys().eq(written.keys()), "{mounted:?}");
    for (clause, rule) in &written {
        assert_eq!(&mounted[clause], rule, "the rule of `{clause}`");
    }
    assert!(mounted.len() > 70);
}
