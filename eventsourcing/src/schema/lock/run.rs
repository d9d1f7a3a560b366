//! [`Check`]: the test behind `events_lock!`.

use std::path::PathBuf;
use std::{fmt, fs, io};

use super::super::fingerprint::WireClass;
use super::super::parse::ParseError;
use super::super::rules::Rule;
use super::code::{Code, LockedSet};
use super::golden::review;
use super::judge::judge;
use super::next::next;
use super::reader::Reader;
use super::{Lock, Report};
use crate::event::Event;
use crate::format::Format;

/// Compares event sets with their lock file. [`events_lock!`](crate::events_lock) makes a test of it.
pub struct Check {
    path: PathBuf,
    code: Code,
    readers: Vec<Reader>,
    classes: Vec<WireClass>,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Why a lock file and the code do not fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// There is no file.
    #[error(
        "{0} does not exist\nfix: write it with `ES_LOCK=update cargo test`, look at it and commit it"
    )]
    Missing(String),
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file is not a lock file that this version reads.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: String,
        /// Why.
        source: ParseError,
    },
    /// What was released is not kept.
    #[error("{path}: {} that must not stay\n\n{report}", count(report))]
    Broken {
        /// The file.
        path: String,
        /// What is wrong.
        report: Report,
    },
    /// The code has something that the file lacks. Nothing that was released is broken.
    #[error("{path} is out of date\n\n{}\n\nfix: run `ES_LOCK=update cargo test`, look at the difference and commit it", lines.join("\n"))]
    OutOfDate {
        /// The file.
        path: String,
        /// What it lacks.
        lines: Vec<String>,
    },
}

fn count(report: &Report) -> String {
    match report.findings.len() {
        1 => "1 change".into(),
        count => format!("{count} changes"),
    }
}

impl Check {
    /// A check of the file at `path`, which is relative to `folder`.
    pub fn new(folder: &str, path: &str) -> Self {
        Self {
            path: PathBuf::from(folder).join(path),
            code: Code::default(),
            readers: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// Adds a set.
    #[must_use]
    pub fn set<E: Event + LockedSet<()>>(mut self) -> Self {
        self.code.add::<E>();
        self
    }

    /// Adds a format in which events of a set are stored.
    #[must_use]
    pub fn format<E: Event, F: Format + Clone>(mut self, format: F) -> Self {
        let class = if F::NAMED {
            WireClass::Named
        } else {
            WireClass::Positional
        };
        if !self.classes.contains(&class) {
            self.classes.push(class);
        }
        self.readers.push(Reader::new::<E, F>(format));
        self
    }

    /// Checks the file, or writes it where the environment variable `ES_LOCK` is `update`.
    ///
    /// # Panics
    /// If file and code do not fit, with what to do about it.
    #[track_caller]
    pub fn run(&self) {
        let result = match std::env::var("ES_LOCK").as_deref() {
            Ok("update") => self.update(),
            Ok("check") | Err(_) => self.check(),
            Ok(other) => {
                panic!("`ES_LOCK={other}` is unknown; use `check` (the default) or `update`")
            }
        };
        if let Err(error) = result {
            panic!("{error}");
        }
    }

    /// Checks the file.
    ///
    /// # Errors
    /// [`LockError`] says what to do; none of them goes away by itself.
    pub fn check(&self) -> Result<(), LockError> {
        let Some(lock) = self.read()? else {
            return Err(LockError::Missing(self.path.display().to_string()));
        };
        let (new, report) = self.judge(&lock);
        if !report.is_empty() {
            return Err(self.broken(report));
        }
        let lines = new.diff(&lock);
        if lines.is_empty() {
            return Ok(());
        }
        Err(LockError::OutOfDate {
            path: self.path.display().to_string(),
            lines,
        })
    }

    /// Writes the file as today's code would have it. Released lines stay as they are.
    ///
    /// # Errors
    /// As [`Check::check`]; the file is then as it was, unless only golden payloads are missing.
    pub fn update(&self) -> Result<(), LockError> {
        let lock = self.read()?.unwrap_or_default();
        let (new, report) = self.judge(&lock);
        let broken = report
            .findings
            .iter()
            .any(|finding| finding.rule != Rule::GoldenMissing);
        if !broken {
            let written = fs::write(&self.path, new.to_string());
            written.map_err(|source| self.io(source))?;
        }
        if report.is_empty() {
            Ok(())
        } else {
            Err(self.broken(report))
        }
    }

    fn judge(&self, lock: &Lock) -> (Lock, Report) {
        let findings = judge(lock, &self.code, &self.classes);
        if !findings.is_empty() {
            return (lock.clone(), Report { findings });
        }
        let mut new = next(lock, &self.code);
        let findings = review(&mut new, &self.code, &self.readers);
        (new, Report { findings })
    }

    fn read(&self) -> Result<Option<Lock>, LockError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.io(source)),
        };
        let parsed = text.parse().map_err(|source| LockError::Parse {
            path: self.path.display().to_string(),
            source,
        });
        parsed.map(Some)
    }

    fn io(&self, source: io::Error) -> LockError {
        LockError::Io {
            path: self.path.display().to_string(),
            source,
        }
    }

    fn broken(&self, report: Report) -> LockError {
        LockError::Broken {
            path: self.path.display().to_string(),
            report,
        }
    }
}
