//! The chain of versions: all of them, once, oldest first.

use syn::Type;

use crate::attr::versions::{How, Older};
use crate::ctxt::Ctxt;
use crate::model::event::{EventSet, EventType, Shape};
use crate::text::{list, unraw};

use super::ungrouped;

/// Checks the chain of every event.
pub(crate) fn check(cx: &Ctxt, set: &EventSet<'_>) {
    for event in set.events.iter().filter(|event| !event.version_failed) {
        match &event.from {
            Some((key, versions)) => listed(cx, event, key, versions),
            None if event.from_failed => {}
            None => unlisted(cx, event),
        }
    }
}

/// A version above 1 says how the older ones are read.
fn unlisted(cx: &Ctxt, event: &EventType<'_>) {
    let Some(version) = event.version.as_ref().filter(|version| version.value > 1) else {
        return;
    };
    let older: Vec<u16> = (1..version.value).collect();
    let (noun, verb) = if older.len() == 1 {
        ("version", "is")
    } else {
        ("versions", "are")
    };
    let all = if older.len() > 4 {
        format!("1 to {}", older.len())
    } else {
        plain_list(&older)
    };
    let name = payload_name(event);
    let rest: Vec<String> = older
        .iter()
        .skip(1)
        .take(3)
        .map(|version| format!(", v{version} = _"))
        .collect();
    let dots = if older.len() > 4 { ", .." } else { "" };
    cx.error(
        &version.literal,
        format!(
            "version {} needs to know how {noun} {all} {verb} read\nhelp: `from(v1 = v1::{name}{}{dots})`, the type as it was, kept in `mod v1`; `_` is the same type as the next version, `!` was never stored",
            version.value,
            rest.concat(),
        ),
    );
}

/// What the payload's type is called, and so the older one beside it.
fn payload_name(event: &EventType<'_>) -> String {
    let payload = match event.shape {
        Shape::Newtype(ty) => ungrouped(ty),
        Shape::Inline(_) | Shape::Whole => return unraw(event.ident),
    };
    match payload {
        Type::Path(path) => path.path.segments.last().map(|last| unraw(&last.ident)),
        _ => None,
    }
    .unwrap_or_else(|| unraw(event.ident))
}

fn plain_list(versions: &[u16]) -> String {
    list(versions, "and").replace('`', "")
}

fn listed(cx: &Ctxt, event: &EventType<'_>, key: &proc_macro2::Ident, versions: &[Older]) {
    let current = event.current();
    if event.version.is_none() {
        let newest = versions
            .iter()
            .map(|older| older.version)
            .max()
            .unwrap_or(1);
        cx.error(
            key,
            format!(
                "`from` is given but `version` is 1\nhelp: `version = {}`",
                u32::from(newest) + 1
            ),
        );
        return;
    }
    order(cx, versions);
    for older in versions.iter().filter(|older| older.version >= current) {
        newer(cx, event, older, current);
    }
    if !event.from_failed {
        missing(cx, key, versions, current);
    }
}

/// Each version once, oldest first.
fn order(cx: &Ctxt, versions: &[Older]) {
    for (index, older) in versions.iter().enumerate() {
        let before = &versions[..index];
        if before.iter().any(|other| other.version == older.version) {
            cx.error(
                &older.key,
                format!("version {} is listed twice", older.version),
            );
        } else if before
            .last()
            .is_some_and(|other| other.version > older.version)
        {
            cx.error(&older.key, "versions must be listed oldest first");
        }
    }
}

/// The current version is the payload, and newer ones do not exist.
fn newer(cx: &Ctxt, event: &EventType<'_>, older: &Older, current: u16) {
    let version = older.version;
    let help = format!(
        "help: if this is a new generation set `version = {}`",
        u32::from(version) + 1
    );
    let what = if version == current {
        format!(
            "version {version} is the current version (the payload of `{}`)",
            unraw(event.ident)
        )
    } else {
        format!("version {version} is newer than the current version {current}")
    };
    cx.error(
        &older.key,
        format!("{what}; `from` lists older ones only\n{help}"),
    );
}

/// No version is left out.
fn missing(cx: &Ctxt, key: &proc_macro2::Ident, versions: &[Older], current: u16) {
    let missing: Vec<u16> = (1..current)
        .filter(|version| !versions.iter().any(|older| older.version == *version))
        .collect();
    if let Some(first) = missing.first() {
        let (noun, all) = match missing.len() {
            1 => ("version", format!("{first} is")),
            2..=4 => ("versions", format!("{} are", plain_list(&missing))),
            many => ("versions", format!("{first} and {} more are", many - 1)),
        };
        cx.error(
            key,
            format!("{noun} {all} missing from `from(..)`\nhelp: `v{first} = <Type>`, `v{first} = _` or `v{first} = !`"),
        );
    }
}

/// The versions of a split source: each once, oldest first, the newest with a type of its own.
pub(super) fn split(cx: &Ctxt, versions: &[Older]) {
    order(cx, versions);
    if let Some(last) = versions.last()
        && matches!(last.how, How::Same)
    {
        cx.error(&last.key, "the newest version of a split source needs a type; `_` means the type of the next version");
    }
    for older in versions {
        if let How::As(_, Some(via)) = &older.how {
            cx.error(
                via,
                "`via` is for steps between versions; a split source is divided by `Split`\nhelp: implement `Split` for the stored type",
            );
        }
    }
}
