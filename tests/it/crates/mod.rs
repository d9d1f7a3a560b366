//! The derives in crates of their own: other editions, other names of the toolkit, strict lints, large sets; and what only
//! a whole build finds. The crates are written into a folder below the target folder, as one workspace.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A crate: its name, edition, further dependencies, and `src/lib.rs`.
struct Tiny {
    name: &'static str,
    edition: &'static str,
    manifest: String,
    source: String,
}

fn toolkit() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../eventsourcing");
    // A literal string of TOML: backslashes stay what they are.
    format!(
        "path = '{}'",
        path.canonicalize().expect("the core").display()
    )
}

fn domain(toolkit: &str) -> String {
    include_str!("domain.rs").replace("TOOLKIT", toolkit)
}

fn crates() -> Vec<Tiny> {
    let toolkit = toolkit();
    let plain = format!("eventsourcing = {{ {toolkit} }}\n");
    let renamed = format!("es-kit = {{ package = \"eventsourcing\", {toolkit} }}\n");
    let tiny = |name, edition, manifest: &str, source: String| Tiny {
        name,
        edition,
        manifest: manifest.to_owned(),
        source,
    };
    vec![
        tiny("tiny-renamed", "2021", &renamed, domain("::es_kit")),
        tiny("tiny-renamed-2024", "2024", &renamed, domain("::es_kit")),
        tiny("tiny-2018", "2018", &plain, domain("::eventsourcing")),
        tiny(
            "tiny-facade",
            "2024",
            &plain,
            "pub mod deep { pub use eventsourcing as kit; }".to_owned(),
        ),
        tiny(
            "tiny-user",
            "2021",
            "tiny-facade = { path = \"../tiny-facade\" }\n",
            domain("::tiny_facade::deep::kit"),
        ),
        tiny(
            "tiny-user-2024",
            "2024",
            "tiny-facade = { path = \"../tiny-facade\" }\n",
            domain("::tiny_facade::deep::kit"),
        ),
        tiny(
            "tiny-strict",
            "2024",
            &format!("{plain}\n[features]\ndefault = [\"bells\"]\nbells = []\nlocks = []\n"),
            include_str!("strict.rs").to_owned(),
        ),
        tiny("tiny-large", "2024", &plain, large(200, 5)),
        tiny(
            "tiny-positional",
            "2024",
            &plain,
            include_str!("positional.rs").to_owned(),
        ),
    ]
}

/// A set of so many events, each with so many versions.
fn large(events: usize, versions: usize) -> String {
    let mut source = "use serde::{Deserialize, Serialize};\n".to_owned();
    let mut variants = String::new();
    for event in 0..events {
        for version in 1..=versions {
            let _ = writeln!(
                source,
                "#[derive(Serialize, Deserialize)]\npub struct E{event}V{version} {{ pub f{version}: u64 }}"
            );
            if version > 1 {
                let old = version - 1;
                let _ = writeln!(
                    source,
                    "impl From<E{event}V{old}> for E{event}V{version} {{ fn from(old: E{event}V{old}) -> Self {{ Self {{ f{version}: old.f{old} }} }} }}"
                );
            }
        }
        let older: Vec<String> = (1..versions)
            .map(|version| format!("v{version} = E{event}V{version}"))
            .collect();
        let _ = writeln!(
            variants,
            "    #[es(name = \"e{event}\", version = {versions}, from({}))]\n    E{event}(E{event}V{versions}),",
            older.join(", ")
        );
    }
    let rows = events * versions;
    let _ = write!(
        source,
        "#[derive(eventsourcing::Event)]\npub enum Set {{\n{variants}}}\n\
         const _: () = assert!(<Set as eventsourcing::Event>::STORED.len() == {rows});\n"
    );
    source
}

/// Writes the workspace; what has not changed is left alone, so that it is not compiled again.
fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tiny-crates");
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(&path, text).expect("a file");
        }
    };
    let crates = crates();
    let members: Vec<&str> = crates.iter().map(|tiny| tiny.name).collect();
    write(
        root.join("Cargo.toml"),
        &format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"),
    );
    for tiny in &crates {
        let manifest = format!(
            "[package]\nname = {:?}\nversion = \"0.0.0\"\nedition = {:?}\n\n[dependencies]\nserde = {{ version = \"1\", features = [\"derive\"] }}\n{}",
            tiny.name, tiny.edition, tiny.manifest
        );
        write(root.join(tiny.name).join("Cargo.toml"), &manifest);
        write(root.join(tiny.name).join("src/lib.rs"), &tiny.source);
    }
    // Dependencies of the versions that the toolkit is tested with.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, root.join("Cargo.lock")).expect("a lock file");
    root
}

fn cargo(root: &Path, arguments: &[&str]) -> Output {
    // The folder that these tests were built in: what they share with the crates is there already.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    Command::new(env!("CARGO"))
        .current_dir(root)
        .args(arguments)
        .arg("--offline")
        .env("CARGO_TARGET_DIR", target.expect("a target folder"))
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .expect("cargo")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// One test: the crates are one workspace, and cargo lets only one command at a time into a target folder.
#[test]
fn the_derives_work_in_crates_of_all_kinds() {
    let root = workspace();

    let linted = cargo(&root, &["clippy", "--workspace", "--all-targets"]);
    let text = said(&linted);
    assert!(
        linted.status.success(),
        "clippy is needed (`rustup component add clippy`): {text}"
    );
    assert!(!text.contains("warning: "), "{text}");

    // Case 30 of the compile-fail catalogue: found where the format is used, when code is generated.
    let built = cargo(&root, &["build", "--package", "tiny-positional"]);
    let text = said(&built);
    assert!(!built.status.success(), "an additive version was accepted");
    for part in [
        "`fee.charged` v1 is declared additive (`v1 = _`), which only formats that carry field names can read; keep the v1 struct for this format",
        "from(v1 = _)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }

    let documented = cargo(&root, &["doc", "--package", "tiny-strict", "--no-deps"]);
    assert!(documented.status.success(), "{}", said(&documented));
    let page =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("../doc/tiny_strict/trait.DoorEvents.html");
    let page = fs::read_to_string(page).expect("the handler trait has a page");
    for doc in [
        "Somebody opened it.",
        "It got another colour.",
        "Only with a feature that is on.",
    ] {
        assert!(
            page.contains(doc),
            "the docs of a variant stand at its method: {doc}"
        );
    }
    assert!(!page.contains("Only with a feature that is off."));
}
