//! Stored names: written well, present, and each used once.

use syn::LitStr;

use crate::attr::past::PastFate;
use crate::ctxt::Ctxt;
use crate::model::event::{EventSet, EventType};
use crate::text::{kebab, unraw, words};

const MOST_BYTES: usize = 120;

/// Checks all names of the set.
pub(crate) fn check(cx: &Ctxt, set: &EventSet<'_>) {
    for event in &set.events {
        match &event.name {
            Some(name) => spelling(cx, name),
            None if event.name_failed => {}
            None => missing(cx, set, event),
        }
        event.was.iter().for_each(|name| spelling(cx, name));
    }
    set.past.iter().for_each(|past| spelling(cx, &past.name));
    own_was(cx, set);
    twice(cx, set);
    against_past(cx, set);
}

/// `[a-z0-9]+([._-][a-z0-9]+)*`, at most 120 bytes.
fn spelling(cx: &Ctxt, literal: &LitStr) {
    let name = literal.value();
    if name.is_empty() {
        cx.error(literal, "the stored name is empty");
    } else if let Some(problem) = misspelt(&name, &['.', '_', '-']) {
        let better = words(&name).join(".");
        let help = match misspelt(&better, &['.']) {
            None if !better.is_empty() => format!("\nhelp: `\"{better}\"`"),
            _ => String::new(),
        };
        cx.error(literal, format!("stored name {problem}; allowed: lower-case letters, digits, and `.`, `_`, `-` between them{help}"));
    } else if name.len() > MOST_BYTES {
        cx.error(
            literal,
            format!(
                "stored name is {} bytes long; the limit is {MOST_BYTES}",
                name.len()
            ),
        );
    }
}

/// What is wrong with a name of lower-case words between `separators`.
pub(super) fn misspelt(name: &str, separators: &[char]) -> Option<String> {
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    let mut strange: Vec<char> = Vec::new();
    for char in name
        .chars()
        .filter(|char| !plain(*char) && !separators.contains(char))
    {
        if !strange.contains(&char) {
            strange.push(char);
        }
    }
    if !strange.is_empty() {
        return Some(format!("contains {}", crate::text::list(&strange, "and")));
    }
    let edge = |char: Option<char>| char.filter(|char| separators.contains(char));
    if let Some(char) = edge(name.chars().next()) {
        return Some(format!("starts with `{char}`"));
    }
    if let Some(char) = edge(name.chars().last()) {
        return Some(format!("ends with `{char}`"));
    }
    let pairs = name.chars().zip(name.chars().skip(1));
    let double = pairs
        .into_iter()
        .find(|(a, b)| separators.contains(a) && separators.contains(b));
    double.map(|(a, b)| format!("contains `{a}{b}`"))
}

/// Every event has a name; the help guesses one from its siblings.
fn missing(cx: &Ctxt, set: &EventSet<'_>, event: &EventType<'_>) {
    let ident = unraw(event.ident);
    let sibling = set
        .events
        .iter()
        .filter_map(|event| event.name.as_ref())
        .find_map(|name| {
            let name = name.value();
            name.rsplit_once('.').map(|(prefix, _)| prefix.to_owned())
        });
    let prefix = sibling.unwrap_or_else(|| {
        let set = unraw(&set.input.ident);
        kebab(
            set.strip_suffix("Events")
                .or(set.strip_suffix("Event"))
                .unwrap_or(&set),
        )
    });
    let guess = match kebab(&ident) {
        name if prefix.is_empty() || set.is_struct() => name,
        name => format!("{prefix}.{name}"),
    };
    cx.error(
        event.ident,
        format!("event `{ident}` has no stored name\nhelp: add `#[es(name = \"{guess}\")]`; the text is written to the store and must never change"),
    );
}

/// `was` names other names than the current one.
fn own_was(cx: &Ctxt, set: &EventSet<'_>) {
    for event in &set.events {
        let name = event.name();
        for was in event.was.iter().filter(|was| was.value() == name) {
            cx.error(was, "`was` repeats the current name");
        }
    }
}

/// A name, current or former, of one event.
struct Use<'a> {
    literal: &'a LitStr,
    event: &'a EventType<'a>,
    former: bool,
}

/// No name leads to two events.
fn twice(cx: &Ctxt, set: &EventSet<'_>) {
    let uses: Vec<Use<'_>> = set
        .events
        .iter()
        .flat_map(|event| {
            let current = event.name.iter().map(move |literal| Use {
                literal,
                event,
                former: false,
            });
            current.chain(event.was.iter().map(move |literal| Use {
                literal,
                event,
                former: true,
            }))
        })
        .collect();
    for (index, second) in uses.iter().enumerate() {
        let name = second.literal.value();
        let Some(first) = uses[..index]
            .iter()
            .find(|first| first.literal.value() == name)
        else {
            continue;
        };
        if std::ptr::eq(first.event, second.event) {
            if second.former && first.former {
                cx.error(
                    second.literal,
                    format!("former name `{name}` is listed twice"),
                );
            }
            continue;
        }
        let (a, b) = (unraw(first.event.ident), unraw(second.event.ident));
        match (first.former, second.former) {
            (false, false) => {
                cx.error(
                    second.literal,
                    format!("stored name `{name}` is used by both `{a}` and `{b}`"),
                );
                cx.error(first.literal, "first use here");
            }
            (true, true) => {
                cx.error(
                    second.literal,
                    format!("`{name}` is the former name of both `{a}` and `{b}`"),
                );
                cx.error(first.literal, "first use here");
            }
            (former, _) => {
                let (old, new, owner) = if former {
                    (first, second, &a)
                } else {
                    (second, first, &b)
                };
                cx.error(
                    new.literal,
                    format!("`{name}` is the former name of `{owner}`; old events of that name would become ambiguous"),
                );
                cx.error(old.literal, "declared as a former name here");
            }
        }
    }
}

/// A name that is no longer written is not written after all.
fn against_past(cx: &Ctxt, set: &EventSet<'_>) {
    for past in &set.past {
        let name = past.name.value();
        for event in &set.events {
            let literals = event.name.iter().chain(&event.was);
            for literal in literals.filter(|literal| literal.value() == name) {
                match &past.fate {
                    PastFate::Split { .. } => {
                        let what = if event.name() == name {
                            "a current event"
                        } else {
                            "the former name of an event"
                        };
                        cx.error(
                            &past.name,
                            format!("`{name}` is {what}; a split source must be a name that is no longer written"),
                        );
                    }
                    PastFate::Retired(range, reason) | PastFate::Refused(range, reason) => {
                        let (key, reason) = (&past.key, reason.value());
                        let (start, end) = (range.versions.start(), range.versions.end());
                        cx.error(
                            literal,
                            format!("`{name}` was {key} (versions {start}..={end}: \"{reason}\"); {key} names stay reserved\nhelp: choose a new name"),
                        );
                    }
                }
            }
        }
    }
}
