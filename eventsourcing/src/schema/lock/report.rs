//! What is wrong, for a person to act on.

use std::fmt;

use super::super::compare::Change;
use super::super::rules::Rule;

/// Something that must not stay as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where: an event's name, usually with a version.
    pub at: String,
    /// The changes inside the shape.
    pub changes: Vec<Change>,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// What to do about it: alternatives.
    pub fix: Vec<String>,
}

impl Finding {
    pub(super) fn new(rule: Rule, at: impl Into<String>) -> Self {
        Self {
            rule,
            at: at.into(),
            changes: Vec::new(),
            notes: Vec::new(),
            fix: Vec::new(),
        }
    }

    /// Whether `other` is the same edit, met in another event that shares the type.
    fn same_edit(&self, other: &Self) -> bool {
        let edit = |change: &Change| {
            (
                change.rule,
                change.before.clone(),
                change.after.clone(),
                change.path.last().cloned(),
            )
        };
        let shared = |finding: &Self| {
            !finding.changes.is_empty()
                && finding.changes.iter().all(|change| change.path.len() > 1)
        };
        shared(self)
            && shared(other)
            && self
                .changes
                .iter()
                .map(edit)
                .eq(other.changes.iter().map(edit))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[{}] {}: {}", self.rule, self.at, self.rule.text())?;
        for change in &self.changes {
            let path = change
                .path
                .iter()
                .fold(self.at.clone(), |path, part| path + " > " + part);
            writeln!(f, "    {path}\n      {change}")?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        for (index, fix) in self.fix.iter().enumerate() {
            writeln!(f, "  {} {fix}", if index == 0 { "fix:" } else { "or: " })?;
        }
        Ok(())
    }
}

/// All that is wrong with a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    /// What must not stay as it is.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The rules that are broken: of findings, and of the changes inside them.
    pub fn rules(&self) -> Vec<Rule> {
        let findings = self.findings.iter();
        findings
            .flat_map(|finding| {
                std::iter::once(finding.rule)
                    .chain(finding.changes.iter().map(|change| change.rule))
            })
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: Vec<&Finding> = Vec::new();
        for finding in &self.findings {
            if told.iter().any(|other| other.same_edit(finding)) {
                continue;
            }
            writeln!(f, "{finding}")?;
            let same = self
                .findings
                .iter()
                .filter(|other| !std::ptr::eq(*other, finding) && finding.same_edit(other));
            let same: Vec<&str> = same.map(|other| other.at.as_str()).collect();
            if !same.is_empty() {
                writeln!(
                    f,
                    "  the same edit of a shared type reaches: {}\n",
                    same.join(", ")
                )?;
            }
            told.push(finding);
        }
        Ok(())
    }
}
