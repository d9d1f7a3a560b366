//! `cargo xtask compile-cost`: what the derives cost the compiler, beside serde's own.
//!
//! The same crate in four forms, see [`source`]. Only the crate itself is compiled; what it depends on is there already.
//! The forms take turns, every other round in reverse order, and the figures are medians. On Linux the time is that of
//! all processors together, which other work on the machine disturbs less; elsewhere that of the clock. Cargo's own time,
//! with nothing to compile, is taken off.

mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use self::source::Kind;
use crate::run::Failure;

/// Rounds, unless told otherwise.
const ROUNDS: usize = 5;

/// What is done to a crate.
#[derive(Clone, Copy)]
struct Work {
    name: &'static str,
    verb: &'static str,
    /// After an edit of one payload, instead of from nothing.
    edit: bool,
}

const WORK: [Work; 4] = [
    Work {
        name: "check, clean",
        verb: "check",
        edit: false,
    },
    Work {
        name: "check, one payload edited",
        verb: "check",
        edit: true,
    },
    Work {
        name: "build, clean",
        verb: "build",
        edit: false,
    },
    Work {
        name: "build, one payload edited",
        verb: "build",
        edit: true,
    },
];

/// Measures and prints the table.
pub(crate) fn run(rounds: Option<usize>) -> Result<(), Failure> {
    let rounds = rounds.unwrap_or(ROUNDS).max(1);
    let root = folder()?;
    write_all(&root)?;
    println!("compiling what the crates depend on");
    for verb in ["check", "build"] {
        cargo(&root, &[verb, "--workspace"])?;
    }
    println!(
        "| work | payloads, serde | enum, serde | enum, Event | ratio | payloads, Schema | ratio |\n| --- | --- | --- | --- | --- | --- | --- |"
    );
    for work in WORK {
        let mut times: [Vec<Duration>; 4] = Default::default();
        let mut idle = Vec::new();
        for round in 0..rounds {
            let mut order = [0, 1, 2, 3];
            if round % 2 == 1 {
                order.reverse();
            }
            for form in order {
                let (compiling, nothing) = measure(&root, Kind::ALL[form], work)?;
                times[form].push(compiling);
                idle.push(nothing);
            }
        }
        let idle = median(idle);
        let [payloads, serde, event, schema] =
            times.map(|times| median(times).saturating_sub(idle).as_secs_f64());
        println!(
            "| {} | {payloads:.2} s | {serde:.2} s | {event:.2} s | {:.2} | {schema:.2} s | {:.2} |",
            work.name,
            event / serde,
            schema / serde
        );
    }
    Ok(())
}

/// The time of the work, and of cargo when there is none.
fn measure(root: &Path, kind: Kind, work: Work) -> Result<(Duration, Duration), Failure> {
    let arguments = [work.verb, "--package", kind.name()];
    if work.edit {
        // A warm incremental cache, then the edit.
        cargo(root, &arguments)?;
        let path = root.join(kind.name()).join("src/p7.rs");
        let before = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let [plain, edited] = [false, true].map(|edited| source::payloads(kind, 7, edited));
        write(&path, if before == plain { &edited } else { &plain })?;
    } else {
        cargo(root, &["clean", "--package", kind.name()])?;
    }
    let compiling = cargo(root, &arguments)?;
    let nothing = cargo(root, &arguments)?;
    Ok((compiling, nothing))
}

/// Where the crates live: in this workspace's target folder, so that they are thrown away with it.
fn folder() -> Result<PathBuf, Failure> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let here = here.canonicalize().map_err(|error| error.to_string())?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| here.join("target"), PathBuf::from);
    let root = here.join(target).join("compile-cost");
    for kind in Kind::ALL {
        let folder = root.join(kind.name()).join("src");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    // The dependencies' versions are those of this workspace.
    fs::copy(here.join("Cargo.lock"), root.join("Cargo.lock"))
        .map_err(|error| error.to_string())?;
    Ok(root)
}

fn write_all(root: &Path) -> Result<(), Failure> {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../eventsourcing");
    write(&root.join("Cargo.toml"), &source::workspace())?;
    for kind in Kind::ALL {
        let package = root.join(kind.name());
        write(
            &package.join("Cargo.toml"),
            &source::manifest(kind, &core.to_string_lossy()),
        )?;
        write(&package.join("src/lib.rs"), &source::root(kind))?;
        for file in source::files() {
            write(
                &package.join(format!("src/p{file}.rs")),
                &source::payloads(kind, file, false),
            )?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs cargo in the crates' workspace, and says how long it took.
fn cargo(root: &Path, arguments: &[&str]) -> Result<Duration, Failure> {
    let before = (Instant::now(), processor_time());
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(arguments)
        .args(["--offline", "--quiet"])
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env("CARGO_INCREMENTAL", "1")
        .stdout(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("cargo {} failed: {said}", arguments.join(" ")));
    }
    Ok(match (before.1, processor_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => before.0.elapsed(),
    })
}

/// Time that ended children of this process took on all processors; Linux only.
fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: `cutime` and `cstime` are fields 16 and 17, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(13)?.parse::<u64>().ok()? + fields.get(14)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
