//! `es lock explain`: what is known of one event, or of one rule.

use std::path::Path;

use eventsourcing::schema::{Change, Entry, Lock, Reads, Rule, State, WireClass, compare};

use super::{push, read, rules};
use crate::{Answer, Failure};

/// The history of an event, and what may be changed about it; or what a rule means. A rule needs no file.
pub(super) fn explain(file: &Path, name: &str, out: &mut String) -> Result<Answer, Failure> {
    let rule = Rule::named(name);
    if let Some(rule) = rule.filter(|rule| rule.id() == name) {
        rules::explain(rule, out);
        return Ok(Answer::Fine);
    }
    let lock = match (read(file), rule) {
        (Err(_), Some(_)) => Lock::default(),
        (lock, _) => lock?,
    };
    let own = lock.entries.get_key_value(name);
    let former = || {
        lock.entries
            .iter()
            .find(|(_, entry)| entry.was.iter().any(|was| was == name))
    };
    let Some((current, entry)) = own.or_else(former) else {
        return match rule {
            Some(rule) => {
                rules::explain(rule, out);
                Ok(Answer::Fine)
            }
            None => Err(Failure::Unknown(unknown(&lock, name))),
        };
    };
    if current != name {
        push(out, &format!("{name} is called {current} now\n"));
    }
    push(
        out,
        &format!(
            "event {current}{}",
            if entry.draft { " (draft)" } else { "" }
        ),
    );
    out.push_str(&entry.to_string());
    steps(entry, out);
    push(out, "\nwhat may be changed");
    for line in advice(entry) {
        push(out, &format!("  {line}"));
    }
    Ok(Answer::Fine)
}

/// What each version changed.
fn steps(entry: &Entry, out: &mut String) {
    let versions: Vec<_> = entry.versions.iter().collect();
    for two in versions.windows(2) {
        let ((from, before), (to, after)) = (two[0], two[1]);
        let (Some(before), Some(after)) = (&before.shape, &after.shape) else {
            continue;
        };
        push(out, &format!("\nfrom v{from} to v{to}"));
        let changes = compare(before, after);
        if changes.is_empty() {
            push(out, "  nothing that is stored");
        }
        for change in &changes {
            push(out, &format!("  {}{change}", path(change)));
        }
        let reads = |class| changes.iter().map(|change| change.back(&[class])).max();
        for class in [WireClass::Named, WireClass::Positional] {
            let verdict = match reads(class) {
                None | Some(Reads::Yes) => "can",
                Some(Reads::Some) => "can partly",
                Some(Reads::No) => "cannot",
            };
            push(
                out,
                &format!("  {class} formats {verdict} read v{from} as v{to}"),
            );
        }
    }
}

fn path(change: &Change) -> String {
    match change.path.as_slice() {
        [] => String::new(),
        path => format!("{}: ", path.join(" > ")),
    }
}

fn advice(entry: &Entry) -> Vec<String> {
    if !entry.reserved.is_empty() {
        return vec!["nothing: it is not read any more, and the name stays taken".into()];
    }
    if entry.split.is_some() {
        return vec!["how it is split, as long as its golden payloads are read as before".into()];
    }
    let mut lines = vec!["names of Rust types, variants and modules; documentation; wrappers that serde looks through".into()];
    match entry.versions.last_key_value() {
        Some((newest, version)) if version.state == State::Released => {
            let next = u32::from(*newest) + 1;
            lines.push(format!("in formats with field names also the order of fields; v{newest} may read more than before (`#[serde(default)]`, `alias`)"));
            lines.push(format!("everything else as v{next}: `version = {next}, from(.., v{newest} = <the old type>)`, or `v{newest} = _` if fields were only added with defaults"));
        }
        Some((newest, _)) => lines.push(format!(
            "everything about v{newest}, which is a draft; older versions are frozen"
        )),
        None => {}
    }
    lines.push(
        "its name, with `was = \"..\"`; it can be split (`split(..)`) or given up (`retired(..)`)"
            .into(),
    );
    lines
}

/// Says which names are near: by a few letters, or by a part they share.
fn unknown(lock: &Lock, name: &str) -> String {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let distance = |known: &str| {
        let whole = strsim::osa_distance(known, name);
        whole.min(strsim::osa_distance(&last(known), &last(name)))
    };
    let shares = |known: &str| known.contains(&last(name)) || name.contains(&last(known));
    let events = lock
        .entries
        .iter()
        .flat_map(|(name, entry)| std::iter::once(name).chain(&entry.was));
    let mut near: Vec<(usize, &str)> = events
        .map(|known| (distance(known), known.as_str()))
        .filter(|(distance, known)| *distance <= 2 || shares(known))
        .collect();
    near.sort_unstable();
    near.dedup();
    let near: Vec<&str> = near.into_iter().map(|(_, known)| known).take(3).collect();
    let listed: Vec<&str> = lock.entries.keys().map(String::as_str).collect();
    let hint = match (near.as_slice(), listed.as_slice()) {
        ([], []) => "it lists none".into(),
        ([], listed) if listed.len() <= 10 => format!("it lists {}", listed.join(", ")),
        ([], listed) => format!("it lists {} events", listed.len()),
        (near, _) => format!("did you mean {}?", near.join(" or ")),
    };
    format!("the lock file does not know `{name}`; {hint}")
}
