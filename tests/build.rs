//! Puts the code of the guides into the files of `guide/`, which hold what each piece needs around it: so every line that a
//! guide shows is compiled and run, and it shows nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

const GUIDES: [&str; 3] = [
    "../docs/changing-an-event.md",
    "../docs/processes.md",
    "../docs/read-models.md",
];
/// Stands in a file where the code of the chapter of its name belongs.
const PLACE: &str = "// the guide\n";

fn main() {
    println!("cargo::rerun-if-changed=guide");
    let (mut all, mut tests) = (BTreeMap::new(), String::new());
    for guide in GUIDES {
        println!("cargo::rerun-if-changed={guide}");
        let text = fs::read_to_string(guide).expect("a guide");
        for (chapter, code) in chapters(&text) {
            let before = all.insert(chapter.clone(), code);
            assert!(before.is_none(), "two guides have a chapter `{chapter}`");
        }
    }
    for (chapter, code) in all {
        let path = format!("guide/{chapter}.rs");
        let around = fs::read_to_string(&path);
        let around = around
            .unwrap_or_else(|_| panic!("the guide's code in `{chapter}` needs {path} around it"));
        assert!(around.contains(PLACE), "{path}: no line `{}`", PLACE.trim());
        let module = chapter.replace('-', "_");
        let whole = around.replace(PLACE, &code);
        writeln!(tests, "mod {module} {{\n{whole}\n}}").expect("a text");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("a directory"));
    fs::write(out.join("guide.rs"), tests).expect("a written file");
}

/// The Rust code of each chapter, by the chapter's name in lower case.
fn chapters(guide: &str) -> BTreeMap<String, String> {
    let mut chapters: BTreeMap<String, String> = BTreeMap::new();
    let (mut chapter, mut code, mut other) = (String::new(), false, false);
    for line in guide.lines() {
        match line {
            "```rust" => code = true,
            _ if line.starts_with("```") => (code, other) = (false, !code && !other),
            _ if code => {
                let chapter = chapters.entry(chapter.clone()).or_default();
                chapter.push_str(line);
                chapter.push('\n');
            }
            _ if !other && line.starts_with('#') => {
                chapter = line
                    .trim_start_matches(['#', ' '])
                    .to_lowercase()
                    .replace(' ', "-");
            }
            _ => {}
        }
    }
    chapters
}
