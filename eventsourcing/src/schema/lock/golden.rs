//! Golden payloads: made once for each version and format, and read by today's code ever after.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::super::fingerprint::WireClass;
use super::super::rules::Rule;
use super::super::sample::{Fill, Sample};
use super::super::shape::Shape;
use super::code::Code;
use super::reader::{Reader, Unread};
use super::{Finding, Golden, Lock, LockedVersion, Reading, State};

/// Reads all golden payloads of `lock`, makes those that are missing, and says which are read differently than before.
pub(super) fn review(lock: &mut Lock, code: &Code, readers: &[Reader]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let states: BTreeMap<(String, u16), State> = lock
        .entries
        .iter()
        .flat_map(|(name, entry)| {
            entry
                .versions
                .iter()
                .map(move |(number, version)| ((name.clone(), *number), version.state))
        })
        .collect();
    // What was read as a version that is released and still the current one is read as that for good.
    let settled = |reading: &Reading| {
        let entry = code.entries.get(&reading.name);
        let state = states.get(&(reading.name.clone(), reading.version));
        entry.is_some_and(|entry| entry.writes == Some(reading.version))
            && state == Some(&State::Released)
    };
    let released = lock.entries.clone();
    // Nothing but names has changed since it was released.
    let renamed = |reading: &Reading| {
        let before = released.get(&reading.name);
        let before = before.and_then(|entry| entry.versions.get(&reading.version)?.shape.as_ref());
        let now = code.entries.get(&reading.name);
        let now = now.and_then(|entry| entry.versions.get(&reading.version)?.shape.as_ref());
        before.zip(now).is_some_and(|(before, now)| {
            let same = |class| before.fingerprint(class) == now.fingerprint(class);
            same(WireClass::Positional) && !same(WireClass::Named)
        })
    };
    for (name, entry) in &mut lock.entries {
        for (&number, version) in &mut entry.versions {
            let Some(shape) = version.shape.clone() else {
                continue;
            };
            let retired = code
                .entries
                .get(name)
                .is_some_and(|entry| entry.reserves(number));
            let at = Place {
                name,
                number,
                settled: &settled,
                renamed: &renamed,
            };
            let mut knowing: Vec<&Reader> = readers
                .iter()
                .filter(|reader| !retired && (reader.knows)(name, number))
                .collect();
            // What a payload is read as is kept once: as the set reads it that has got furthest. Others must read it too.
            knowing.sort_by_key(|reader| std::cmp::Reverse((reader.newest)(name)));
            if !knowing.is_empty() && version.state == State::Released {
                let known = |golden: &&Golden| knowing.iter().any(|r| r.format == golden.format);
                let lost = version.golden.iter().filter(|golden| !known(golden));
                findings.extend(lost.map(|golden| at.format_dropped(&golden.format)));
            }
            let mut formats: Vec<&str> = Vec::new();
            for reader in knowing {
                if formats.contains(&&*reader.format) {
                    at.also(reader, version, &mut findings);
                } else {
                    formats.push(&reader.format);
                    at.review(reader, &shape, version, &mut findings);
                }
            }
        }
    }
    findings
}

struct Place<'a> {
    name: &'a str,
    number: u16,
    settled: &'a dyn Fn(&Reading) -> bool,
    renamed: &'a dyn Fn(&Reading) -> bool,
}

