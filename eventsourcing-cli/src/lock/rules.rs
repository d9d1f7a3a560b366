//! The rules by their ids, as findings name them.

use eventsourcing::schema::{Effect, Reads, Rule, WireClass};

use super::push;

/// All of them, one line each.
pub(super) fn list(out: &mut String) {
    for rule in Rule::ALL {
        push(out, &format!("{:4} {}", rule.id(), rule.text()));
    }
}

/// What a rule is about, what its breach means and what to do.
pub(super) fn explain(rule: Rule, out: &mut String) {
    push(out, &format!("[{rule}] {}", rule.text()));
    // The others are about names, versions and payloads, whatever the format.
    if rule.id().starts_with(['S', 'E']) {
        for class in [WireClass::Named, WireClass::Positional] {
            push(
                out,
                &format!("  {class} formats: {}", effect(rule.effect(class))),
            );
        }
    }
    push(out, &format!("  {}", rule.help()));
}

fn effect(effect: Effect) -> String {
    let reads = |reads: Reads, what: &str| match reads {
        Reads::Yes => format!("read {what}"),
        Reads::Some => format!("refuse or misread some of {what}"),
        Reads::No => format!("refuse or misread {what}"),
    };
    match effect {
        Effect::Alike => "stored alike".into(),
        Effect::Tolerant => "the same is written as before, and more may be read".into(),
        Effect::Changed { back, forward } => format!(
            "programs of today {}, programs of before {}",
            reads(back, "what is stored"),
            reads(forward, "what is written now")
        ),
    }
}
