//! Names that are no longer written: where they lead, and that each version has one fate.

use crate::attr::past::{Past, PastFate};
use crate::ctxt::Ctxt;
use crate::model::event::EventSet;
use crate::suggest::did_you_mean;
use crate::text::unraw;

use super::versions;

/// Checks all `split(..)`, `retired(..)` and `refused(..)`.
pub(crate) fn check(cx: &Ctxt, set: &EventSet<'_>) {
    for past in &set.past {
        if let PastFate::Split { versions, .. } = &past.fate {
            versions::split(cx, versions);
        }
    }
    into(cx, set);
    overlap(cx, set);
}

/// `into(..)` names variants.
fn into(cx: &Ctxt, set: &EventSet<'_>) {
    let known: Vec<String> = set.events.iter().map(|event| unraw(event.ident)).collect();
    for past in &set.past {
        let PastFate::Split { into, .. } = &past.fate else {
            continue;
        };
        for (index, ident) in into.iter().enumerate() {
            let name = unraw(ident);
            if into[..index].contains(ident) {
                cx.error(ident, format!("`{name}` given twice"));
            } else if set.nested.iter().any(|nested| nested.ident == ident) {
                cx.error(
                    ident,
                    format!("`{name}` is a nested set; a split gives events of the set that declares it\nhelp: declare the split there"),
                );
            } else if set.index_of(ident).is_none() {
                let hint = match did_you_mean(&name, known.iter().map(String::as_str)) {
                    Some(near) => format!("; did you mean `{near}`?"),
                    None => String::new(),
                };
                cx.error(
                    ident,
                    format!("no variant `{name}` in `{}`{hint}", unraw(&set.input.ident)),
                );
            }
        }
    }
}

/// The versions an entry covers.
pub(crate) fn versions_of(past: &Past) -> Vec<u16> {
    match &past.fate {
        PastFate::Split { versions, .. } => versions.iter().map(|older| older.version).collect(),
        PastFate::Retired(range, _) | PastFate::Refused(range, _) => {
            range.versions.clone().collect()
        }
    }
}

/// A version of a name has one fate.
fn overlap(cx: &Ctxt, set: &EventSet<'_>) {
    for (index, second) in set.past.iter().enumerate() {
        let name = second.name.value();
        let versions = versions_of(second);
        for first in set.past[..index]
            .iter()
            .filter(|first| first.name.value() == name)
        {
            let Some(shared) = versions_of(first)
                .into_iter()
                .find(|version| versions.contains(version))
            else {
                continue;
            };
            let verb = if first.key == "split" {
                "split".to_owned()
            } else {
                first.key.to_string()
            };
            cx.error(
                &second.name,
                format!("version {shared} of `{name}` is already {verb}"),
            );
            cx.error(&first.name, format!("version {shared} is {verb} here"));
        }
    }
}
