//! What today's code says: the names, versions and shapes of its event sets.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::super::Schema;
use super::super::compare::{Change, compare};
use super::super::describe::{Describe, number};
use super::super::fingerprint::WireClass;
use super::super::rules::{Reads, Rule};
use super::super::shape::Shape;
use super::{Finding, Reserved};
use crate::event::{Event, EventType, Fate};

/// A [`Schema`], asked for only where `K` becomes known.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    label = "missing `#[derive(eventsourcing::Schema)]` on `{Self}`",
    note = "all payloads of a locked event set have one, those of old versions too"
)]
pub trait SchemaIn<K> {
    /// [`Schema::OPTIONAL`].
    const OPTIONAL: bool;

    /// [`Schema::describe`].
    fn describe(cx: &mut Describe) -> Shape;
}

impl<K, T: Schema + ?Sized> SchemaIn<K> for T {
    const OPTIONAL: bool = T::OPTIONAL;

    fn describe(cx: &mut Describe) -> Shape {
        T::describe(cx)
    }
}

/// An event set whose payloads have schemas; `derive(Event)` brings it.
#[diagnostic::on_unimplemented(
    message = "the payloads of `{Self}` cannot be locked",
    label = "not all of its payloads have a schema, or it does not derive `Event`"
)]
pub trait LockedSet<K> {
    /// Lists the payloads of all versions.
    fn payloads(out: &mut Payloads<K>);
}

/// The payloads of a set.
#[derive(Debug)]
pub struct Payloads<K> {
    rows: Vec<(&'static str, u16, Payload)>,
    marker: PhantomData<fn(K)>,
}

#[derive(Debug)]
enum Payload {
    Shape(Shape),
    Same,
}

impl<K> Payloads<K> {
    /// A version that is read as `T`.
    pub fn payload<T: SchemaIn<K> + ?Sized>(
        &mut self,
        name: &'static str,
        version: u16,
    ) -> &mut Self {
        self.inline(name, version, T::describe)
    }

    /// A version that is read as fields of a variant.
    pub fn inline(
        &mut self,
        name: &'static str,
        version: u16,
        shape: impl FnOnce(&mut Describe) -> Shape,
    ) -> &mut Self {
        let mut shape = shape(&mut Describe::default());
        number(&mut shape, &mut Vec::new());
        self.rows.push((name, version, Payload::Shape(shape)));
        self
    }

