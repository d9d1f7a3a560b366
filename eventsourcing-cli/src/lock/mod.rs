//! `es lock`: works on lock files alone; no code of theirs is built or run.

mod explain;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use eventsourcing::schema::Lock;

use crate::args::{Lock as Args, Verb};
use crate::{Answer, Failure, git};

/// Does what was asked; what it says goes to `out`.
pub(crate) fn run(args: &Args, out: &mut String) -> Result<Answer, Failure> {
    let lock = read(&args.file)?;
    match &args.verb {
        Verb::Diff { base } => {
            let lines = lock.diff(&state(base, &args.file)?);
            for line in &lines {
                push(out, line);
            }
            Ok(if lines.is_empty() {
                Answer::Fine
            } else {
                Answer::Bad
            })
        }
        Verb::Check { against: None } => Ok(Answer::Fine),
        Verb::Check {
            against: Some(base),
        } => {
            let report = lock.against(&state(base, &args.file)?);
            push(out, report.to_string().trim_end());
            if report.is_empty() {
                return Ok(Answer::Fine);
            }
            let path = args.file.display();
            push(
                out,
                &format!(
                    "\n{path}: {} not kept as {base} has it",
                    report.findings.len()
                ),
            );
            Ok(Answer::Bad)
        }
        Verb::Release => {
            let mut lock = lock;
            let released = lock.release();
            fs::write(&args.file, lock.to_string()).map_err(|source| io(&args.file, source))?;
            let what = if released == 1 {
                "1 draft".into()
            } else {
                format!("{released} drafts")
            };
            push(out, &format!("{}: {what} released", args.file.display()));
            Ok(Answer::Fine)
        }
        Verb::Explain { name } => explain::explain(&lock, name, out),
    }
}

fn push(out: &mut String, line: &str) {
    if !line.is_empty() {
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{line}");
    }
}

fn io(path: &Path, source: std::io::Error) -> Failure {
    Failure::Io {
        path: path.display().to_string(),
        source,
    }
}

fn parse(place: String, text: &str) -> Result<Lock, Failure> {
    text.parse()
        .map_err(|source| Failure::Parse { place, source })
}

fn read(path: &Path) -> Result<Lock, Failure> {
    let text = fs::read_to_string(path).map_err(|source| io(path, source))?;
    parse(path.display().to_string(), &text)
}

/// An earlier state of the file. A commit that does not have it yet has an empty one.
fn state(base: &str, file: &Path) -> Result<Lock, Failure> {
    let Some(reference) = base.strip_prefix("git:") else {
        return read(Path::new(base));
    };
    match git::text(reference, file)? {
        Some(text) => parse(format!("{} in {base}", file.display()), &text),
        None => Ok(Lock::default()),
    }
}
