//! `es lock`: works on lock files alone; no code of theirs is built or run.

mod base;
mod explain;
mod rules;

use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use eventsourcing::schema::{Lock, State};

use crate::args::{Lock as Args, Verb};
use crate::{Answer, Failure};

/// Does what was asked; what it says goes to `out`.
pub(crate) fn run(args: &Args, out: &mut String) -> Result<Answer, Failure> {
    let path = args.file.display();
    match &args.verb {
        Verb::Diff { base } => {
            let lock = read(&args.file)?;
            let before = base::find(base, &args.file, &lock)?;
            let lines = lock.diff(&before.lock);
            for line in before.notes.iter().chain(&lines) {
                push(out, line);
            }
            if lines.is_empty() {
                push(out, &format!("{path}: nothing changed since {base}"));
                return Ok(Answer::Fine);
            }
            push(
                out,
                &format!(
                    "\n{path}: {} since {base}",
                    count(lines.len(), "difference")
                ),
            );
            Ok(Answer::Bad)
        }
        Verb::Check { against: None } => {
            push(out, &format!("{path}: {}", contents(&read(&args.file)?)));
            Ok(Answer::Fine)
        }
        Verb::Check {
            against: Some(base),
        } => {
            let lock = read(&args.file)?;
            let before = base::find(base, &args.file, &lock)?;
            for note in &before.notes {
                push(out, note);
            }
            let report = lock.against(&before.lock);
            if report.is_empty() {
                let contents = contents(&lock);
                push(
                    out,
                    &format!("{path}: {contents}; all that {base} had released is kept"),
                );
                return Ok(Answer::Fine);
            }
            push(out, report.to_string().trim_end());
            let broken = report.findings.len();
            push(
                out,
                &format!(
                    "\n{path}: {broken} not kept as {base} has it; `es lock explain RULE` says more of a rule"
                ),
            );
            Ok(Answer::Bad)
        }
        Verb::Release => {
            let mut lock = read(&args.file)?;
            let released = lock.release();
            fs::write(&args.file, lock.to_string()).map_err(|source| io(&args.file, source))?;
            push(
                out,
                &format!("{path}: {} released", count(released, "draft")),
            );
            Ok(Answer::Fine)
        }
        Verb::Explain { name } => explain::explain(&args.file, name, out),
        Verb::Rules => {
            rules::list(out);
            Ok(Answer::Fine)
        }
    }
}

/// What a file holds, in numbers.
fn contents(lock: &Lock) -> String {
    let versions = || {
        lock.entries
            .values()
            .flat_map(|entry| entry.versions.values())
    };
    let released = versions()
        .filter(|version| version.state == State::Released)
        .count();
    let drafts = versions().count() - released;
    format!(
        "{}, {}, {}",
        count(lock.entries.len(), "event"),
        count(released, "released version"),
        count(drafts, "draft")
    )
}

fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
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
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => Failure::Missing(path.display().to_string()),
        _ => io(path, source),
    })?;
    parse(path.display().to_string(), &text)
}
