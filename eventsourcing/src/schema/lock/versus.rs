//! One lock file against an earlier state of it; no code is needed.

use super::super::compare::compare;
use super::super::rules::Rule;
use super::golden::{self, CORRECTED};
use super::reader::same_value;
use super::{Entry, Finding, Golden, Lock, LockedVersion, Reading, Report, State};

/// What was released must be there, and as it was.
pub(super) fn against(head: &Lock, base: &Lock) -> Report {
    let mut report = Report::default();
    for (name, entry) in base.entries.iter().filter(|(_, entry)| entry.released()) {
        let Some((now, found)) = owner(head, name) else {
            let mut finding = Finding::new(Rule::ReleasedDropped, name);
            finding.fix = vec![
                "bring its lines back".into(),
                format!(
                    "declare what became of it in the code (`was = \"{name}\"`, `split(..)` or `retired(..)`) and run `ES_LOCK=update cargo test`"
                ),
            ];
            report.findings.push(finding);
            continue;
        };
        entries(&mut report, name, entry, found);
        for was in &entry.was {
            match owner(head, was) {
                None => push(
                    &mut report,
                    Rule::FormerNameDropped,
                    was,
                    "bring the line back",
                ),
                Some((other, _)) if other != now => {
                    push(&mut report, Rule::NameMoved, was, "bring the line back");
                }
                Some(_) => {}
            }
        }
    }
    report
}

fn push(report: &mut Report, rule: Rule, at: &str, fix: &str) {
    let mut finding = Finding::new(rule, at);
    finding.fix = vec![fix.into()];
    report.findings.push(finding);
}

/// The entry of a stored name: its own, or the one it is a former name of.
fn owner<'a>(lock: &'a Lock, name: &str) -> Option<(&'a str, &'a Entry)> {
    let own = lock.entries.get_key_value(name);
    let former = || {
        lock.entries
            .iter()
            .find(|(_, entry)| entry.was.iter().any(|was| was == name))
    };
    own.or_else(former)
        .map(|(name, entry)| (name.as_str(), entry))
}

fn entries(report: &mut Report, name: &str, base: &Entry, head: &Entry) {
    const RESTORE: &str = "bring back the line as it was released";
    if base.id.is_some() && head.id != base.id {
        push(report, Rule::NumberChanged, name, RESTORE);
    }
    if base.split.is_some() && head.split != base.split && head.reserved.is_empty() {
        let rule = if head.split.is_some() {
            Rule::SplitMoved
        } else {
            Rule::SplitDropped
        };
        push(report, rule, name, RESTORE);
    }
    for version in base
        .reserved
        .iter()
        .flat_map(|reserved| reserved.versions.clone())
    {
        if !head.reserves(version) {
            push(
                report,
                Rule::ReservationDropped,
                &format!("{name} v{version}"),
                RESTORE,
            );
        }
    }
    for (number, version) in &base.versions {
        if version.state == State::Draft {
            continue;
        }
        let at = format!("{name} v{number}");
        let Some(now) = head.versions.get(number) else {
            if !head.reserves(*number) {
                push(report, Rule::ReleasedDropped, &at, RESTORE);
            }
            continue;
        };
        if now.state == State::Draft {
            let mut finding = Finding::new(Rule::ReleasedEdited, &at);
            finding.notes = vec!["it was released, and is a draft now".into()];
            finding.fix = vec![RESTORE.into()];
            report.findings.push(finding);
        }
        versions(report, &at, version, now, head.reserves(*number));
    }
}

