//! Architecture rules, as tests: who may use whom, how long a file may be, that docs and code agree.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The core's modules from the ground up: a module may use what stands before it and itself.
const CORE: &[&[&str]] = &[
    &[
        "apart",
        "fnv",
        "ids",
        "version",
        "time",
        "backoff",
        "stream_id",
        "tag",
    ],
    &["metadata", "format"],
    &["envelope"],
    &["error"],
    &["upcast"],
    &["downcast"],
    &["event", "events"],
    &["aggregate_id"],
    &["aggregate"],
    &["command"],
    &["store", "schema"],
    &["subscription"],
    &["projection"],
    &["read_model"],
    &["memory", "transform", "repository", "private", "fuzzing"],
    &["process", "publisher"],
];

/// What a crate may use of this workspace and of databases, in its normal dependencies.
const CRATES: &[(&str, &[&str])] = &[
    ("eventsourcing-derive", &["proc-macro2", "quote", "syn"]),
    (
        "eventsourcing",
        &[
            "async-trait",
            "bytes",
            "cbor4ii",
            "eventsourcing-derive",
            "fastrand",
            "futures-util",
            "jiff",
            "lru",
            "postcard",
            "rmp-serde",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
            "uuid",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files of the workspace but generated and test-input ones, with their text.
fn sources(below: &str) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default()
                .to_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a readable file");
                found.insert(path, text);
            }
        }
    }
    assert!(!found.is_empty(), "no Rust files below {below}");
    found
}

#[test]
fn core_modules_use_only_what_lies_below_them() {
    let rank = |module: &str| CORE.iter().position(|level| level.contains(&module));
    let base = root().join("eventsourcing/src");
    for (path, text) in sources("eventsourcing/src") {
        let relative = path.strip_prefix(&base).expect("below the base");
        let module = relative
            .iter()
            .next()
            .and_then(|part| Path::new(part).file_stem())
            .and_then(|stem| stem.to_str());
        let module = module.expect("a module name");
        if module == "lib" {
            continue;
        }
        let own = rank(module)
            .unwrap_or_else(|| panic!("`{module}` has no place in the table of layers"));
        for line in text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("use crate::"))
        {
            let used = line.split([':', ';', '{']).next().unwrap_or_default();
            let other =
                rank(used).unwrap_or_else(|| panic!("{}: uses unknown `{used}`", path.display()));
            assert!(
                other < own || used == module,
                "{}: `{module}` must not use `{used}`",
                path.display()
            );
        }
    }
}

#[test]
fn crates_use_only_what_they_may() {
    for (name, allowed) in CRATES {
        let manifest =
            fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        let dependencies = manifest
            .split("\n[dependencies]\n")
            .nth(1)
            .expect("a list of dependencies");
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for line in dependencies
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        {
            let used = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(
                allowed.contains(&used),
                "`{name}` must not depend on `{used}`"
            );
        }
    }
}

#[test]
fn the_sled_stores_log_knows_nothing_of_sled() {
    for (path, text) in sources("eventsourcing-sled/src") {
        let may = ["index", "read_model", "database.rs"];
        let in_index = path
            .components()
            .any(|part| may.iter().any(|name| part.as_os_str() == *name));
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let names_sled = code.clone().any(|line| line.contains("sled::"));
        assert!(
            in_index || !names_sled,
            "{}: only `database.rs`, `index/` and `read_model/` may name sled",
            path.display()
        );
        if path.components().any(|part| part.as_os_str() == "log") {
            let uses_index = code
                .clone()
                .any(|line| line.contains("crate::index") || line.contains("crate::read_model"));
            assert!(
                !uses_index,
                "{}: the log must not know what is made from it",
                path.display()
            );
        }
    }
}

#[test]
fn derive_expansion_does_not_look_at_attributes() {
    for (path, text) in sources("eventsourcing-derive/src") {
        if path.components().any(|part| part.as_os_str() == "expand") {
            assert!(
                !text.contains("crate::attr"),
                "{}: `expand` sees the model only",
                path.display()
            );
        }
    }
}

#[test]
fn files_are_short() {
    let mut lengths: Vec<usize> = Vec::new();
    for (path, text) in sources(".") {
        let lines = text.lines().count();
        assert!(
            lines <= 600,
            "{}: {lines} lines, the limit is 600",
            path.display()
        );
        lengths.push(lines);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(
        median <= 150,
        "the median file has {median} lines; it should be about 120"
    );
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let dependencies = manifest
        .split("\n[workspace.dependencies]\n")
        .nth(1)
        .expect("a list of dependencies");
    let dependencies = dependencies.split("\n[").next().unwrap_or_default();
    let names = dependencies
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" ="));
    for (name, _) in names.filter(|(name, _)| !name.starts_with("eventsourcing")) {
        assert!(
            architecture.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not say why `{name}`"
        );
    }
}