    /// A version that is read as the next one's type.
    pub fn same(&mut self, name: &'static str, version: u16) -> &mut Self {
        self.rows.push((name, version, Payload::Same));
        self
    }
}

/// What the code says of all sets.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) entries: BTreeMap<String, CodeEntry>,
    pub(super) findings: Vec<Finding>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CodeEntry {
    pub(super) was: Vec<String>,
    pub(super) id: Option<u32>,
    pub(super) split: Option<Vec<String>>,
    pub(super) reserved: Vec<Reserved>,
    pub(super) versions: BTreeMap<u16, CodeVersion>,
    /// The version of today's type, if there is one.
    pub(super) current: Option<u16>,
    /// The version that is written: the current one, or an older one for a while.
    pub(super) writes: Option<u16>,
    /// The oldest version whose readers are promised to read what is written.
    pub(super) readable_by: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct CodeVersion {
    /// What it is read with; `None` if it was never stored.
    pub(super) shape: Option<Shape>,
    /// Whether that is the next version's type.
    pub(super) same: bool,
}

impl Code {
    /// Adds a set.
    pub(super) fn add<E: Event + LockedSet<()>>(&mut self) {
        let mut payloads = Payloads {
            rows: Vec::new(),
            marker: PhantomData,
        };
        <E as LockedSet<()>>::payloads(&mut payloads);
        let mut shapes: BTreeMap<(&str, u16), Payload> = payloads
            .rows
            .into_iter()
            .map(|(name, version, payload)| ((name, version), payload))
            .collect();
        let mut entries: BTreeMap<&str, CodeEntry> = BTreeMap::new();
        for ty in E::TYPES {
            entries.insert(ty.name, live(ty));
        }
        for row in E::STORED {
            let former = E::TYPES.iter().any(|ty| ty.aliases.contains(&row.name));
            if former {
                continue;
            }
            let entry = entries.entry(row.name).or_default();
            match row.fate {
                Fate::Retired(reason) => entry.reserve(row.version, false, reason),
                Fate::Refused(reason) => entry.reserve(row.version, true, reason),
                fate => {
                    if let Fate::Split(_) = fate {
                        let into = row.read_as().map(|index| E::TYPES[index].name.to_owned());
                        entry.split = Some(into.collect());
                    }
                    let payload = shapes.remove(&(row.name, row.version));
                    let same = matches!(payload, Some(Payload::Same));
                    let shape = match payload {
                        Some(Payload::Shape(shape)) => Some(shape),
                        Some(Payload::Same) | None => None,
                    };
                    entry
                        .versions
                        .insert(row.version, CodeVersion { shape, same });
                }
            }
        }
        for (name, mut entry) in entries {
            entry.fill_same();
            self.merge(name, entry);
        }
    }

    /// Takes what one set says of a name; another may have said something else.
    fn merge(&mut self, name: &str, entry: CodeEntry) {
        let Some(first) = self.entries.remove(name) else {
            self.entries.insert(name.into(), entry);
            return;
        };
        for (number, version) in &entry.versions {
            let Some(other) = first.versions.get(number) else {
                continue;
            };
            let changes = other.disagreement(version);
            if !changes.is_empty() {
                let mut finding = Finding::new(Rule::SetsDisagree, format!("{name} v{number}"));
                finding.changes = changes;
                finding.fix = vec!["use one payload type in both sets".into()];
                self.findings.push(finding);
            }
        }
        if let (Some(a), Some(b)) = (first.id, entry.id)
            && a != b
        {
            let mut finding = Finding::new(Rule::SetsDisagree, name);
            finding.notes = vec![format!("`id = {a}` in one set, `id = {b}` in another")];
            finding.fix = vec!["give it one number in both sets".into()];
            self.findings.push(finding);
        }
        let merged = if entry.current > first.current {
            entry.and(first)
        } else {
            first.and(entry)
        };
        self.entries.insert(name.into(), merged);
    }

    /// The entry that reads a stored name: its own, or the one it is a former name of.
    pub(super) fn owner(&self, name: &str) -> Option<(&str, &CodeEntry)> {
        let own = self.entries.get_key_value(name);
        let former = || {
            self.entries
                .iter()
                .find(|(_, entry)| entry.was.iter().any(|was| was == name))
        };
        own.or_else(former)
            .map(|(name, entry)| (name.as_str(), entry))
    }
}

fn live(ty: &EventType) -> CodeEntry {
    CodeEntry {
        was: ty.aliases.iter().map(|&alias| alias.to_owned()).collect(),
        id: ty.id,
        current: Some(ty.version),
        writes: Some(ty.writes),
        readable_by: Some(ty.readable_by),
        ..CodeEntry::default()
    }
}

impl CodeVersion {
    /// What two sets that read one version do not agree on. A set that has the version's own type knows it better than one
    /// that reads it as the next version's, which only has to be able to.
    fn disagreement(&self, other: &Self) -> Vec<Change> {
        let (Some(a), Some(b)) = (&self.shape, &other.shape) else {
            return Vec::new();
        };
        let unreadable = |change: &Change| change.back(&[WireClass::Named]) != Reads::Yes;
        match (self.same, other.same) {
            (false, true) => compare(a, b).into_iter().filter(unreadable).collect(),
            (true, false) => compare(b, a).into_iter().filter(unreadable).collect(),
            _ => compare(a, b),
        }
    }
}

impl CodeEntry {
    /// With what a set says that has not got as far: its older versions and former names.
    fn and(mut self, older: Self) -> Self {
        for (number, version) in older.versions {
            let kept = self.versions.get(&number);
            let better = |kept: &CodeVersion| {
                version.shape.is_some() && (kept.shape.is_none() || kept.same && !version.same)
            };
            if kept.is_none_or(better) {
                self.versions.insert(number, version);
            }
        }
        for was in older.was {
            if !self.was.contains(&was) {
                self.was.push(was);
            }
        }
        for reserved in older.reserved {
            for version in reserved.versions {
                if !self.reserves(version) && !self.versions.contains_key(&version) {
                    self.reserve(version, reserved.refused, &reserved.reason);
                }
            }
        }
        self.id = self.id.or(older.id);
        if self.current.is_none() {
            self.split = self.split.or(older.split);
        }
        self
    }

    fn reserve(&mut self, version: u16, refused: bool, reason: &str) {
        let follows = |last: &&mut Reserved| {
            last.refused == refused
                && last.reason == reason
                && last.versions.end().checked_add(1) == Some(version)
        };
        match self.reserved.last_mut().filter(follows) {
            Some(last) => last.versions = *last.versions.start()..=version,
            None => self.reserved.push(Reserved {
                versions: version..=version,
                refused,
                reason: reason.into(),
            }),
        }
    }

    /// Gives `_` versions the shape of the type they are read as.
    fn fill_same(&mut self) {
        let mut next = None;
        for version in self.versions.values_mut().rev() {
            if version.same {
                version.shape.clone_from(&next);
            } else if version.shape.is_some() {
                next.clone_from(&version.shape);
            }
        }
    }

    /// Whether a version is declared as retired or refused.
    pub(super) fn reserves(&self, version: u16) -> bool {
        self.reserved
            .iter()
            .any(|reserved| reserved.versions.contains(&version))
    }
}

impl Describe {
    /// [`Describe::of`], asked for only where `K` becomes known.
    pub fn of_in<K, T: SchemaIn<K> + ?Sized>(&mut self) -> Shape {
        T::describe(self)
    }
}