fn versions(
    report: &mut Report,
    at: &str,
    base: &LockedVersion,
    head: &LockedVersion,
    reserved: bool,
) {
    if base.shape != head.shape {
        let mut finding = Finding::new(Rule::ReleasedEdited, at);
        if let (Some(base), Some(head)) = (&base.shape, &head.shape) {
            finding.changes = compare(base, head);
        }
        finding.fix = vec![
            "bring back the shape as it was released, and give the new one the next version".into(),
        ];
        report.findings.push(finding);
    }
    for golden in base.golden.iter().filter(|_| !reserved) {
        let kept = head
            .golden
            .iter()
            .find(|now| now.format == golden.format && now.payload == golden.payload);
        let Some(kept) = kept else {
            let mut finding = Finding::new(Rule::ReleasedDropped, at);
            finding.notes = vec![format!("golden {} {}", golden.format, golden.payload)];
            finding.fix = vec!["bring the golden payload back".into()];
            report.findings.push(finding);
            continue;
        };
        let (Some(before), Some(now)) = (&golden.reads, &kept.reads) else {
            continue;
        };
        let type_of = |reading: &Reading| (reading.name.clone(), reading.version);
        let same_types = before.iter().map(type_of).eq(now.iter().map(type_of));
        let same_values = before
            .iter()
            .zip(now)
            .all(|(before, now)| same_value(&before.payload, &now.payload));
        let corrected = kept.corrected.is_some() && kept.corrected != golden.corrected;
        if same_types && !same_values && !corrected {
            let mut finding = Finding::new(Rule::GoldenReadDifferently, at);
            let text = |readings: &[Reading]| {
                readings
                    .iter()
                    .map(|reading| reading.payload.clone())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            finding.notes = vec![
                format!("before: {}", text(before)),
                format!("now:    {}", text(now)),
            ];
            finding.fix = vec![
                "undo what made the difference: stored events would be read as something else"
                    .into(),
                CORRECTED.into(),
            ];
            report.findings.push(finding);
        }
    }
}

/// All differences, a text each.
pub(super) fn diff(head: &Lock, base: &Lock) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, entry) in &head.entries {
        let before = base.entries.get(name);
        let former = entry
            .was
            .iter()
            .find(|was| base.entries.contains_key(*was) && !head.entries.contains_key(*was));
        let (before, heading) = match (before, former) {
            (Some(before), _) => (Some(before), None),
            (None, Some(was)) => (
                base.entries.get(was),
                Some(format!("~ {was} is called {name} now")),
            ),
            (None, None) => (None, Some(format!("+ {name}"))),
        };
        lines.extend(heading);
        let empty = Entry::default();
        changes(&mut lines, name, before.unwrap_or(&empty), entry);
    }
    for name in base
        .entries
        .keys()
        .filter(|name| owner(head, name).is_none())
    {
        lines.push(format!("- {name}"));
    }
    lines
}

fn changes(lines: &mut Vec<String>, name: &str, base: &Entry, head: &Entry) {
    let facts = |entry: &Entry| -> Vec<String> {
        let text = Entry {
            versions: std::collections::BTreeMap::new(),
            ..entry.clone()
        }
        .to_string();
        text.lines().map(|line| line.trim().to_owned()).collect()
    };
    let (before, now) = (facts(base), facts(head));
    let gone = before.iter().filter(|fact| !now.contains(fact));
    lines.extend(gone.map(|fact| format!("- {name}: {fact}")));
    let new = now.iter().filter(|fact| !before.contains(fact));
    lines.extend(new.map(|fact| format!("+ {name}: {fact}")));
    if base.draft && !head.draft {
        lines.push(format!("~ {name}: released"));
    }
    for (number, version) in &head.versions {
        let at = format!("{name} v{number}");
        let Some(before) = base.versions.get(number) else {
            let shape = version
                .shape
                .as_ref()
                .map_or("never stored".into(), ToString::to_string);
            lines.push(format!("+ {at}: {shape}"));
            continue;
        };
        if before.state != version.state {
            let state = if version.state == State::Draft {
                "draft"
            } else {
                "released"
            };
            lines.push(format!("~ {at}: {state}"));
        }
        if let (Some(before), Some(now)) = (&before.shape, &version.shape) {
            for change in compare(before, now) {
                let path = change
                    .path
                    .iter()
                    .fold(at.clone(), |path, part| path + " > " + part);
                lines.push(format!("~ {path}: {change}"));
            }
            if before == now && before.to_string() != now.to_string() {
                lines.push(format!("~ {at}: other names that are read"));
            }
        }
        goldens(lines, &at, &before.golden, &version.golden);
    }
    for number in base
        .versions
        .keys()
        .filter(|number| !head.versions.contains_key(number))
    {
        lines.push(format!("- {name} v{number}"));
    }
}

/// The differences of golden payloads, and what they are read as before and after.
fn goldens(lines: &mut Vec<String>, at: &str, base: &[Golden], head: &[Golden]) {
    let same = |one: &Golden, other: &Golden| {
        (&one.format, &one.payload, &one.headers) == (&other.format, &other.payload, &other.headers)
    };
    let text = |golden: &Golden| format!("golden {} {}", golden.format, golden.payload);
    let gone = base
        .iter()
        .filter(|was| !head.iter().any(|now| same(was, now)));
    lines.extend(gone.map(|golden| format!("- {at}: {}", text(golden))));
    for now in head {
        let Some(before) = base.iter().find(|was| same(was, now)) else {
            lines.push(format!("+ {at}: {}", text(now)));
            continue;
        };
        let at = format!("{at} ({})", now.format);
        match (&before.reads, &now.reads) {
            (Some(was), Some(reads)) if was != reads => {
                let notes = golden::readings(before, reads).join("\n    ");
                lines.push(format!("~ {at}: it is read as something else\n    {notes}"));
            }
            (Some(_), None) => lines.push(format!("~ {at}: it is to be read anew")),
            _ => {}
        }
        if let Some(why) = now
            .corrected
            .as_ref()
            .filter(|_| now.corrected != before.corrected)
        {
            lines.push(format!("~ {at}: corrected {why:?}"));
        }
    }
}
