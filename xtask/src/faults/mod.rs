//! `cargo xtask faults`: the long forms of the tests that break the machine, and a table of what they cost.

mod kinds;
mod page;
mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use self::kinds::{KINDS, Kind};
use self::rows::Row;
use crate::run::{Failure, Tally, cargo, step, tests};
use crate::tools;

/// What became of one kind.
#[derive(Debug)]
pub(crate) struct Outcome {
    kind: &'static Kind,
    rows: Vec<Row>,
    took: Duration,
    failure: Option<Failure>,
}

/// Prints the names and what each does.
pub(crate) fn list() {
    for Kind { name, about, .. } in KINDS {
        println!("{name:12} {about}");
    }
}

/// Runs the kinds of these names, or all; with `short` as `cargo xtask test` does. The long form of all is written down
/// in `eventsourcing-sled/FAULTS.md`.
pub(crate) fn run(names: &[&str], short: bool) -> Result<(), Failure> {
    let kinds = kinds::named(names)?;
    tools::strace()?;
    // Beforehand, so that it is not part of the time they take.
    let packages: BTreeSet<_> = kinds
        .iter()
        .flat_map(|kind| kind.tests)
        .map(|test| test.0)
        .collect();
    for package in packages {
        step(&mut test(package, &["--no-run"]))?;
    }
    let outcomes: Vec<_> = kinds.into_iter().map(|kind| one(kind, short)).collect();
    let rows = outcomes
        .iter()
        .flat_map(|outcome| outcome.rows.iter().map(|row| (outcome.kind.name, row)));
    println!("\n{}", rows::table(rows));
    if names.is_empty() && !short {
        page::write(&outcomes)?;
    }
    let failures: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| {
            let failure = outcome.failure.as_ref()?;
            Some(format!("{}: {failure}", outcome.kind.name))
        })
        .collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("; "))
    }
}

/// Runs one kind. Whatever goes wrong is part of the outcome: the others are run all the same.
fn one(kind: &'static Kind, short: bool) -> Outcome {
    let started = Instant::now();
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
        took: started.elapsed(),
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
        let mut command = test(package, &["--", filter, "--test-threads=1"]);
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

/// The same build as that of the short forms: most of the time goes into syncs, processes and files.
fn test(package: &str, arguments: &[&str]) -> Command {
    cargo(&[&["test", "--package", package, "--test", "it"], arguments].concat())
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
