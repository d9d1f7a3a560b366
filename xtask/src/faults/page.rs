//! `eventsourcing-sled/FAULTS.md`: what the last long run of each kind came to, and how to read it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use super::Outcome;
use super::kinds::KINDS;
use super::rows::{self, Line};
use crate::run::Failure;

const READING: &str = "\
# The machine, broken

Written by `cargo xtask faults`, kind by kind; `cargo xtask faults NAME` does one again and replaces its lines. The column
*run* says when, at which commit and on what machine.

A round breaks the store once and looks at everything in it. *Acknowledged events checked* adds up, over all rounds, the
events that had been acknowledged before and were compared afterwards. *Lost* are those that were missing or different, and
answers that differed from the log without an error. *Unopenable* are stores that could not be opened although nothing
acknowledged was damaged; where acknowledged bytes are damaged by the test, the store has to say so, and that is no loss.

What cannot be known is counted and named in the line: damage within the last group of commits cannot be told from a
crash while that group was being written (see FORMAT.md, \"Opening\"), unless the index has it, so it is cut.
";

const CONTROLS: &str = "\
Designs that are known to lose something, broken by the same harness. They must lose something: had they not, the zeros
above would mean nothing.
";

const CONTROLS_HEAD: &str = "## Controls";

/// When something is run, and on what.
pub(super) fn run() -> String {
    let date = said("date", &["-u", "+%Y-%m-%d"]);
    let commit = said("git", &["rev-parse", "--short=10", "HEAD"]);
    let cores = available_parallelism().map_or("?".into(), |cores| cores.to_string());
    let temporary = std::env::temp_dir().display().to_string();
    let files = said("stat", &["--file-system", "--format", "%T", &temporary]);
    let kernel = said("uname", &["-sr"]);
    format!("{date}, {commit}, {cores} cores, {files}, {kernel}")
}

/// Replaces what the page says about a kind.
pub(super) fn update(outcome: &Outcome, run: &str) -> Result<(), Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../eventsourcing-sled/FAULTS.md");
    // Without a page there is nothing to keep.
    let old = fs::read_to_string(&path).unwrap_or_default();
    let text = updated(&old, outcome, run);
    fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn updated(old: &str, outcome: &Outcome, run: &str) -> String {
    let (faults, controls) = old.split_once(CONTROLS_HEAD).unwrap_or((old, ""));
    let merge = |old: &str, control: bool| -> Vec<Line> {
        let old = rows::lines(old);
        let mut merged = Vec::new();
        for kind in KINDS {
            if kind.name == outcome.kind.name {
                let new = outcome.rows.iter().filter(|row| row.control == control);
                merged.extend(new.map(|row| row.line(kind.name, run)));
            } else {
                let name = format!("`{}`", kind.name);
                merged.extend(old.iter().filter(|line| line[0] == name).cloned());
            }
        }
        merged
    };
    let faults = rows::table(&merge(faults, false));
    let controls = rows::table(&merge(controls, true));
    let about = KINDS.iter().fold(String::new(), |text, kind| {
        text + "- `" + kind.name + "`: " + kind.about + "\n"
    });
    format!(
        "{READING}\n{faults}\n## What each does\n\n{about}\n{CONTROLS_HEAD}\n\n{CONTROLS}\n{controls}"
    )
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

#[cfg(test)]
mod tests {
    use super::{KINDS, Outcome, rows, updated};

    fn outcome(kind: usize, report: &str) -> Outcome {
        Outcome {
            kind: &KINDS[kind],
            rows: rows::parse(report).expect("rows"),
            failure: None,
        }
    }

    #[test]
    fn a_kind_replaces_its_own_lines() {
        let report = "cut\t9\t50\t0\t0\t\nnot synced\t9\t50\t3\t0\tcontrol\n";
        let page = updated("", &outcome(1, report), "first");
        let page = updated(&page, &outcome(0, "killed\t2\t7\t0\t0\t\n"), "second");
        let runs = |page: &str| -> Vec<_> {
            let lines = rows::lines(page).into_iter();
            lines
                .map(|[name, fault, .., run]| (name, fault, run))
                .collect()
        };
        let line = |kind: usize, fault: &str, run: &str| {
            (
                format!("`{}`", KINDS[kind].name),
                fault.to_owned(),
                run.to_owned(),
            )
        };
        let kept = [
            line(0, "killed", "second"),
            line(1, "cut", "first"),
            line(1, "not synced", "first"),
        ];
        assert_eq!(runs(&page), kept);
        let page = updated(&page, &outcome(1, "cut\t9\t50\t0\t0\t\n"), "third");
        assert_eq!(
            runs(&page),
            [line(0, "killed", "second"), line(1, "cut", "third")]
        );
    }
}
