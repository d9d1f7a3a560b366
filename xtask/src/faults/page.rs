//! `eventsourcing-sled/FAULTS.md`: the last long run of everything, and how to read it.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use super::{Outcome, rows};
use crate::run::Failure;

const READING: &str = "\
A round breaks the store once and looks at everything in it. *Acknowledged events checked* adds up, over all rounds, the
events that had been acknowledged before and were compared byte by byte afterwards. *Lost* are those that were missing
or different, and answers that differed from the log without an error. *Unopenable* are stores that could not be opened
although nothing acknowledged was damaged; where acknowledged bytes are damaged by the test, the store has to say so, and
that is no loss.

What cannot be known is counted and named in the row: damage within the last group of commits cannot be told from a
crash while that group was being written (see FORMAT.md, \"Opening\"), so it is cut.
";

const CONTROLS: &str = "\
Designs that are known to lose something, broken by the same harness. They must lose something: had they not, the zeros
above would mean nothing.
";

pub(super) fn write(outcomes: &[Outcome]) -> Result<(), Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../eventsourcing-sled/FAULTS.md");
    let text = text(outcomes).map_err(|error| error.to_string())?;
    fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn text(outcomes: &[Outcome]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("# The machine, broken\n\n");
    let minutes = outcomes
        .iter()
        .map(|outcome| outcome.took.as_secs())
        .sum::<u64>()
        / 60;
    writeln!(
        text,
        "Written by `cargo xtask faults`, which took {minutes} minutes; one line of it again: `cargo xtask faults NAME`.\n\
         {}, commit {}; {}.\n",
        said("date", &["-u", "+%Y-%m-%d"]),
        commit(),
        machine()
    )?;
    text.push_str(READING);
    let all = |control: bool| {
        outcomes.iter().flat_map(move |outcome| {
            let rows = outcome
                .rows
                .iter()
                .filter(move |row| row.control == control);
            rows.map(|row| (outcome.kind.name, row))
        })
    };
    writeln!(text, "\n{}", rows::table(all(false)))?;
    for outcome in outcomes {
        if let Some(failure) = &outcome.failure {
            writeln!(text, "**`{}` failed**: {failure}\n", outcome.kind.name)?;
        }
    }
    writeln!(text, "## What each does\n")?;
    for outcome in outcomes {
        writeln!(text, "- `{}`: {}", outcome.kind.name, outcome.kind.about)?;
    }
    if all(true).next().is_some() {
        writeln!(
            text,
            "\n## Controls\n\n{CONTROLS}\n{}",
            rows::table(all(true))
        )?;
    }
    Ok(text)
}

fn machine() -> String {
    let cores = available_parallelism().map_or("unknown".into(), |cores| cores.to_string());
    let temporary = std::env::temp_dir().display().to_string();
    let files = said("stat", &["--file-system", "--format", "%T", &temporary]);
    let kernel = said("uname", &["-sr"]);
    format!("{cores} cores, file system {files}, {kernel}")
}

fn commit() -> String {
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
    let changed = said("git", &["status", "--porcelain", "--untracked-files=no"]);
    if changed.is_empty() || changed == "unknown" {
        commit
    } else {
        format!("{commit} and uncommitted changes")
    }
}

/// What a program says, or that it is not known.
fn said(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments);
    match command.output() {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "unknown".into(),
    }
}