impl Place<'_> {
    fn review(
        &self,
        reader: &Reader,
        shape: &Shape,
        version: &mut LockedVersion,
        findings: &mut Vec<Finding>,
    ) {
        let at = format!("{} v{} ({})", self.name, self.number, reader.format);
        let draft = version.state == State::Draft;
        let mut kept = Vec::new();
        for mut golden in std::mem::take(&mut version.golden) {
            if golden.format != reader.format {
                kept.push(golden);
                continue;
            }
            match reader.reads(self.name, self.number, &golden) {
                Ok(now) => {
                    let same = |before: &Vec<Reading>| {
                        reader.alike(before, &now, &golden.headers, self.renamed)
                    };
                    let before = golden.reads.as_ref().filter(|before| !same(before));
                    if !draft && before.is_some_and(|before| before.iter().all(self.settled)) {
                        findings.push(differs(&at, reader, &golden, &now));
                    } else if before.is_some() || golden.reads.is_none() {
                        golden.reads = Some(now);
                    }
                    kept.push(golden);
                }
                // The draft changed; the next payload is made from its new shape.
                Err(_) if draft => {}
                Err(why) => {
                    findings.push(self.unreadable(reader, &golden, why));
                    kept.push(golden);
                }
            }
        }
        if !kept.iter().any(|golden| golden.format == reader.format) {
            match self.make(reader, shape) {
                Ok(golden) => kept.push(golden),
                Err((why, fix)) => {
                    let mut finding = Finding::new(Rule::GoldenMissing, &at);
                    finding.notes = why;
                    finding.fix = vec![fix.unwrap_or_else(|| format!(
                        "add a payload as it was stored, in a line `golden {} <payload>` below v{} of {} in the lock file (and `header \"name\" \"value\"` below it, if the upcast needs one), then run `ES_LOCK=update cargo test`",
                        reader.format, self.number, self.name
                    ))];
                    findings.push(finding);
                }
            }
        }
        version.golden = kept;
    }

    /// Another set that stores the name must read the payloads, as whatever it takes them for.
    fn also(&self, reader: &Reader, version: &LockedVersion, findings: &mut Vec<Finding>) {
        let of_format = version.golden.iter();
        for golden in of_format.filter(|golden| golden.format == reader.format) {
            if let Err(why) = reader.reads(self.name, self.number, golden) {
                findings.push(self.unreadable(reader, golden, why));
            }
        }
    }

    fn format_dropped(&self, format: &str) -> Finding {
        let at = format!("{} v{} ({format})", self.name, self.number);
        let mut finding = Finding::new(Rule::FormatDropped, at);
        finding.fix = vec![
            format!(
                "list the format `{format}` in `events_lock!` again: stores may hold such events"
            ),
            "if no store ever held it: delete this golden payload and the lines below it".into(),
        ];
        finding
    }

    fn unreadable(&self, reader: &Reader, golden: &Golden, unread: Unread) -> Finding {
        let at = format!("{} v{} ({})", self.name, self.number, reader.format);
        let mut finding = Finding::new(Rule::GoldenUnreadable, at);
        finding.notes = vec![format!("payload: {}", golden.payload), unread.why];
        finding.fix = vec![unread.fix.unwrap_or_else(|| {
            "make today's code read it again: stores may hold such events".into()
        })];
        finding
    }

    /// A golden payload, or why there is none and what to do if that is not to write one by hand.
    fn make(
        &self,
        reader: &Reader,
        shape: &Shape,
    ) -> Result<Golden, (Vec<String>, Option<String>)> {
        let (mut why, mut fix) = (Vec::new(), None);
        for fill in [Fill::Full, Fill::Least] {
            let next = Cell::new(0);
            let made = (reader.write)(&Sample::new(shape, fill, &next));
            let golden = match made {
                Ok(payload) => reader.golden(&payload),
                Err(error) => {
                    why.push(format!("no payload could be made from the shape: {error}"));
                    continue;
                }
            };
            match reader.reads(self.name, self.number, &golden) {
                Ok(readings) => {
                    return Ok(Golden {
                        reads: Some(readings),
                        ..golden
                    });
                }
                Err(unread) => {
                    why.push(format!(
                        "made from the shape: {}; {}",
                        golden.payload, unread.why
                    ));
                    fix = fix.or(unread.fix);
                }
            }
        }
        why.dedup();
        Err((why, fix))
    }
}

/// The way to another reading that a person wants, for the test and for who compares two states of the file.
pub(super) const CORRECTED: &str = "if the new reading is right: write `corrected \"why\"` in place of the `reads` lines below this payload in the lock file and run `ES_LOCK=update cargo test`";

/// A payload, what it was read as and what it is read as now.
pub(super) fn readings(golden: &Golden, now: &[Reading]) -> Vec<String> {
    let text = |readings: &[Reading]| match readings {
        [] => "nothing".to_owned(),
        readings => {
            let lines = readings.iter().map(|reading| {
                format!("{} v{} {}", reading.name, reading.version, reading.payload)
            });
            lines.collect::<Vec<_>>().join(", ")
        }
    };
    vec![
        format!("payload: {}", golden.payload),
        format!(
            "before:  {}",
            text(golden.reads.as_deref().unwrap_or_default())
        ),
        format!("now:     {}", text(now)),
    ]
}

fn differs(at: &str, reader: &Reader, golden: &Golden, now: &[Reading]) -> Finding {
    let mut finding = Finding::new(Rule::GoldenReadDifferently, at);
    finding.notes = readings(golden, now);
    if !reader.named {
        // Such as those of variants without content, which are values here.
        finding.notes.push(format!(
            "if only names differ: {} does not store them, so nothing is read differently",
            reader.format
        ));
    }
    finding.fix = vec![
        "undo the change: a default, an upcast or a split gives something else for events that are stored".into(),
        CORRECTED.into(),
    ];
    finding
}
