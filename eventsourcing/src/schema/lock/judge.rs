//! Today's code against the lock: what of the released history it no longer keeps.

use super::super::compare::{Change, compare};
use super::super::fingerprint::WireClass;
use super::super::rules::{Reads, Rule};
use super::super::shape::Shape;
use super::advice::{advice, notes};
use super::code::{Code, CodeEntry, CodeVersion};
use super::{Entry, Finding, Lock, State};

/// All findings, in the order of names.
pub(super) fn judge(lock: &Lock, code: &Code, classes: &[WireClass]) -> Vec<Finding> {
    let mut judge = Judge {
        lock,
        code,
        classes,
        findings: code.findings.clone(),
    };
    for (name, entry) in &lock.entries {
        judge.entry(name, entry);
    }
    for (name, entry) in &code.entries {
        judge.current(name, entry);
    }
    judge.findings
}

struct Judge<'a> {
    lock: &'a Lock,
    code: &'a Code,
    classes: &'a [WireClass],
    findings: Vec<Finding>,
}

impl Judge<'_> {
    fn find(&mut self, rule: Rule, at: impl Into<String>, fix: &[String]) -> &mut Finding {
        let mut finding = Finding::new(rule, at);
        finding.fix = fix.to_vec();
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    fn entry(&mut self, name: &str, entry: &Entry) {
        let code = self.code;
        // A renaming that is undone before it was released leads back to the former name.
        let undone = || {
            let mut former = entry.was.iter().filter(|_| entry.draft);
            former.find_map(|was| code.owner(was))
        };
        let owner = code.owner(name).or_else(undone);
        for was in &entry.was {
            match (code.owner(was), owner) {
                (None, _) => {
                    self.find(
                        Rule::FormerNameDropped,
                        was,
                        &[format!(
                            "keep `was = \"{was}\"`: stores may hold events of that name"
                        )],
                    );
                }
                (Some(of_was), Some(own)) if of_was.0 != own.0 => {
                    let at = format!("{was} leads to {}, was {}", of_was.0, own.0);
                    self.find(
                        Rule::NameMoved,
                        at,
                        &[format!("move `was = \"{was}\"` back to `{}`", own.0)],
                    );
                }
                _ => {}
            }
        }
        let Some((owner_name, owner)) = owner else {
            self.vanished(name, entry);
            return;
        };
        if entry.released() {
            self.past(name, entry, owner_name, owner);
            self.number(name, entry, owner);
        }
        for (&number, version) in &entry.versions {
            let Some(shape) = &version.shape else {
                continue;
            };
            let at = format!("{name} v{number}");
            match owner.versions.get(&number) {
                Some(now) => self.version(at, name, number, version.state, shape, now, owner),
                None if version.state == State::Draft || owner.reserves(number) => {}
                None => {
                    let fix = format!(
                        "list v{number} in `from(..)` again, or count `version` up to where it was: stores may hold such events"
                    );
                    self.find(Rule::VersionVanished, at, &[fix]);
                }
            }
        }
    }

    fn vanished(&mut self, name: &str, entry: &Entry) {
        let newest = entry.versions.keys().max().copied().unwrap_or(1);
        if entry.split.is_some() && entry.released() {
            self.find(
                Rule::SplitDropped,
                name,
                &[format!(
                    "keep `split(name = \"{name}\", ..)`: stores may hold such events"
                )],
            );
        } else if !entry.reserved.is_empty() {
            self.find(Rule::ReservationDropped, name, &[format!("keep `retired(name = \"{name}\", ..)`: stores may hold such events, and the name stays taken")]);
        } else if entry.released() {
            self.find(
                Rule::NameVanished,
                name,
                &[
                    "keep the variant".into(),
                    format!("if it was renamed: `was = \"{name}\"` on the variant that carries on"),
                    format!("if it became several events: `split(name = \"{name}\", ..)` on the enum"),
                    format!("if it means nothing any more: `retired(name = \"{name}\", versions = 1..={newest}, reason = \"..\")` on the enum"),
                ],
            );
        }
    }

    /// What was retired, refused or split stays so.
    fn past(&mut self, name: &str, entry: &Entry, owner_name: &str, owner: &CodeEntry) {
        let live = owner.current.is_some();
        let own_live = live && owner_name == name;
        if own_live && (!entry.reserved.is_empty() || entry.split.is_some()) {
            self.find(Rule::NameReused, name, &["choose a new name: stores may hold older events of this one, which mean something else".into()]);
            return;
        }
        for reserved in &entry.reserved {
            for version in reserved.versions.clone() {
                if !owner.reserves(version) {
                    self.find(
                        Rule::ReservationDropped,
                        format!("{name} v{version}"),
                        &[format!(
                            "keep v{version} in `retired(name = \"{name}\", ..)`"
                        )],
                    );
                }
            }
        }
        match (&entry.split, &owner.split) {
            (Some(before), Some(now)) if before != now => {
                let finding = self.find(
                    Rule::SplitMoved,
                    name,
                    &["undo the change: events that are stored would be read as others".into()],
                );
                finding
                    .notes
                    .push(format!("into {} -> {}", before.join(" "), now.join(" ")));
            }
            (Some(_), None) if owner.reserved.is_empty() => {
                self.find(
                    Rule::SplitDropped,
                    name,
                    &[format!("keep `split(name = \"{name}\", ..)`")],
                );
            }
            _ => {}
        }
    }

    fn number(&mut self, name: &str, entry: &Entry, owner: &CodeEntry) {
        if let Some(id) = entry.id
            && owner.current.is_some()
            && owner.id != Some(id)
        {
            self.find(
                Rule::NumberChanged,
                name,
                &[format!("`id = {id}`, as it was")],
            );
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn version(
        &mut self,
        at: String,
        name: &str,
        number: u16,
        state: State,
        locked: &Shape,
        now: &CodeVersion,
        owner: &CodeEntry,
    ) {
        let Some(shape) = &now.shape else {
            if state == State::Released {
                let fix = format!(
                    "give v{number} its type again instead of `!`: stores may hold such events"
                );
                self.find(Rule::VersionWithdrawn, at, &[fix]);
            }
            return;
        };
        let changes = compare(locked, shape);
        let classes = self.classes;
        let is_current = [owner.current, owner.writes].contains(&Some(number));
        let (rule, matters): (_, &dyn Fn(&Change) -> bool) = if now.same {
            (Rule::NotAdditive, &|change| {
                change.back(classes) != Reads::Yes
            })
        } else if is_current {
            (Rule::CurrentChanged, &|change| change.is_written(classes))
        } else {
            (Rule::HistoryChanged, &|change| {
                change.back(classes) != Reads::Yes
            })
        };
        if !changes.iter().any(matters) || state == State::Draft && !now.same {
            return;
        }
        let changes: Vec<Change> = changes
            .into_iter()
            .filter(|change| matters(change))
            .collect();
        let advice = advice(rule, name, number, &changes, classes);
        let finding = self.find(rule, at, &advice);
        finding.notes = notes(rule, number, &changes, classes);
        finding.changes = changes;
    }

    /// What is written today suits the formats, and its number is free.
    fn current(&mut self, name: &str, entry: &CodeEntry) {
        let Some(current) = entry.current else {
            return;
        };
        let shape = entry
            .versions
            .get(&current)
            .and_then(|version| version.shape.as_ref());
        if let Some(why) = shape.and_then(Shape::named_only)
            && self.classes.contains(&WireClass::Positional)
        {
            let finding = self.find(
                Rule::NotPositional,
                format!("{name} v{current}"),
                &[
                    "use plain fields and externally tagged enums, or a format that stores names"
                        .into(),
                ],
            );
            finding.notes.push(why.into());
        }
        self.readable(name, current, shape);
        self.floor(name, entry);
        let Some(id) = entry.id else {
            return;
        };
        let lock = self.lock;
        let names = |other: &str| other == name || entry.was.iter().any(|was| was == other);
        let taken = lock
            .entries
            .iter()
            .find(|(other, locked)| locked.id == Some(id) && locked.released() && !names(other));
        if let Some((other, _)) = taken {
            self.find(
                Rule::NumberReused,
                name,
                &[format!(
                    "choose another number: {id} belongs to `{other}`, also after it is gone"
                )],
            );
        }
    }

    /// What may be left out when it is written may be absent when it is read. The derive of `Schema` says so where the
    /// field stands; it does not see inline variants and shapes that are written by hand.
    fn readable(&mut self, name: &str, current: u16, shape: Option<&Shape>) {
        let mut fields = Vec::new();
        let mut visit = |shape: &Shape| {
            if let Shape::Struct(of) = shape {
                let one_way = of
                    .fields
                    .iter()
                    .filter(|field| field.left_out && !field.optional);
                fields.extend(one_way.map(|field| field.name.clone()));
            }
        };
        if let Some(shape) = shape {
            shape.visit(&mut visit);
        }
        for field in fields {
            let fix = format!("add `#[serde(default)]` to `{field}`");
            let finding = self.find(Rule::NotReadable, format!("{name} v{current}"), &[fix]);
            finding.notes.push(format!(
                "`{field}` may be left out when it is written, and must be there when it is read"
            ));
        }
    }

    /// What `readable_by` promises is true: programs that know one of those versions read what is written today.
    fn floor(&mut self, name: &str, entry: &CodeEntry) {
        let (Some(floor), Some(writes)) = (entry.readable_by, entry.writes) else {
            return;
        };
        let shape_of = |number: u16| {
            // Until a renaming is in the file, what was released stands under the former name.
            let names = std::iter::once(name).chain(entry.was.iter().map(String::as_str));
            let entries = names.filter_map(|name| self.lock.entries.get(name));
            let mut versions = entries.filter_map(|entry| entry.versions.get(&number));
            let locked = versions.find_map(|version| version.shape.as_ref());
            locked.or_else(|| {
                entry
                    .versions
                    .get(&number)
                    .and_then(|version| version.shape.as_ref())
            })
        };
        let written = entry
            .versions
            .get(&writes)
            .and_then(|version| version.shape.as_ref());
        let classes = self.classes;
        let mut found = Vec::new();
        for number in floor..writes {
            let (Some(old), Some(new)) = (shape_of(number), written) else {
                continue;
            };
            let unreadable = |change: &Change| change.forward(classes) != Reads::Yes;
            let changes: Vec<Change> = compare(old, new).into_iter().filter(unreadable).collect();
            if !changes.is_empty() {
                found.push((number, changes));
            }
        }
        for (number, changes) in found {
            let fix = format!(
                "`readable_by = {}`, or leave it out: readers are updated before writers then",
                number + 1
            );
            let finding = self.find(Rule::FloorTooLow, format!("{name} v{writes}"), &[fix]);
            finding.notes.push(format!(
                "programs that know v{number} are promised to read it"
            ));
            finding.changes = changes;
        }
    }
}
