//! `cargo xtask faults`: the long forms of the tests that break the machine, and a table of what they cost.

mod kinds;
mod page;
mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::kinds::{KINDS, Kind};
use self::rows::Row;
use crate::run::{Failure, Tally, cargo, step, tests};
use crate::tools;

/// What became of one kind.
#[derive(Debug)]
pub(crate) struct Outcome {
    kind: &'static Kind,
    rows: Vec<Row>,
    failure: Option<Failure>,
}

/// Prints the names and what each does.
pub(crate) fn list() {
    for Kind { name, about, .. } in KINDS {
        println!("{name:12} {about}");
    }
}

/// Runs the kinds of these names, or all; with `short` as `cargo xtask test` does. What the long forms come to is written
/// down in `eventsourcing-sled/FAULTS.md`, kind by kind.
pub(crate) fn run(names: &[&str], short: bool) -> Result<(), Failure> {
    let kinds = kinds::named(names)?;
    tools::strace()?;
    // Beforehand, so that a mistake in the code is said at once.
    let builds: BTreeSet<_> = kinds
        .iter()
        .flat_map(|kind| {
            kind.tests
                .iter()
                .map(|test| (test.0, optimised(kind, short)))
        })
        .collect();
    for (package, optimised) in builds {
        step(&mut test(package, optimised, &["--no-run"]))?;
    }
    let (mut lines, mut failures) = (Vec::new(), Vec::new());
    for kind in kinds {
        let outcome = one(kind, short);
        let run = page::run();
        lines.extend(outcome.rows.iter().map(|row| row.line(kind.name, &run)));
        // A kind that fails leaves the page as it is: what its other tests found would read as if all were well.
        if !short && outcome.failure.is_none() {
            page::update(&outcome, &run)?;
        }
        if let Some(failure) = outcome.failure {
            failures.push(format!("{}: {failure}", kind.name));
        }
    }
    println!("\n{}", rows::table(&lines));
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("; "))
    }
}

/// Runs one kind. Whatever goes wrong is part of the outcome: the others are run all the same.
fn one(kind: &'static Kind, short: bool) -> Outcome {
    let report = report(kind);
    let result = run_tests(kind, short, &report);
    let rows = fs::read_to_string(&report).map_err(|_| "its tests reported nothing".to_owned());
    // The report lies in the system's temporary directory, so a failed removal does no harm.
    let _ = fs::remove_file(&report);
    let rows = rows.and_then(|report| rows::parse(&report));
    let failure = match (&result, &rows) {
        (Err(failure), _) | (Ok(()), Err(failure)) => Some(failure.clone()),
        (Ok(()), Ok(rows)) => judge(rows),
    };
    Outcome {
        kind,
        rows: rows.unwrap_or_default(),
        failure,
    }
}

/// What is wrong with rows that no test has complained of.
fn judge(rows: &[Row]) -> Option<Failure> {
    if rows.is_empty() {
        return Some("its tests reported nothing".into());
    }
    let wrong = rows.iter().find(|row| !row.holds())?;
    Some(format!("{wrong:?}"))
}

fn run_tests(kind: &Kind, short: bool, report: &Path) -> Result<(), Failure> {
    let mut result = Ok(());
    for (package, filter) in kind.tests {
        // One test at a time: moments are chosen by the time things take.
        let arguments = ["--", filter, "--test-threads=1"];
        let mut command = test(package, optimised(kind, short), &arguments);
        command.env("EVENTSOURCING_FAULTS_REPORT", report);
        if short {
            command.env_remove("EVENTSOURCING_FAULTS");
        } else {
            command.env("EVENTSOURCING_FAULTS", "long");
        }
        result = result.and(tests(&mut command, &mut Tally::default()));
    }
    result
}

/// All short forms share the build of the other tests.
fn optimised(kind: &Kind, short: bool) -> bool {
    !short && kind.is_optimised()
}

fn test(package: &str, optimised: bool, arguments: &[&str]) -> Command {
    let build: &[&str] = if optimised { &["--release"] } else { &[] };
    let test = ["test", "--package", package, "--test", "it"];
    cargo(&[&test, build, arguments].concat())
}

/// A file that is not there yet.
fn report(kind: &Kind) -> PathBuf {
    let name = format!("xtask-faults-{}-{}", std::process::id(), kind.name);
    let path = std::env::temp_dir().join(name);
    let _ = fs::remove_file(&path);
    path
}

#[cfg(test)]
mod tests {
    use super::{judge, rows};

    #[test]
    fn no_rows_are_a_failure() {
        assert!(judge(&[]).is_some());
        let sound = rows::parse("a\t1\t1\t0\t0\t\n").expect("a row");
        assert_eq!(judge(&sound), None);
        let lost = rows::parse("a\t1\t1\t1\t0\t\n").expect("a row");
        assert!(judge(&lost).is_some());
    }
}
