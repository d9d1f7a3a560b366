//! What a changed shape means, and what to do about it in text that can be pasted.

use super::super::compare::Change;
use super::super::fingerprint::WireClass;
use super::super::rules::{Reads, Rule};

/// What a change means for those who read.
pub(super) fn notes(
    rule: Rule,
    number: u16,
    changes: &[Change],
    classes: &[WireClass],
) -> Vec<String> {
    let back = changes.iter().map(|change| change.back(classes)).max();
    let forward = changes.iter().map(|change| change.forward(classes)).max();
    let mut notes = Vec::new();
    notes.push(match back {
        Some(Reads::No) => format!("stored v{number} payloads cannot be read, or are read wrongly"),
        Some(Reads::Some) => {
            format!("some stored v{number} payloads cannot be read, or are read wrongly")
        }
        _ => format!("stored v{number} payloads can be read"),
    });
    if rule == Rule::CurrentChanged {
        notes.push(match forward {
            Some(Reads::Yes) => "programs of before can read what is written now".into(),
            _ => "programs of before cannot read all that is written now".into(),
        });
    }
    notes
}

/// A type name for an event: `account.fee-charged` gives `FeeCharged`.
fn type_name(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or_default();
    let words = last.split(|char: char| !char.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let (head, tail) = word.split_at(word.len().min(1));
        head.to_ascii_uppercase() + tail
    };
    words.map(capital).collect()
}

/// What to do, in text that can be pasted.
pub(super) fn advice(
    rule: Rule,
    name: &str,
    number: u16,
    changes: &[Change],
    classes: &[WireClass],
) -> Vec<String> {
    let ty = type_name(name);
    let next = u32::from(number) + 1;
    let older = (1..number).fold(String::new(), |list, older| {
        format!("{list}v{older} = .., ")
    });
    let nested = changes.iter().find(|change| change.path.len() > 1);
    let nested = nested.map(|change| {
        let path = change.path[..change.path.len() - 1].join(" > ");
        format!(" (with a copy of the type at `{path}`: old versions share no types with new ones)")
    });
    let nested = nested.unwrap_or_default();
    let additive = changes
        .iter()
        .all(|change| change.back(classes) == Reads::Yes)
        && !classes.contains(&WireClass::Positional);
    match rule {
        Rule::NotAdditive => vec![
            format!(
                "keep the type of v{number} as `v{number}::{ty}`{nested}, write `v{number} = v{number}::{ty}` and `impl From<v{number}::{ty}> for ..`"
            ),
            "give added fields `#[serde(default)]`, renamed ones `#[serde(alias = \"..\")]`".into(),
        ],
        Rule::HistoryChanged => vec![format!(
            "undo the edit: `v{number}::{ty}` is how v{number} was written{nested}"
        )],
        _ => {
            let mut advice = Vec::new();
            if additive {
                advice.push(format!("a new version that reads the old payloads as they are: `version = {next}, from({older}v{number} = _)`"));
            } else {
                advice.push(format!("a new version: keep the old type as `v{number}::{ty}`{nested}, set `version = {next}, from({older}v{number} = v{number}::{ty})` and write `impl From<v{number}::{ty}> for {ty}`"));
            }
            if changes
                .iter()
                .any(|change| change.rule == Rule::ConstraintAdded)
            {
                advice.push("if every stored value is read: `#[es(schema = ..)]` on the field, with the type of before, says that it is stored alike".into());
            }
            advice.push("undo the edit".into());
            advice.push(format!("if no store outside holds v{number} yet: write `draft` for `released` in the lock file and run `ES_LOCK=update cargo test`"));
            advice
        }
    }
}
